# Sourced by the scripts of this folder: what a fresh machine lacks is installed where this user
# may (root, or sudo without a password), else it is named. And a server to test against.

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

# Debian's python3 comes without what makes virtual environments.
prepare_python() {
    need python3 python3 python3-venv
    if command -v python3 >/dev/null && ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
        missing+=(python3-venv)
    fi
    install_missing
}

# environment CACHE NAME PACKAGE...: a virtual environment below CACHE with exactly these, kept
# for the next run. Its folder is named after the versions; a half-made one has no mark and is
# made again.
environment() {
    local cache=$1 name=$2 folder
    shift 2
    folder=$cache/$name-$(printf '%s\n' "$@" | cksum | cut -d' ' -f1)
    if [ ! -e "$folder/complete" ]; then
        echo "installing $*" >&2
        rm -rf "$folder"
        mkdir -p "$cache"
        python3 -m venv "$folder" || die "cannot make a virtual environment in $folder"
        "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >&2 ||
            die "cannot install $name from PyPI; is there a network?"
        touch "$folder/complete"
    fi
    printf '%s\n' "$folder"
}

# A working folder, and a server with its data there; both end with the script.
work=
server=
binary=
provost() { "$binary" -d "$work/data" -q "$@"; }

# finish_server [KEEP]: ends the server, keeps its log in KEEP when that is given.
finish_server() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    if [ -n "${1:-}" ]; then
        mkdir -p "$1"
        cp "$work"/*.log "$work"/*.json "$1"/ 2>/dev/null || true
    fi
    rm -rf "$work"
}

# start_server: of $PROVOST, or the debug build of this tree. Sets $origin.
start_server() {
    if [ -n "${PROVOST:-}" ]; then
        binary=$(realpath "$PROVOST")
    else
        cargo build --locked --quiet --bin provost
        binary=$(realpath "${CARGO_TARGET_DIR:-target}/debug/provost")
    fi
    # No setting of whoever runs this.
    local setting
    while IFS= read -r setting; do unset "$setting"; done < <(compgen -e PROVOST_ || true)
    # The server is here, whatever proxy leads to the packages.
    export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
    cd "$work"
    : >"$work/server.log"
    "$binary" -d "$work/data" serve --listen 127.0.0.1:0 >"$work/server.log" 2>&1 &
    server=$!
    local tries=0
    until origin=$(grep -oE 'Provost .* at http://127\.0\.0\.1:[0-9]+' "$work/server.log"); do
        kill -0 "$server" 2>/dev/null || die "the server did not start: $(cat "$work/server.log")"
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || die "the server does not answer: $(cat "$work/server.log")"
        sleep 0.1
    done
    origin=${origin##* }
}
