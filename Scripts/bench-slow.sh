#!/usr/bin/env bash
# What slow and strange peers do to a trusted peer that places calls: its set-up times alone, beside 5 000 TCP
# connections that send one octet a second from trusted addresses, and beside as many from strangers. And what a
# stranger's 100 000 datagrams bring back: nothing.
#
#   SIDETONE     the program (default .build/release/sidetone)
#   CONNECTIONS  slow connections (default 5000)
#   RATE         calls a second of the trusted peer (default 100)
#   PRIORITY     as for Scripts/bench-overload.sh
#   ROUNDS       how often each is measured; the medians are printed (default 5)
set -euo pipefail
cd "$(dirname "$0")/.."
SIDETONE=${SIDETONE:-.build/release/sidetone}
CONNECTIONS=${CONNECTIONS:-5000}
RATE=${RATE:-100}
ROUNDS=${ROUNDS:-5}
PRIORITY=${PRIORITY:-}
. Scripts/load/common.sh
prepare
ulimit -n "$((CONNECTIONS * 2 + 1000))" 2>/dev/null || ulimit -n "$(ulimit -Hn)"
start_sidetone "$PRIORITY taskset -c 0" 'trustedPeers: ["127.0.20.0/24", "'"$NETWORK.0/24"'"]'

measure() {  # NAME
    local line
    # shellcheck disable=SC2086
    line=$($PRIORITY taskset -c 1 "$run/sipload" "$AS" "$CALLER" "$CALLEE" "$RATE" 8 --warm-up 1 --window-cpu "$server_pid")
    echo "$1 $line" | tee -a "$run/lines"
}

# The same beside slow connections.
beside() {  # NAME NETWORK
    local slow_pid
    taskset -c 1 nice -n 10 python3 Scripts/load/slow.py "${AS%:*}" "${AS#*:}" "$CONNECTIONS" "$2" >"$run/slow" &
    slow_pid=$!
    pids+=("$slow_pid")
    for _ in $(seq 600); do
        grep -q ready "$run/slow" && break
        sleep 0.1
    done
    echo "standing: $(ss -Htn state established "src $AS" | wc -l)"
    measure "$1"
    kill "$slow_pid"
    wait "$slow_pid" 2>/dev/null || true
    grep standing= "$run/slow" || true
}

for _ in $(seq "$ROUNDS"); do
    measure alone
    beside trusted 127.0.20
    beside strangers 127.0.21
done

median() {  # NAME FIELD
    sed -nE "s/^$1 .*$2=([0-9.]+).*/\\1/p" "$run/lines" | sort -g |
        awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
echo
echo "| beside the calls | set-up p50 | p99 | failed calls |"
echo "|---|---|---|---|"
for name in alone trusted strangers; do
    failed=$(sed -nE "s/^$name .*begun=([0-9]+).*completed=([0-9]+).*/\\1 \\2/p" "$run/lines" |
        awk '{ n += $1 - $2 } END { print n }')
    echo "| $name | $(median $name setup_p50_ms) ms | $(median $name setup_p99_ms) ms | $failed |"
done

echo
before=$(metric sidetone_sip_dropped_untrusted_total)
python3 Scripts/load/strangers.py "${AS%:*}" "${AS#*:}" 100000 127.0.22.1
echo "dropped_untrusted=$(($(metric sidetone_sip_dropped_untrusted_total) - before))"
