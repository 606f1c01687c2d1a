#!/usr/bin/env bash
# Builds the example, calls it with the softphone, and stops it: PASS or FAIL.
#
#   SIDETONE  the program that has the softphone (default ../../.build/debug/sidetone)
set -uo pipefail
cd "$(dirname "$0")"
SIDETONE=${SIDETONE:-../../.build/debug/sidetone}
swift build || exit 1
program=$(swift build --show-bin-path)/EmbeddedAS
"$program" &
pid=$!
trap 'kill "$pid" 2>/dev/null' EXIT
for _ in $(seq 300); do
    if ss -Hlnu "src 127.0.0.1:5080" | grep . >/dev/null; then break; fi
    sleep 0.1
done
report=$("$SIDETONE" call sip:announcement@127.0.0.1:5080 --duration 20 --format json)
status=$?
kill -TERM "$pid"
wait "$pid"
stopped=$?
if [ "$status" = 0 ] && [ "$stopped" = 0 ] && grep -q '"BYE received"' <<<"$report"; then
    echo "PASS  EmbeddedAS answered, played its announcement, hung up and stopped"
else
    echo "FAIL  EmbeddedAS: call exit $status, server exit $stopped"
    echo "$report"
    exit 1
fi
