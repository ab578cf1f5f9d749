#!/usr/bin/env bash
# Starts the peers and, when PROVOST_BIN is set, Provost; seeds them; drives all
# of them workload by workload in interleaved rounds; prints one table.
#
#   compare.sh setup            install the registry peers under $PEERS and build loadgen, limit
#   compare.sh run              start, seed, measure, print, stop
#   compare.sh startup          time from exec to the first 200, a server
#   compare.sh table [FILE]     print the table of an earlier results.jsonl
#
# PROVOST_BIN   path of the Provost binary, e.g. target/release/provost (left out: the peers and limits alone)
# SERVERS       which to run (default: provost and provost_single when given, limit single scimmy scim2server scimserver_rs)
# WORKLOADS     which workloads (default below)   ROUNDS=3  SECS=2  CONC=8  USERS=13000  SEED_SECS=120
# SKIP          pairs server:workload to leave out, e.g. "scimmy:list_page" (4 s of CPU a page at 10k users)
# EXTRA_PEERS   a file to source that defines more servers (see the functions below)
# BENCH_NICE    niceness of servers and load, e.g. -15 on a busy machine (default 0)
# PEERS, OUT: where peers and results lie (default: a cache folder)  PORT0=18100
#
# Everything listens on 127.0.0.1 and only processes started here are ended.
set -u
HERE=$(cd "$(dirname "$0")" && pwd)
PEERS=${PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/provost-bench}
OUT=${OUT:-${XDG_CACHE_HOME:-$HOME/.cache}/provost-bench/out}
PORT0=${PORT0:-18100}
ROUNDS=${ROUNDS:-3}
SECS=${SECS:-2}
CONC=${CONC:-8}
USERS=${USERS:-13000} # the largest group size and some to add to it, 1,300 in three groups each, 1,300 in none
SEED_SECS=${SEED_SECS:-120}
GROUP_SIZES=${GROUP_SIZES:-"10 1000 10000"}
WORKLOADS=${WORKLOADS:-"hello get_user find_user find_miss create_users patch_user_active create_group find_group list_page list_page_in_groups list_groups_no_members get_user_in_groups find_user_in_groups entra_cycle"}
NICE="nice -n ${BENCH_NICE:-0}"
export CARGO_TARGET_DIR=${PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/provost-bench}/target
LG=$CARGO_TARGET_DIR/release/loadgen
LIMIT=$CARGO_TARGET_DIR/release/limit
mkdir -p "$OUT" "$PEERS"

declare -A BASE TOKEN ARGS HELLO PID CAP
TOKEN_DEFAULT=bench-token

# A server is a function start_NAME PORT DIR that starts it in the background
# and sets PID[NAME], BASE[NAME], and where they differ TOKEN, HELLO, ARGS
# (loadgen's dialect flags) and CAP (the most users it can be seeded with in reason).

start_provost() { # as it is served, but for the rate of one token, which is all this load has
    provost_with provost "$1" "$2" 512
}

start_provost_single() { # the same with a commit a write: what group commit is worth
    provost_with provost_single "$1" "$2" 1
}

provost_with() {
    local name=$1 port=$2 dir=$3 writes=$4 id url=http://127.0.0.1:$2
    id=$(provost_account "$dir")
    printf '[limits]\ntoken_rps = 0\nwrites_per_commit = %s\n[log]\nlevel = "warn"\n' "$writes" >"$dir/provost.toml"
    $NICE "$PROVOST_BIN" --config "$dir/provost.toml" --data "$dir/data" serve --listen "127.0.0.1:$port" >"$dir/log" 2>&1 &
    PID[$name]=$!
    BASE[$name]=$url/client/v4/accounts/$id/scim/v2
    HELLO[$name]=$url/healthz
    up "$name" || return 1
    provost_cli "$dir" account create Bench --id "$id" >>"$dir/log" 2>&1 || return 1
    TOKEN[$name]=$(provost_cli "$dir" connection create generic --name bench 2>>"$dir/log") && [ -n "${TOKEN[$name]}" ]
}

