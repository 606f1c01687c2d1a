#!/usr/bin/env bash
# CPU per call of the application server as a signalling-only B2BUA: SIPp calls, sidetone routes to SIPp as the PBX
# (its engine is down, so the fallback acts), INVITE-180-200-ACK-BYE-200. With Kamailio as a stateful proxy in the same
# run, if it is installed.
#
#   SIDETONE  the program (default .build/release/sidetone)
#   RATES     calls a second to measure at (default "50 150")
#   SECONDS_PER_RATE  how long at each (default 10)
set -euo pipefail
cd "$(dirname "$0")/.."
SIDETONE=${SIDETONE:-.build/release/sidetone}
RATES=${RATES:-50 150}
SECONDS_PER_RATE=${SECONDS_PER_RATE:-10}
. Scripts/load/common.sh

command -v sipp >/dev/null || { echo "sipp is missing: run Scripts/setup.sh test" >&2; exit 1; }

cat >"$run/kamailio.cfg" <<CFG
children=2
log_stderror=yes
debug=0
listen=udp:$NETWORK.2:5060
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
request_route {
    # SIPp's built-in caller follows no Record-Route, so requests inside a dialog are sent on like the first one.
    if (is_method("ACK") && !has_totag()) { exit; }
    if (!has_totag()) { record_route(); }
    \$du = "sip:$CALLEE";
    t_relay();
}
CFG

measure() {  # NAME PID ADDRESS
    local rate before after calls failed
    for rate in $RATES; do
        calls=$((rate * SECONDS_PER_RATE))
        before=$(cpu_ticks "$2")
        (cd "$run" && timeout $((SECONDS_PER_RATE + 60)) sipp -sn uac "$3" -i "$NETWORK.4" -p 5060 -r "$rate" -m "$calls" \
            -nostdin -timeout $((SECONDS_PER_RATE + 50))s >"$1-$rate.screen" 2>&1) || true
        after=$(cpu_ticks "$2")
        failed=$(awk '/Failed call/ {gsub(/[^0-9]/, "", $NF); print $NF}' "$run/$1-$rate.screen" | tail -n 1)
        awk -v name="$1" -v rate="$rate" -v calls="$calls" -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" \
            -v failed="${failed:-?}" 'BEGIN {
                printf "peer=%s calls_per_second=%d calls=%d failed=%s cpu_ms_per_call=%.2f\n",
                    name, rate, calls, failed, ticks * 1000 / hz / calls }'
    done
}

(cd "$run" && exec sipp -sn uas -i "$NETWORK.3" -p 5060 -nostdin >uas.screen 2>&1) &
pids+=($!)
wait_for_port "$CALLEE"
start_sidetone
measure sidetone "$server_pid" "$AS"

if PATH=$PATH:/usr/sbin command -v kamailio >/dev/null; then
    PATH=$PATH:/usr/sbin kamailio -f "$run/kamailio.cfg" -DD -E -w "$run" -Y "$run" 2>"$run/kamailio.log" &
    pids+=($!)
    kamailio_pid=$!
    wait_for_port "$NETWORK.2:5060"
    measure kamailio "$kamailio_pid" "$NETWORK.2:5060"
fi
