#!/usr/bin/env bash
# What slow and strange peers do to a trusted peer that places calls: its set-up times alone, beside 5 000 TCP
# connections that send one octet a second from trusted addresses, and beside as many from strangers. The same beside
# connections to a program that only reads them (sink): what the machine and the load generator do to the calls by
# themselves. And what a stranger's 100 000 datagrams bring back: nothing.
#
#   SIDETONE     the program (default .build/release/sidetone)
#   CONNECTIONS  slow connections (default 5000)
#   RATE         calls a second of the trusted peer (default 400)
#   PROCESSORS   of the server and the sink (default 0); the calls and the slow connections come from processor 1, as from
#                other machines
#   CASES        what to measure (default "alone sink trusted strangers")
#   PRIORITY     as for Scripts/bench-overload.sh; a real-time one, such as "chrt --rr 1", keeps out what else runs there
#   ROUNDS       how often each is measured; the medians are printed (default 5)
set -euo pipefail
cd "$(dirname "$0")/.."
SIDETONE=${SIDETONE:-.build/release/sidetone}
CONNECTIONS=${CONNECTIONS:-5000}
RATE=${RATE:-400}
PROCESSORS=${PROCESSORS:-0}
CASES=${CASES:-alone sink trusted strangers}
SINK=${NETWORK:-127.0.9}.7:5060
ROUNDS=${ROUNDS:-5}
PRIORITY=${PRIORITY:-}
. Scripts/load/common.sh
prepare
cc -O2 -Wall -Wextra -o "$run/slow" Scripts/load/slow.c
ulimit -n "$((CONNECTIONS * 2 + 1000))" 2>/dev/null || ulimit -n "$(ulimit -Hn)"
start_sidetone "$PRIORITY taskset -c $PROCESSORS" 'trustedPeers: ["127.0.20.0/24", "'"$NETWORK.0/24"'"]'

measure() {  # NAME
    local line
    # shellcheck disable=SC2086
    line=$($PRIORITY taskset -c 1 "$run/sipload" "$AS" "$CALLER" "$CALLEE" "$RATE" 8 --warm-up 1 --window-cpu "$server_pid")
    echo "$1 $line" | tee -a "$run/lines"
}

# The same beside slow connections.
beside() {  # NAME SERVER NETWORK
    local slow_pid
    taskset -c 1 nice -n 10 "$run/slow" send "$2" "$CONNECTIONS" "$3" >"$run/slow.out" &
    slow_pid=$!
    pids+=("$slow_pid")
    for _ in $(seq 600); do
        grep -q ready "$run/slow.out" && break
        sleep 0.1
    done
    echo "standing: $(ss -Htn state established "src $2" | wc -l)"
    measure "$1"
    kill "$slow_pid"
    wait "$slow_pid" 2>/dev/null || true
    grep opened= "$run/slow.out" || true
}

for _ in $(seq "$ROUNDS"); do
    for name in $CASES; do
        case $name in
            alone) measure alone ;;
            sink)
                taskset -c "$PROCESSORS" "$run/slow" take "$SINK" &
                sink_pid=$!
                pids+=("$sink_pid")
                beside sink "$SINK" 127.0.20
                kill "$sink_pid"
                wait "$sink_pid" 2>/dev/null || true
                ;;
            trusted) beside trusted "$AS" 127.0.20 ;;
            strangers) beside strangers "$AS" 127.0.21 ;;
        esac
    done
done

median() {  # NAME FIELD
    sed -nE "s/^$1 .*$2=([0-9.]+).*/\\1/p" "$run/lines" | sort -g |
        awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
echo
echo "| beside the calls | set-up p50 | p99 | of it the server, p50 | p99 | failed calls |"
echo "|---|---|---|---|---|---|"
for name in $CASES; do
    failed=$(sed -nE "s/^$name .*begun=([0-9]+).*completed=([0-9]+).*/\\1 \\2/p" "$run/lines" |
        awk '{ n += $1 - $2 } END { print n }')
    echo "| $name | $(median $name setup_p50_ms) ms | $(median $name setup_p99_ms) ms |" \
        "$(median $name server_p50_ms) ms | $(median $name server_p99_ms) ms | $failed |"
done

echo
before=$(metric sidetone_sip_dropped_untrusted_total)
python3 Scripts/load/strangers.py "${AS%:*}" "${AS#*:}" 100000 127.0.22.1
echo "dropped_untrusted=$(($(metric sidetone_sip_dropped_untrusted_total) - before))"