provost_cli() { # the command line, on the data folder of $1
    local dir=$1
    shift
    "$PROVOST_BIN" --config "$dir/provost.toml" --data "$dir/data" "$@"
}

provost_account() { # an account id of this run's own
    printf '%s' "$1 $$ $(date +%s%N)" | md5sum | cut -c1-32
}

start_limit() {
    $NICE "$LIMIT" serve --port "$1" --db "$2/limit.db" --workers 2 --write group >"$2/log" 2>&1 &
    PID[limit]=$!
    BASE[limit]=http://127.0.0.1:$1/scim/v2
    HELLO[limit]=http://127.0.0.1:$1/healthz
    ARGS[limit]="--user-groups no"
}

start_single() { # the same with a commit a request
    $NICE "$LIMIT" serve --port "$1" --db "$2/limit.db" --workers 2 --write single >"$2/log" 2>&1 &
    PID[single]=$!
    BASE[single]=http://127.0.0.1:$1/scim/v2
    HELLO[single]=http://127.0.0.1:$1/healthz
    ARGS[single]="--user-groups no"
}

start_scimmy() {
    $NICE node "$PEERS/scimmy/server.mjs" "$1" >"$2/log" 2>&1 &
    PID[scimmy]=$!
    BASE[scimmy]=http://127.0.0.1:$1/scim/v2
    ARGS[scimmy]="--active bool"
}

start_scim2server() {
    $NICE "$PEERS/py/v/bin/scim2-server" --port "$1" --bearer-token $TOKEN_DEFAULT >"$2/log" 2>&1 &
    PID[scim2server]=$!
    BASE[scim2server]=http://127.0.0.1:$1/v2
    ARGS[scim2server]="--active bool"
}

start_scimserver_rs() { # every look-up by userName reads the whole table, a create included
    $NICE "$CARGO_TARGET_DIR/release/peer-scim-server" "$1" "$2/data.db" >"$2/log" 2>&1 &
    PID[scimserver_rs]=$!
    BASE[scimserver_rs]=http://127.0.0.1:$1/scim/v2
    ARGS[scimserver_rs]="--active bool --op lower --shape core" # it knows no extension
    CAP[scimserver_rs]=2000
}

# shellcheck disable=SC1090
[ -n "${EXTRA_PEERS:-}" ] && . "$EXTRA_PEERS"

SERVERS=${SERVERS:-"${PROVOST_BIN:+provost provost_single} limit single scimmy scim2server scimserver_rs"}

setup() {
    (cd "$HERE/loadgen" && cargo build --release) || exit 1
    (cd "$HERE/limit" && cargo build --release) || exit 1
    mkdir -p "$PEERS/scimmy" && cp "$HERE/peers/scimmy/"* "$PEERS/scimmy/" && (cd "$PEERS/scimmy" && npm install --no-audit --no-fund)
    [ -d "$PEERS/py/v" ] || python3 -m venv "$PEERS/py/v"
    "$PEERS/py/v/bin/pip" install -q scim2-server
    (cd "$HERE/peers/scim-server" && cargo build --release)
}

stop_all() {
    for s in "${!PID[@]}"; do
        kill "${PID[$s]}" 2>/dev/null
    done
    wait 2>/dev/null
}

up() { # wait for a 200
    local url=${HELLO[$1]:-${BASE[$1]}/ServiceProviderConfig}
    for _ in $(seq 1 300); do
        curl -s -o /dev/null -f -m 2 -H "Authorization: Bearer ${TOKEN[$1]:-$TOKEN_DEFAULT}" "$url" && return 0
        kill -0 "${PID[$1]}" 2>/dev/null || return 1
        sleep 0.2
    done
    return 1
}

