#!/usr/bin/env bash
# Plays the scenarios against one another, over UDP and TCP, without any AS: what fails here is wrong in a scenario.
set -uo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
caller=127.0.6.1 callee=127.0.6.2 port=5060
odi="<sip:iscmark@$callee:$port;lr;s=1;h=0;d=1;a=7369703a626f62>"
failed=0

play() {  # NAME ADDRESS TRANSPORT SCENARIO [OPTION]...
    local name=$1 address=$2 transport=$3 scenario=$4
    shift 4
    (cd "$work" && exec timeout 90 sipp "$callee:$port" -i "$address" -p "$port" -t "$transport" -m 1 -d 200 -s bob \
        -sf "$OLDPWD/$scenario" -nostdin -timeout 60s -timeout_error -trace_err -error_file "$name.errors" \
        -trace_msg -message_file "$name.sip" "$@" >"$name.screen" 2>&1)
}

pair() {  # UAC UAS [OPTION]...: both must complete
    local uac=$1 uas=$2 transport uas_job uac_status uas_status
    shift 2
    for transport in u1 t1; do
        play "$uas" "$callee" "$transport" "$uas.xml" -key odi "$odi" &
        uas_job=$!
        for _ in $(seq 200); do
            if ss -Hlnut "src $callee and sport = $port" | grep . >/dev/null; then break; fi
            kill -0 "$uas_job" 2>/dev/null || break
            sleep 0.05
        done
        play "$uac" "$caller" "$transport" "$uac.xml" "$@"
        uac_status=$?
        [ "$uac_status" = 0 ] || kill "$uas_job" 2>/dev/null
        wait "$uas_job"
        uas_status=$?
        if [ "$uac_status$uas_status" = 00 ]; then
            echo "PASS  $uac with $uas, $transport"
        else
            echo "FAIL  $uac ($uac_status) with $uas ($uas_status), $transport; see $work"
            failed=$((failed + 1))
        fi
        sleep 0.1
    done
}

pair uac-call uas-pbx
pair uac-call-captured-rtp uas-pbx
pair uac-call-wideband uas-pbx
pair uac-call uas-pbx-early-media
pair uac-call-peer-hangs-up uas-pbx-hangs-up
pair uac-call-expect-fallback uas-pbx
pair uac-call-expect-503 uas-as-unavailable
pair uac-call-expect-486 uas-pbx-busy
pair uac-cancel uas-pbx-ringing
pair uac-reinvite-hold uas-pbx-hold
pair uac-options uas-as-options
pair uac-register-from-scscf uas-as-registrar
pair uac-prack uas-pbx-rings-reliably
pair uac-prack-after-183 uas-pbx-progress-reliably
pair uac-delayed-offer-in-prack uas-pbx-offers-reliably
pair uac-early-update uas-pbx-early-update
pair uac-update uas-pbx-update
pair uac-session-interval-refused uas-pbx-session-interval-too-small
pair uac-session-timer-carried uas-pbx-session-timer
pair uac-reinvite-refused uas-pbx-reinvite-refused
pair uac-reinvite-cancelled uas-pbx-reinvite-cancelled
pair uac-info uas-pbx-info
pair uac-refer-from-peer uas-pbx-refers
pair uac-call-expect-302 uas-pbx-redirects
pair uac-call-expect-603 uas-pbx-declines
pair uac-replaces uas-pbx -key replaces "call@host;to-tag=a;from-tag=b"
pair uac-replaces-refused uas-pbx-busy -key replaces "call@host;to-tag=a;from-tag=b;early-only"
pair uac-two-ring uas-pbx-two-ring
pair uac-call-authenticates uas-pbx-challenges
pair uac-call-proxied uas-pbx
if [ "$failed" = 0 ]; then rm -rf "$work"; fi
[ "$failed" = 0 ]
