#!/usr/bin/env bash
# A call that an HTTP service leads: a receiver in Python asks for a customer's number and says the balance. Prints the
# softphone's timeline and what the receiver was told and answered. `make release` builds what it needs before.
#
#   --stay    leaves the line open afterwards, for calls from a telephone on this machine; Ctrl-C closes it
#   SIDETONE  the program (default .build/release/sidetone)
set -euo pipefail
cd "$(dirname "$0")/../.."
. Examples/line.sh
here=Examples/Webhook
export LINE_SECRET=demo-$RANDOM$RANDOM$RANDOM

python3 "$here/receiver.py" 8093 2>"$out/receiver.log" &
pids+=($!)
"$SIDETONE" bot --listen ws://127.0.0.1:8768/v1/realtime >"$out/bot.log" 2>&1 &
pids+=($!)
"$SIDETONE" serve --config "$here/sidetone.yaml" --drain 0 >"$out/serve.log" 2>&1 &
pids+=($!)

wait_for_ports 8093 8768 8083

echo "The call:"
"$SIDETONE" call sip:line@127.0.0.1:5063 --codec PCMA --take-turns --dtmf 1234 --duration 30
for _ in $(seq 100); do grep -q '^ended' "$out/receiver.log" && break; sleep 0.1; done
echo
echo "What the receiver was told, and answered:"
cat "$out/receiver.log"
if [ -n "$stay" ]; then
    echo
    echo "The line is open: sip:line@127.0.0.1:5063, customers 1234 and 5678. Ctrl-C closes it."
    tail -f -n 0 "$out/receiver.log"
fi
grep -q 'two hundred and fifty euros' "$out/receiver.log" && grep -q '^ended' "$out/receiver.log"
