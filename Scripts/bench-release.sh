#!/usr/bin/env bash
# Time from the confirmation of the media path between caller and target until the engine's socket was told to close and
# the ports were given back: SIPp calls, an engine asks for a transfer, the caller is moved by re-INVITE to SIPp as the PBX.
# Prints the server's own histogram (sidetone_release_seconds), and what is left when all calls are over.
#
#   SIDETONE  the program (default .build/release/sidetone)
#   CALLS     how many transfers (default 1000)
#   RATE      calls begun in a second (default 20)
set -euo pipefail
cd "$(dirname "$0")/.."
SIDETONE=${SIDETONE:-.build/release/sidetone}
CALLS=${CALLS:-1000}
RATE=${RATE:-20}
. Scripts/load/common.sh

need sipp python3 curl ss
scenarios=$PWD/Tests/InteropTests/Scenarios

python3 Scripts/load/engine.py "$NETWORK.9" 8765 transfer &
pids+=($!)
(cd "$run" && exec sipp "$AS" -i "$NETWORK.3" -mi "$NETWORK.3" -p 5060 -sf "$scenarios/uas-pbx.xml" -d 20 -m "$CALLS" \
    -nostdin >uas.screen 2>&1) &
pbx=$!
pids+=("$pbx")
wait_for_port "$CALLEE"
cat >"$run/sidetone.yaml" <<YAML
sip:
  listen: ["udp://$AS"]
  overload: { latency: 1s, processor: 100 }
media:
  address: "$NETWORK.1"
  codecs: [PCMA]
engines:
  - name: bench
    url: "ws://$NETWORK.9:8765/"
services:
  - name: assistant
    engine: bench
    greeting: Hello
    transferTargets: { queue: "sip:queue@$CALLEE" }
    handOver: { userToUser: true }
    policy: { perSecond: 10000, perMinute: 100000 }
admin:
  listen: "$NETWORK.1:8080"
log:
  level: error
YAML
"$SIDETONE" serve --config "$run/sidetone.yaml" 2>"$run/sidetone.log" &
pids+=($!)
wait_for_port "$AS"

held=$(holdings)
(cd "$run" && timeout $((CALLS / RATE + 120)) sipp "$AS" -i "$NETWORK.4" -mi "$NETWORK.4" -p 5060 -r "$RATE" -m "$CALLS" \
    -d 200 -s bob -key pbx "$NETWORK.3" -sf "$scenarios/uac-call-engine-lost.xml" -nostdin >uac.screen 2>&1) ||
    { echo "some calls failed:" >&2; grep -m 1 'Failed call' "$run/uac.screen" >&2 || true; }

metrics=$(curl --silent --show-error "http://$NETWORK.1:8080/metrics")
awk '/^sidetone_(release_seconds|transfers_total|transfers_failed_total)/ { print }' <<<"$metrics"
awk '/^sidetone_release_seconds_bucket/ { split($1, part, "\""); bound[++n] = part[2]; count[n] = $2 }
    END {
        total = count[n]
        for (i = 1; i <= n; i++) {
            if (!p50 && count[i] * 2 >= total) p50 = bound[i]
            if (!p99 && count[i] * 100 >= total * 99) p99 = bound[i]
            if (!most && count[i] >= total) most = bound[i]
        }
        printf "transfers=%d p50<=%ss p99<=%ss max<=%ss\n", total, p50, p99, most
    }' <<<"$metrics"
expect_as_before "$held"
