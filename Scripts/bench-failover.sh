#!/usr/bin/env bash
# What a caller hears when an engine is lost in mid-call, and how fast a call is given to the PBX when none is there.
#
# Calls by SIPp, all recorded. First: an engine speaks and its connection is reset; the next engine is silent for two more
# seconds; between them there is to be filler. Then: an engine that takes connections and never answers; the PBX (SIPp)
# takes the calls. Prints the silences in the recordings, the server's histogram of decisions, and what is left.
#
#   SIDETONE  the program (default .build/release/sidetone)
#   CALLS     of each kind (default 1000)
#   RATE      calls begun in a second (default 10)
set -euo pipefail
cd "$(dirname "$0")/.."
SIDETONE=${SIDETONE:-.build/release/sidetone}
CALLS=${CALLS:-1000}
RATE=${RATE:-10}
. Scripts/load/common.sh

need sipp python3 curl ss
scenarios=$PWD/Tests/InteropTests/Scenarios

python3 Scripts/load/engine.py "$NETWORK.9" 8765 lost &
pids+=($!)
python3 Scripts/load/engine.py "$NETWORK.9" 8766 late &
pids+=($!)
python3 Scripts/load/engine.py "$NETWORK.9" 8767 silent &
pids+=($!)
(cd "$run" && exec sipp "$AS" -i "$NETWORK.3" -mi "$NETWORK.3" -p 5060 -sf "$scenarios/uas-pbx.xml" -d 20 -m "$CALLS" \
    -nostdin >uas.screen 2>&1) &
pids+=($!)
wait_for_port "$CALLEE"
mkdir "$run/recordings"
cat >"$run/sidetone.yaml" <<YAML
sip:
  listen: ["udp://$AS"]
  overload: { latency: 1s, processor: 100 }
media:
  address: "$NETWORK.1"
  codecs: [PCMA]
  recordingDirectory: "$run/recordings"
engines:
  - { name: lost, url: "ws://$NETWORK.9:8765/" }
  - { name: late, url: "ws://$NETWORK.9:8766/" }
  - { name: silent, url: "ws://$NETWORK.9:8767/" }
services:
  - name: nobody
    match: { requestURI: nobody }
    engine: silent
    fallback: pbx
    policy: { perSecond: 10000, perMinute: 100000 }
  - name: assistant
    engine: lost
    engines: [late]
    greeting: Hello
    policy: { perSecond: 10000, perMinute: 100000 }
fallback:
  pbx: { uri: "sip:$CALLEE" }
admin:
  listen: "$NETWORK.1:8080"
limits:
  maxCalls: 2000
  # Every call is to lose its engine: none is left alone for having failed before.
  engineFailures: 1000000
log:
  level: error
YAML
"$SIDETONE" serve --config "$run/sidetone.yaml" 2>"$run/sidetone.log" &
pids+=($!)
wait_for_port "$AS"

call() {  # USER MILLISECONDS
    (cd "$run" && timeout $((CALLS / RATE + 120)) sipp "$AS" -i "$NETWORK.4" -mi "$NETWORK.4" -p 5060 -r "$RATE" \
        -m "$CALLS" -d "$2" -s "$1" -sf "$scenarios/uac-call.xml" -nostdin >"$1.screen" 2>&1) ||
        { echo "$1: some calls failed" >&2; grep -m 1 'Failed call' "$run/$1.screen" >&2 || true; }
}

held=$(holdings)
call bob 8000
echo "engine lost in mid-call: $CALLS calls, engines changed $(metric sidetone_engines_changed_total)"
python3 Scripts/load/gaps.py "$run"/recordings/*-engine.wav
"$SIDETONE" media silence --above 1500 --skip 1000 "$run"/recordings/*-engine.wav >"$run/silence" 2>&1 &&
    echo "no silence of more than 1500 ms" || { echo "silences of more than 1500 ms:"; head -20 "$run/silence"; }
before=$(metric sidetone_decision_seconds_count)
call nobody 200
echo "no engine: $(($(metric sidetone_decision_seconds_count) - before)) decisions; of all:"
curl --silent "http://$NETWORK.1:8080/metrics" | grep -E '^sidetone_decision_seconds_(bucket|count)'
expect_as_before "$held"
