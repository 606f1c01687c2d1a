#!/usr/bin/env bash
# Places calls through the running lab and says PASS or FAIL for each. Evidence: the SIP messages of each end
# and what the S-CSCF did, in a folder per check.
#
#   ./check.sh [CHECK]...
#
#   registered   bob registers; the AS is told, with the service information
#   answered     alice calls bob; the AS is triggered and answers
#   continued    the AS answers 503; by default handling the call reaches bob's phone
#   handed-back  the AS sends the INVITE back with its original dialog identifier; the call reaches bob's phone
#   originating  carol's call triggers on the originating side, and comes back to go on to alice
#   terminated   the AS answers 503 to carol's call, whose default handling ends the session
#
#   AS=stub      SIPp plays the AS, behaving as each check needs (the default; runs all checks)
#   AS=running   the AS that listens at AS_URI of start.sh; set it up to behave so, and name the checks
set -uo pipefail
. "$(dirname "$0")/lab.sh"
AS=${AS:-stub}

if ! is_running hss || ! is_running scscf; then
    echo "the lab is not running: start.sh first" >&2
    exit 1
fi
if [ $# = 0 ]; then
    [ "$AS" = stub ] || { echo "with AS=running, name the checks" >&2; exit 64; }
    set -- registered answered continued handed-back originating terminated
fi
case $(cat "$RUN/as-uri") in
    *transport=tcp*) as_transport=t1 ;;
    *) as_transport=u1 ;;
