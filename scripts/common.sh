# Sourced by the scripts of this folder: what a fresh machine lacks is installed where this user
# may (root, or sudo without a password), else it is named.

die() {
    printf '%s: %s\n' "scripts/$(basename "$0")" "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

# need COMMAND PACKAGE...: the command, from these packages where it is missing.
missing=()
need() {
    local command=$1
    shift
    command -v "$command" >/dev/null || missing+=("$@")
}

install_missing() {
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || die "install these first: ${missing[*]}"
    echo "installing ${missing[*]}"
    as_root apt-get update -qq || die "cannot run apt here; install these first: ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}"
    missing=()
}
