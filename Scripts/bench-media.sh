#!/usr/bin/env bash
# Media: what a core carries, beside its peers, and what must not happen.
#
#   Scripts/bench-media.sh [table | peers | load | barge-in | ports | strays]...
#
#   table     the table of capacity, with the calls of the allocator for each packet
#   peers     rtpengine transcodes beside bridged calls, in turn in one run
#   load      as many calls as make 70 % of a core: how late packets leave
#   barge-in  600 interruptions, judged at the callers' sockets
#   ports     100000 sessions, 2 % of the ports another process's: nothing may be left
#   strays    a million packets of a stranger to the ports of 100 calls: none may be taken or answered
#
#   SIDETONE  the program (default .build/release/sidetone)
#   ROUNDS    of `peers` and `table` (default 5 and 1)
#   PRIORITY  what to start the programs with, for example "chrt --rr 1"
#
# Without an argument: all. As root, all of it happens in a network namespace of its own; otherwise on the loopback
# interface that there is. Status 1 if something is left, taken, answered or told wrongly.
set -euo pipefail
cd "$(dirname "$0")/.."
SIDETONE=$(realpath "${SIDETONE:-.build/release/sidetone}")
PRIORITY=${PRIORITY:-}
[ -x "$SIDETONE" ] || { echo "$SIDETONE is missing: run swift build -c release" >&2; exit 1; }
[ $# -gt 0 ] || set -- table peers load barge-in ports strays

if [ -z "${IN_NAMESPACE:-}" ] && [ "$(id -u)" = 0 ] && unshare --net true 2>/dev/null; then
    IN_NAMESPACE=1 exec unshare --net bash -c 'ip link set lo up && exec "$@"' -- "$0" "$@"
fi

run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT

bench() {
    # shellcheck disable=SC2086
    $PRIORITY "$SIDETONE" bench "$@"
}

status=0
for part; do
    echo "== $part"
    case $part in
        table)
            cc -O2 -Wall -Wextra -shared -fPIC -o "$run/alloccount.so" Scripts/load/alloccount.c
            LD_PRELOAD=$run/alloccount.so bench media --rounds "${ROUNDS:-1}"
            ;;
        peers)
            if command -v rtpengine >/dev/null; then
                # shellcheck disable=SC2086
                $PRIORITY python3 Scripts/load/mediapeers.py "$SIDETONE" --rounds "${ROUNDS:-5}"
            else
                echo "rtpengine is missing: run Scripts/setup.sh bench" >&2
            fi
            ;;
        load) bench media --codec PCMA --engine pcm16 --load 70 --seconds 10 --ports 20000-25999 ;;
        barge-in) bench barge-in || status=1 ;;
        ports) bench ports || status=1 ;;
        strays) bench strays || status=1 ;;
        *)
            sed -n '4,11s/^# \{0,1\}//p' "$0" >&2
            exit 64
            ;;
    esac
done
exit "$status"
