#!/usr/bin/env bash
# A bank's balance line: a caller asks for the balance, the voice engine calls a function, the server asks the bank's
# CRM over HTTP, and the caller hears the answer. Prints the softphone's timeline and the server's trace of the call.
# `make bank` builds what it needs before.
#
#   --stay    leaves the line open afterwards, for calls from a telephone on this machine; Ctrl-C closes it
#   SIDETONE  the program (default .build/release/sidetone)
set -euo pipefail
cd "$(dirname "$0")/../.."
. Examples/line.sh
here=Examples/BankLine
export BANK_CRM_TOKEN=demo-$RANDOM$RANDOM

python3 "$here/crm.py" 8092 "$BANK_CRM_TOKEN" 2>"$out/crm.log" &
pids+=($!)
"$SIDETONE" bot --listen ws://127.0.0.1:8767/v1/realtime --dialogue "$here/dialogue.yaml" >"$out/bot.log" 2>&1 &
pids+=($!)
"$SIDETONE" serve --config "$here/sidetone.yaml" --drain 0 --set cdr.file="$out/cdr.jsonl" >"$out/serve.log" 2>&1 &
pids+=($!)

wait_for_ports 8092 8767 8082

echo "The call:"
"$SIDETONE" call sip:bank@127.0.0.1:5062 --codec PCMA --take-turns --say "what is my balance" \
    --say "thank you goodbye" --duration 40
for _ in $(seq 100); do [ -s "$out/cdr.jsonl" ] && break; sleep 0.1; done
echo
echo "What the CRM was asked:"
cat "$out/crm.log"
echo
echo "The server's trace (GET /api/calls/{id}):"
python3 - "$out/cdr.jsonl" <<'PYTHON'
import json, sys, urllib.parse, urllib.request
record = json.loads(open(sys.argv[1]).readline())
url = "http://127.0.0.1:8082/api/calls/" + urllib.parse.quote(record["id"], safe="")
trace = json.load(urllib.request.urlopen(url))
for entry in trace["timeline"]:
    print(f'{entry["ms"]:9.1f} ms  {entry["event"]:<16} {entry.get("detail", "")}')
said = " ".join(e.get("detail", "") for e in trace["timeline"] if e["event"] == "engine-said")
print("\nThe caller was told the balance." if "250 euros" in said else "\nThe balance was not said.")
sys.exit(0 if "250 euros" in said else 1)
PYTHON
if [ -n "$stay" ]; then
    echo
    echo "The line is open: call sip:bank@127.0.0.1:5062 (PCMA) from a telephone on this machine and ask for your balance."
    echo "Without one: $SIDETONE call sip:bank@127.0.0.1:5062 --codec PCMA --take-turns --say \"what is my balance\""
    wait
fi