esac
as_host_port=$(sed -E 's/^sips?:([^;]*@)?//; s/;.*//' "$RUN/as-uri")
as_host=${as_host_port%:*}
as_port=${as_host_port##*:}
[ "$as_port" != "$as_host_port" ] || as_port=5060

jobs_started=()
problems=()
trap 'stop_peers' EXIT

run_sipp() {  # NAME ADDRESS PORT SCENARIO [OPTION]...: one call, messages and errors kept under NAME
    local name=$1 address=$2 port=$3 scenario=$4
    shift 4
    cd "$evidence" && exec timeout 30 sipp "$SCSCF" -i "$address" -p "$port" -sf "$LAB/sipp/$scenario.xml" -m 1 \
        -nostdin -timeout 25s -timeout_error -trace_msg -message_file "$name.sip" -trace_err \
        -error_file "$name.errors" "$@" >"$name.screen" 2>&1
}

start_peer() {  # as run_sipp: in the background, and listening when this returns
    (run_sipp "$@") &
    jobs_started+=("$!:$1")
    for _ in $(seq 200); do
        if ss -Hlnut "src $2 and sport = $3" | grep . >/dev/null; then return; fi
        kill -0 "$!" 2>/dev/null || break
        sleep 0.05
    done
    problems+=("$1 does not listen at $2:$3")
}

start_as() {  # SCENARIO
    if [ "$AS" = stub ]; then start_peer as "$as_host" "$as_port" "$1" -t "$as_transport"; fi
}

start_ue() {  # USER
    start_peer "$1" "$(ue_address "$1")" 5060 answer
}

# Waits for the peers of this check; each must have had the one call its scenario describes.
finish_peers() {
    local job
    for job in "${jobs_started[@]}"; do
        wait "${job%%:*}" || problems+=("${job#*:}: $(last_error "${job#*:}")")
    done
    jobs_started=()
}

stop_peers() {
    local job
    for job in "${jobs_started[@]}"; do kill "${job%%:*}" 2>/dev/null; done
    wait
    jobs_started=()
}

last_error() {  # NAME
    if [ -s "$evidence/$1.errors" ]; then
        sed -nE '2{s/^[0-9-]+\s[0-9:.]+\s[0-9.]+: //; s/\r//; p}' "$evidence/$1.errors" | cut -c 1-200
    else
        echo "the scenario was not completed, see $evidence/$1.screen"
    fi
}

register() {  # USER
    (run_sipp "$1-registers" "$(ue_address "$1")" 5060 ue-register -key user "$1") ||
        problems+=("$1 cannot register: $(last_error "$1-registers")")
}

call() {  # USER PEER
    (run_sipp "$1-calls" "$(ue_address "$1")" 5060 ue-call -key user "$1" -key peer "$2" \
        -cid_str "$check-%u-%p@%s") || problems+=("the call of $1 failed: $(last_error "$1-calls")")
}

expect() {  # PATTERN: in what the S-CSCF has logged since the check began, or logs soon
    for _ in $(seq 50); do
        if s_cscf_did | grep -E "$1" >/dev/null; then return; fi
        sleep 0.1
    done
    problems+=("not seen at the S-CSCF: $1")
}

expect_not() {  # PATTERN
    if s_cscf_did | grep -E "$1" >/dev/null; then problems+=("seen at the S-CSCF: $1"); fi
}

s_cscf_did() {
    tail -n "+$((log_start + 1))" "$RUN/scscf.log" | sed -n 's/.*<script>: //p'
}

check_registered() {
    start_as as-registration
    register bob
    finish_peers
    # bob has his answer before the AS is told.
    expect "answer 200 REGISTER from $as_host:$as_port"
}

check_answered() {
    start_as answer
    call alice bob
    finish_peers
    expect "ISC to AS: terminating .*call=answered-"
    expect "answer 200 INVITE from $as_host:$as_port call=answered-"
    expect_not "default handling|to UE"
}

check_continued() {
    start_as as-unavailable
    start_ue bob
    call alice bob
    finish_peers
    expect "answer 503 INVITE from $as_host:$as_port call=continued-"
    expect "ISC default handling: terminating, AS gave 50[03] call=continued-"
    expect "to UE sip:bob@.*call=continued-"
}

check_handed_back() {
    start_as as-hand-back
    start_ue bob
    call alice bob
    finish_peers
    expect "ISC to AS: terminating .*call=handed-back-"
    expect "ISC back from AS: sip:iscmark@.*;d=1;"
    expect "to UE sip:bob@"
    expect_not "default handling"
}

check_originating() {
    start_as as-hand-back
    start_ue alice
    call carol alice
    finish_peers
    expect "ISC to AS: originating .*call=originating-"
    expect "ISC back from AS: sip:iscmark@.*;d=0;"
    expect "to UE sip:alice@"
}

check_terminated() {
    start_as as-unavailable
    call carol alice
    if [ "${#problems[@]}" = 1 ] && grep -q "SIP/2.0 555" "$evidence/carol-calls.sip"; then problems=(); fi
    finish_peers
    expect "ISC default handling: originating, AS gave 50[03] call=terminated-"
    expect_not "to UE"
}

# Runs one check and prints its verdict.
verdict() {  # CHECK
    check=$1
    evidence=$RUN/evidence/$check
    rm -rf "$evidence"
    mkdir -p "$evidence"
    log_start=$(wc -l <"$RUN/scscf.log")
    problems=()
    "check_${check//-/_}"
    s_cscf_did >"$evidence/scscf.log"
    stop_peers
    if [ ${#problems[@]} = 0 ]; then
        echo "PASS  $check"
    else
        printf 'FAIL  %s\n' "$check"
        printf '      %s\n' "${problems[@]}" "evidence: $evidence"
        failed=$((failed + 1))
    fi
}

check=registration evidence=$RUN/evidence/registration
mkdir -p "$evidence"
log_start=$(wc -l <"$RUN/scscf.log")
problems=()
register alice
register carol
start_as as-registration  # a third-party REGISTER that nobody answers would be repeated into the first check
register bob
finish_peers
if [ ${#problems[@]} != 0 ]; then
    printf 'FAIL  registration\n'
    printf '      %s\n' "${problems[@]}"
    exit 1
fi

failed=0
for name in "$@"; do
    declare -F "check_${name//-/_}" >/dev/null || { echo "no such check: $name" >&2; exit 64; }
    verdict "$name"
done
echo "$(($# - failed)) of $# checks passed; evidence in $RUN/evidence"
[ "$failed" = 0 ]
