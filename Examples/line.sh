# What the examples that open a telephone line share. Sourced from the root of the package with the script's arguments;
# stops what it started, by its pids.
#
#   --stay    leaves the line open afterwards, for calls from a telephone on this machine; Ctrl-C closes it
#   SIDETONE  the program (default .build/release/sidetone)

SIDETONE=${SIDETONE:-.build/release/sidetone}
[ -x "$SIDETONE" ] || { echo "there is no $SIDETONE: run \`make release\`" >&2; exit 1; }
stay=
case "${1:-}" in
--stay) stay=1 ;;
?*) echo "usage: $0 [--stay]" >&2; exit 64 ;;
esac
out=$(mktemp -d)
pids=()
stop() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$out"
}
trap stop EXIT

ready() { python3 -c "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 1)" "$1" 2>/dev/null; }

wait_for_ports() {  # PORT...
    local port
    for port; do
        for _ in $(seq 300); do ready "$port" && break; sleep 0.1; done
        ready "$port" || { echo "nothing listens on port $port"; cat "$out"/*.log; exit 1; }
    done
}
