#!/usr/bin/env bash
# CPU per call of the application server as a signalling-only B2BUA: SIPp calls as an S-CSCF does over ISC, sidetone
# routes to SIPp as the PBX (its engine is down, so the fallback acts), INVITE-180-200-ACK-BYE-200. With Kamailio as a
# stateful proxy of the same calls in the same run, if it is installed, and Asterisk as a B2BUA if there is one.
#
# All run all the time and take turns; each is warmed up first.
#
#   SIDETONE  the program (default .build/release/sidetone)
#   ASTERISK  an asterisk with chan_pjsip (default: the one in PATH; Debian 12 has none)
#   RATES     calls a second to measure at (default "50 150 600")
#   ROUNDS    how often each is measured at each rate (default 5); the medians are printed
#   SECONDS_PER_RATE  how long each time (default 5)
#   PRIORITY  put before the servers and SIPp, for example "nice -n -20" on a machine that does something else
set -euo pipefail
cd "$(dirname "$0")/.."
SIDETONE=${SIDETONE:-.build/release/sidetone}
RATES=${RATES:-50 150 600}
ROUNDS=${ROUNDS:-5}
SECONDS_PER_RATE=${SECONDS_PER_RATE:-5}
PRIORITY=${PRIORITY:-}
ASTERISK=${ASTERISK:-$(PATH=$PATH:/usr/sbin command -v asterisk || true)}
scenario=$PWD/Scripts/load/isc-caller.xml
. Scripts/load/common.sh

command -v sipp >/dev/null || { echo "sipp is missing: run Scripts/setup.sh test" >&2; exit 1; }

cat >"$run/kamailio.cfg" <<CFG
children=2
log_stderror=yes
debug=0
dns=no
listen=udp:$NETWORK.2:5060
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
request_route {
    if (!mf_process_maxfwd_header("70")) { sl_send_reply("483", "Too Many Hops"); exit; }
    if (has_totag()) {
        # SIPp as the callee sends nothing by itself: what is in a dialog has a route.
        if (loose_route()) { t_relay(); exit; }
        if (!is_method("ACK")) { sl_send_reply("404", "Not Found"); }
        exit;
    }
    if (is_method("ACK")) { if (t_check_trans()) { t_relay(); } exit; }
    # The topmost Route is ours, the next one leads to the callee.
    loose_route();
    record_route();
    if (!t_relay()) { sl_reply_error(); }
}
CFG

# No more than a call through a B2BUA needs: no RTP flows, as with the others.
configure_asterisk() {  # ADDRESS FOLDER
    mkdir -p "$2"
    printf '[directories]\nastetcdir => %s\nastspooldir => %s\nastrundir => %s\nastlogdir => %s\nastdbdir => %s\n' \
        "$2" "$2" "$2" "$2" "$2" >"$2/asterisk.conf"
    printf '[modules]\nautoload=no\n' >"$2/modules.conf"
    printf 'load=%s.so\n' res_timing_timerfd res_sorcery_config res_sorcery_memory res_sorcery_astdb res_pjproject \
        res_statsd res_geolocation \
        res_pjsip res_pjsip_pubsub res_pjsip_session res_rtp_asterisk res_pjsip_sdp_rtp res_pjsip_caller_id \
        res_pjsip_endpoint_identifier_ip chan_pjsip bridge_simple bridge_native_rtp codec_alaw codec_ulaw pbx_config \
        app_dial >>"$2/modules.conf"
    printf '[general]\n[logfiles]\n' >"$2/logger.conf"
    cat >"$2/pjsip.conf" <<CFG
[udp]
type=transport
protocol=udp
bind=$1
[peer](!)
type=endpoint
transport=udp
context=calls
disallow=all
allow=ulaw,alaw
direct_media=no
[caller](peer)
[callee](peer)
aors=callee
[callee]
type=aor
contact=sip:$CALLEE
[caller]
type=identify
endpoint=caller
match=${CALLER%:*}
CFG
    printf '[calls]\nexten => _[+a-z0-9].,1,Dial(PJSIP/callee)\n' >"$2/extensions.conf"
}

