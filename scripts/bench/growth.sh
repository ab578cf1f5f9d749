#!/usr/bin/env bash
# How Provost's own costs grow, by its CPU an operation (throughput is the neighbours' too):
# look-ups at 10,000, 100,000 and 1,000,000 people, a group PATCH at 10 and 100,000 members among
# the most people, start to the first 200, memory. Prints a table with the bound of each; exits 1
# when one is not held.
#
#   PROVOST_BIN=target/release/provost scripts/bench/growth.sh [run|table]
#
# SIZES="10000 100000 1000000"  ROUNDS=3  GROUP_ROUNDS=10  SECS=3  CONC=8  SEED_CONC=64  STARTS=11  BENCH_NICE=0
# PEERS, OUT: where the tools and the results lie (default: a cache folder)  PORT=18300
#
# Build the tools first: scripts/bench/compare.sh setup. The data of the largest size takes
# some GiB under $OUT and is removed at the end.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CACHE=${PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/provost-bench}
OUT=${OUT:-$CACHE/growth}
LG=$CACHE/target/release/loadgen
RES=$OUT/growth.jsonl
PORT=${PORT:-18300}
SIZES=${SIZES:-"10000 100000 1000000"}
ROUNDS=${ROUNDS:-3}
SECS=${SECS:-3}
CONC=${CONC:-8}
SEED_CONC=${SEED_CONC:-64}
STARTS=${STARTS:-11}
GROUP_SIZES="10 1000 100000" # up to 200 members the answer is the group itself, beyond nothing
GROUP_ADDS=300 # each add needs a person who is not in the group yet
# CPU time may come in ticks of 10 ms, which is much for 300 adds: many short runs even it out.
GROUP_ROUNDS=${GROUP_ROUNDS:-10}
NICE="nice -n ${BENCH_NICE:-0}"
ACCOUNT=$(printf '%s' "$$ $(date +%s%N)" | md5sum | cut -c1-32)
URL=http://127.0.0.1:$PORT
BASE=$URL/client/v4/accounts/$ACCOUNT/scim/v2
PID=

provost=()
cli() { "${provost[@]}" "$@"; }

start() {
    $NICE "${provost[@]}" serve --listen "127.0.0.1:$PORT" >>"$OUT/log" 2>&1 &
    PID=$!
    for _ in $(seq 1 500); do
        curl -sf -o /dev/null -m 2 "$URL/healthz" && return
        kill -0 "$PID" || { tail -n 5 "$OUT/log" >&2; return 1; }
        sleep 0.02
    done
    return 1
}

stop() {
    [ -n "$PID" ] || return 0
    kill "$PID" 2>/dev/null || true
    wait "$PID" 2>/dev/null || true
    PID=
}

lg() { # verb size arguments...: one result, with the size it belongs to
    local verb=$1 size=$2
    shift 2
    $NICE "$LG" "$verb" --label "$size" --base "$BASE" --token "$TOKEN" --state "$OUT/state.tsv" --pid "$PID" --hello "$URL/healthz" "$@" | tee -a "$RES"
}

seed() { # the people, and those whom the group workload adds
    lg seed "$1" --users "$(($1 + GROUP_ADDS))" --append yes --conc "$SEED_CONC" --secs 3600
}

measure() {
    local size=$1 round workload m
    for round in $(seq 1 "$ROUNDS"); do
        for workload in get_user find_user; do
            lg run "$size" --workload "$workload" --conc "$CONC" --secs "$SECS"
        done
    done
    lg run "$size" --workload list_page --conc "$CONC" --secs "$SECS"
}

# After all look-ups: the groups stay, and a person's answer names the groups that he is in, so
# that look-ups among people who are in some would be compared with look-ups among people in none.
measure_groups() {
    local size=$1 round m
    for round in $(seq 1 "$GROUP_ROUNDS"); do
        for m in $GROUP_SIZES; do
            lg run "$size" --workload group_add_member --members "$m" --chunk 10000 --conc 1 --count "$GROUP_ADDS" --secs 60 --setup-secs 300
        done
    done
}

# Start to the first 200, with the people there: the server that serves them is stopped first.
startup() {
    stop
    $NICE "$LG" startup --label "$1" --url "$URL/healthz" --repeat "$STARTS" -- \
        "${provost[@]}" serve --listen "127.0.0.1:$PORT" | tee -a "$RES"
}

run() {
    local size
    [ -x "${PROVOST_BIN:?name the binary: PROVOST_BIN=target/release/provost}" ] || { echo "no $PROVOST_BIN" >&2; exit 2; }
    [ -x "$LG" ] || { echo "no $LG: run scripts/bench/compare.sh setup" >&2; exit 2; }
    rm -rf "${OUT:?}" && mkdir -p "$OUT"
    provost=("$(realpath "$PROVOST_BIN")" --config "$OUT/provost.toml" --data "$OUT/data")
    printf '[limits]\ntoken_rps = 0\n[log]\nlevel = "warn"\n' >"$OUT/provost.toml"
    trap 'stop; rm -rf "${OUT:?}/data"' EXIT
    start
    cli account create Growth --id "$ACCOUNT" >>"$OUT/log" 2>&1
    TOKEN=$(cli connection create generic --name growth 2>>"$OUT/log")
    startup 0
    for size in $SIZES; do
        start
        seed "$size"
        measure "$size"
        $NICE "$LG" rss --pid "$PID" | sed "s/^{/{\"label\":\"$size\",\"workload\":\"rss\",/" | tee -a "$RES"
        startup "$size"
        echo "$size people: database $(du -h "$OUT/data/provost.db" | cut -f1), load $(cut -d' ' -f1 /proc/loadavg)" >&2
    done
    [ "$size" -lt 100000 ] || { start; measure_groups "$size"; stop; }
}

case ${1:-run} in
    run)
        run
        python3 "$HERE/growth.py" "$RES"
        ;;
    table) python3 "$HERE/growth.py" "$RES" ;;
    *) sed -n '2,16p' "${BASH_SOURCE[0]}" ;;
esac