flags() {
    echo "--label $1 --base ${BASE[$1]} --token ${TOKEN[$1]:-$TOKEN_DEFAULT} --state $OUT/$1/state.tsv --pid ${PID[$1]} ${ARGS[$1]:-}"
    [ -n "${HELLO[$1]:-}" ] && echo "--hello ${HELLO[$1]}"
}

start_all() {
    local n=0 live=""
    for s in $SERVERS; do
        n=$((n + 1))
        rm -rf "${OUT:?}/$s" && mkdir -p "$OUT/$s"
        if "start_$s" $((PORT0 + n)) "$OUT/$s" && up "$s"; then
            live="$live $s"
        else
            echo "$s did not start: $(tail -n 2 "$OUT/$s/log" 2>/dev/null)" >&2
        fi
    done
    SERVERS=$live
}

seed_all() {
    for s in $SERVERS; do
        local n=$USERS
        [ -n "${CAP[$s]:-}" ] && [ "${CAP[$s]}" -lt "$n" ] && n=${CAP[$s]}
        # shellcheck disable=SC2046
        $NICE "$LG" seed $(flags "$s") --users "$n" --groups 120 --group-members 10 --nested yes --conc 16 --secs "$SEED_SECS" | tee -a "$RES"
    done
}

measure() {
    for round in $(seq 1 "$ROUNDS"); do
        for w in $WORKLOADS; do
            for s in $SERVERS; do
                case " ${SKIP:-} " in *" $s:$w "*) continue ;; esac
                # shellcheck disable=SC2046
                $NICE "$LG" run $(flags "$s") --workload "$w" --conc "$CONC" --secs "$SECS" >>"$RES"
            done
        done
        for m in $GROUP_SIZES; do
            for s in $SERVERS; do
                # one at a time into one big group, a bounded number of them
                # shellcheck disable=SC2046
                $NICE "$LG" run $(flags "$s") --workload group_add_member --members "$m" --conc 1 --count 300 --secs "$SECS" --setup-secs 30 >>"$RES"
            done
        done
        for c in ${CREATE_CONCS:-1 64 256}; do
            for s in $SERVERS; do
                case " limit single provost provost_single " in *" $s "*)
                    # shellcheck disable=SC2046
                    $NICE "$LG" run $(flags "$s") --workload create_users --conc "$c" --secs "$SECS" >>"$RES" ;;
                esac
            done
        done
        echo "round $round of $ROUNDS: $(wc -l <"$RES") results, load $(cut -d' ' -f1 /proc/loadavg)" >&2
    done
}

startup() {
    local n=50
    for s in $SERVERS; do
        n=$((n + 1))
        rm -rf "${OUT:?}/$s" && mkdir -p "$OUT/$s"
        "start_$s" $((PORT0 + n)) "$OUT/$s" || continue
        up "$s" || { echo "$s: no answer" >&2; continue; }
        local cmd url=${HELLO[$s]:-${BASE[$s]}/ServiceProviderConfig}
        mapfile -d '' cmd <"/proc/${PID[$s]}/cmdline"
        kill "${PID[$s]}" && wait "${PID[$s]}" 2>/dev/null
        unset "PID[$s]"
        $NICE "$LG" startup --label "$s" --url "$url" --token "${TOKEN[$s]:-$TOKEN_DEFAULT}" --repeat "${REPEAT:-5}" -- "${cmd[@]}" | tee -a "$OUT/startup.jsonl"
    done
}

table() {
    python3 "$HERE/table.py" "${1:-$RES}"
}

RES=${RES:-$OUT/results.jsonl}
case ${1:-run} in
    setup) setup ;;
    run)
        : >"$RES"
        trap stop_all EXIT
        start_all
        seed_all
        measure
        table
        ;;
    startup)
        trap stop_all EXIT
        startup
        ;;
    table) table "${2:-$RES}" ;;
    *) sed -n '2,20p' "$0" ;;
esac