# Places calls through a server; prints how many failed.
place() {  # ADDRESS RATE CALLS
    (cd "$run" && $PRIORITY timeout $((SECONDS_PER_RATE + 60)) sipp "$1" -sf "$scenario" -key callee "$CALLEE" \
        -i "$NETWORK.4" -p 5060 -mp 6000 -r "$2" -m "$3" -nostdin -timeout $((SECONDS_PER_RATE + 50))s >uac.screen 2>&1) || true
    awk '/Failed call/ { gsub(/[^0-9]/, "", $NF); n = $NF } END { print n == "" ? "?" : n }' "$run/uac.screen"
}

# What a call costs at a rate, as a line of "NAME RATE MILLISECONDS FAILED".
measure() {  # NAME PID ADDRESS RATE
    local before after calls failed
    calls=$(($4 * SECONDS_PER_RATE))
    before=$(cpu_nanoseconds "$2")
    failed=$(place "$3" "$4" "$calls")
    after=$(cpu_nanoseconds "$2")
    awk -v name="$1" -v rate="$4" -v calls="$calls" -v ns=$((after - before)) -v failed="$failed" \
        'BEGIN { printf "%s %d %.3f %s\n", name, rate, ns / 1e6 / calls, failed }' | tee -a "$run/lines"
}

(cd "$run" && exec $PRIORITY sipp -sn uas -i "$NETWORK.3" -p 5060 -nostdin >uas.screen 2>&1) &
pids+=($!)
wait_for_port "$CALLEE"
start_sidetone "$PRIORITY"
names=(sidetone)
declare -A process=([sidetone]=$server_pid) address=([sidetone]=$AS)

if PATH=$PATH:/usr/sbin command -v kamailio >/dev/null; then
    PATH=$PATH:/usr/sbin $PRIORITY kamailio -m 256 -M 16 -f "$run/kamailio.cfg" -DD -E -w "$run" -Y "$run" \
        >"$run/kamailio.log" 2>&1 &
    pids+=($!)
    names+=(kamailio)
    process[kamailio]=$! address[kamailio]=$NETWORK.2:5060
    wait_for_port "${address[kamailio]}"
fi
if [ "$ASTERISK" ]; then
    configure_asterisk "$NETWORK.5:5060" "$run/asterisk"
    (cd "$run" && exec $PRIORITY "$ASTERISK" -f -C "$run/asterisk/asterisk.conf" >"$run/asterisk.log" 2>&1) &
    pids+=($!)
    names+=(asterisk)
    process[asterisk]=$! address[asterisk]=$NETWORK.5:5060
    wait_for_port "${address[asterisk]}"
fi
for name in "${names[@]}"; do place "${address[$name]}" 100 500 >/dev/null; done
for _ in $(seq "$ROUNDS"); do
    for rate in $RATES; do
        for name in "${names[@]}"; do measure "$name" "${process[$name]}" "${address[$name]}" "$rate"; done
    done
done

# The median of what was measured, and the failed calls of all rounds.
summary() {  # NAME RATE
    awk -v name="$1" -v rate="$2" '$1 == name && $2 == rate { print $3, $4 }' "$run/lines" | sort -g |
        awk '{ v[NR] = $1; failed += $2 } END { printf "%.2f %d", v[int((NR + 1) / 2)], failed }'
}
echo
echo "ms of CPU for a call (failed calls); × is what sidetone takes of it"
printf '| calls a second |'; printf ' %s |' "${names[@]}"; echo
printf '|---|'; printf -- '---|%.0s' "${names[@]}"; echo
for rate in $RATES; do
    row="| $rate |" first=
    for name in "${names[@]}"; do
        read -r ms failed < <(summary "$name" "$rate"; echo)
        row+=" $ms ($failed)"
        if [ "$first" ]; then row+=$(awk -v a="$first" -v b="$ms" 'BEGIN { printf ", × %.2f", a / b }'); fi
        row+=" |"
        first=${first:-$ms}
    done
    echo "$row"
done
