#!/usr/bin/env bash
# Memory of a call that is routed and lasts, and whether memory grows with the calls that are over.
#
#   SIDETONE  the program (default .build/release/sidetone)
#   HELD      numbers of calls to hold at a time (default "1000 5000 20000")
#   CALLS     calls to place one after the other for the second measurement (default 100000; 0: none)
#   RATE      calls a second of it (default 700)
#   EVERY     calls between two samples of it (default a tenth of CALLS)
set -euo pipefail
cd "$(dirname "$0")/.."
SIDETONE=${SIDETONE:-.build/release/sidetone}
HELD=${HELD-1000 5000 20000}
CALLS=${CALLS:-100000}
RATE=${RATE:-700}
EVERY=${EVERY:-$((CALLS / 10))}
. Scripts/load/common.sh
prepare

echo "| calls held | resident before | resident with them | for each call | resident 40 s after they ended |"
echo "|---|---|---|---|---|"
for held in $HELD; do
    start_sidetone "taskset -c 0"
    # Code and tables that the first calls touch belong to no call.
    "$run/sipload" "$AS" "$CALLER" "$CALLEE" 200 2 >/dev/null
    sleep 34  # Transactions of these calls live for 64·T1.
    before=$(resident "$server_pid")
    taskset -c 1 "$run/sipload" "$AS" "$CALLER" "$CALLEE" 500 $((held / 500)) --hold release >"$run/load" &
    load_pid=$!
    pids+=("$load_pid")
    for _ in $(seq 1200); do
        grep -q held= "$run/load" && break
        sleep 0.1
    done
    sleep 34
    during=$(resident "$server_pid")
    kill -USR1 "$load_pid"
    wait "$load_pid" || true
    sleep 40
    after=$(resident "$server_pid")
    grep -q "completed=$held " "$run/load" || { echo "not all calls stood:"; cat "$run/load"; } >&2
    awk -v n="$held" -v b="$before" -v d="$during" -v a="$after" 'BEGIN {
        printf "| %d | %.1f MiB | %.1f MiB | %.1f KiB | %.1f MiB |\n", n, b / 1024, d / 1024, (d - b) / n, a / 1024 }'
    kill "$server_pid"
    wait "$server_pid" 2>/dev/null || true
done

if [ "$CALLS" != 0 ]; then
    start_sidetone ""
    echo
    echo "| calls placed | resident |"
    echo "|---|---|"
    echo "| 0 | $(($(resident "$server_pid") / 1024)) MiB |"
    "$run/sipload" "$AS" "$CALLER" "$CALLEE" "$RATE" "$(awk "BEGIN { print $CALLS / $RATE }")" --progress "$EVERY" |
        while read -r line; do
            case $line in
                begun=*) echo "| $(sed -E 's/begun=([0-9]+).*/\1/' <<<"$line") | $(($(resident "$server_pid") / 1024)) MiB |" ;;
                offered=*) echo "$line" >"$run/last" ;;
            esac
        done
    sleep 40
    echo "| 40 s after the last | $(($(resident "$server_pid") / 1024)) MiB |"
    echo
    cat "$run/last"
fi
