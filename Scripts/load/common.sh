# For the benchmarks of signalling: a server whose engine is down, so that it routes every call, and the generator that
# calls through it. Sourced from the root of the package, with SIDETONE set. Stops what it started.
#
#   NETWORK  the first three numbers of the loopback addresses to use (default 127.0.9)

NETWORK=${NETWORK:-127.0.9}
AS=$NETWORK.1:5060
CALLER=$NETWORK.4:5060
CALLEE=$NETWORK.3:5060
run=$(mktemp -d)
pids=()
stop() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$run"
}
trap stop EXIT

# Checks that programs are there, and the server.
need() {  # PROGRAM...
    local program
    for program; do
        command -v "$program" >/dev/null || { echo "$program is missing: run Scripts/setup.sh test" >&2; exit 1; }
    done
    [ -x "$SIDETONE" ] || { echo "$SIDETONE is missing: run swift build -c release" >&2; exit 1; }
}

# Builds the generator, and checks what the benchmarks need.
prepare() {
    need cc curl ss taskset
    local threads=Sources/CThreads
    cc -O2 -Wall -Wextra -I $threads/include -o "$run/sipload" Scripts/load/sipload.c $threads/CThreads.c
}

wait_for_port() {  # ADDRESS
    for _ in $(seq 100); do
        if ss -Hlnu "src $1" | grep -q .; then return; fi
        sleep 0.05
    done
    echo "nothing listens at $1" >&2
    exit 1
}

# Starts the server; its process is server_pid.
start_sidetone() {  # [PREFIX [LINE-OF-SIP-CONFIGURATION...]]
    local prefix=${1:-}
    shift || true
    cat >"$run/sidetone.yaml" <<YAML
sip:
  listen: ["udp://$AS", "tcp://$AS"]
$(printf '  %s\n' "$@")
engines:
  - name: none
    url: "ws://$NETWORK.9:9/v1/realtime"
services:
  - name: assistant
    engine: none
    fallback: pbx
fallback:
  pbx:
    uri: "sip:$CALLEE"
limits:
  maxCalls: 25000
admin:
  listen: "$NETWORK.1:8080"
log:
  level: error
YAML
    # shellcheck disable=SC2086
    $prefix "$SIDETONE" serve --config "$run/sidetone.yaml" 2>"$run/sidetone.log" &
    server_pid=$!
    pids+=("$server_pid")
    wait_for_port "$AS"
}

# Nanoseconds that a process and its children have been running: of each what the scheduler's statistics have of its
# threads, or its own account, in ticks of 10 ms but with the threads that ended, whichever is more.
cpu_nanoseconds() {  # PID
    local pid
    for pid in $1 $(pgrep -P "$1" || true); do
        { cat /proc/"$pid"/task/*/schedstat; echo ticks; sed 's/.*) //' /proc/"$pid"/stat; } 2>/dev/null |
            awk -v hz="$(getconf CLK_TCK)" '
                own { n = ($12 + $13) * 1e9 / hz }
                /^ticks/ { own = 1; next }
                !own { s += $1 }
                END { printf "%.0f\n", (n > s ? n : s) }' || true
    done | awk '{ s += $1 } END { printf "%.0f", s }'
}

# KiB of memory that a process has in use.
resident() {  # PID
    awk '/^VmRSS/ { print $2 }' "/proc/$1/status"
}

metric() {  # NAME
    curl --silent --show-error "http://$NETWORK.1:8080/metrics" | awk -v name="$1" '$1 == name { print $2 }'
}

# What the server holds of calls, on one line; the connection that asks is among its descriptors.
holdings() {
    curl --silent --show-error "http://$NETWORK.1:8080/metrics" | awk '
        /^sidetone_(calls|engine_connections|media_sessions|rtp_port_pairs_leased|sip_dialogs|sip_transactions) / ||
        /^(sidetone_tasks|process_open_fds) / { sub(/^sidetone_/, "", $1); printf "%s=%d ", $1, $2 }'
}

# Compares with what it held before, once transactions are over.
expect_as_before() {  # HOLDINGS
    local now
    for _ in $(seq 80); do
        now=$(holdings)
        [ "$now" = "$1" ] && { echo "left, as before: $now"; return; }
        sleep 0.5
    done
    echo "before: $1"
    echo "left:   $now"
    return 1
}
