#!/usr/bin/env bash
# A call that an HTTP service leads: a receiver in Python asks for a customer's number and says the balance. Prints the
# softphone's timeline and what the receiver was told and answered. `make release` builds what it needs before.
#
#   --stay    leaves the line open afterwards, for calls from a telephone on this machine; Ctrl-C closes it
#   SIDETONE  the program (default .build/release/sidetone)
set -euo pipefail
cd "$(dirname "$0")/../.."
SIDETONE=${SIDETONE:-.build/release/sidetone}
[ -x "$SIDETONE" ] || { echo "there is no $SIDETONE: run \`make release\`" >&2; exit 1; }
stay=
case "${1:-}" in
--stay) stay=1 ;;
?*) echo "usage: Examples/Webhook/run.sh [--stay]" >&2; exit 64 ;;
esac
here=Examples/Webhook
out=$(mktemp -d)
export LINE_SECRET=demo-$RANDOM$RANDOM$RANDOM
pids=()
stop() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$out"
}
trap stop EXIT

python3 "$here/receiver.py" 8093 2>"$out/receiver.log" &
pids+=($!)
"$SIDETONE" bot --listen ws://127.0.0.1:8768/v1/realtime >"$out/bot.log" 2>&1 &
pids+=($!)
"$SIDETONE" serve --config "$here/sidetone.yaml" --drain 0 >"$out/serve.log" 2>&1 &
pids+=($!)

ready() { python3 -c "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 1)" "$1" 2>/dev/null; }
for port in 8093 8768 8083; do
    for _ in $(seq 300); do ready "$port" && break; sleep 0.1; done
    ready "$port" || { echo "nothing listens on port $port"; cat "$out"/*.log; exit 1; }
done

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
