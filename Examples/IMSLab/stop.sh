#!/usr/bin/env bash
# Stops what start.sh started. Each program leads a process group of its own, named by a pid file.
set -euo pipefail
. "$(dirname "$0")/lab.sh"

for name in scscf hss; do
    [ -s "$RUN/$name.pid" ] || continue
    group=$(cat "$RUN/$name.pid")
    if members "$group" >/dev/null; then
        kill -TERM -- "-$group" 2>/dev/null || true
        for _ in $(seq 50); do
            members "$group" >/dev/null || break
            sleep 0.1
        done
        if members "$group" >/dev/null; then kill -KILL -- "-$group" 2>/dev/null || true; fi
        echo "$name stopped"
    fi
    rm -f "$RUN/$name.pid"
done
