#!/usr/bin/env bash
# Compares this S-CSCF with the model of one in `sidetone ifc simulate`: starts a lab of its own, runs the pairs of
# cases.py through both, says PASS or DIFF for each, and stops the lab. About 20 s.
#
#   ./run.sh [PAIR]...
#
#   SIDETONE        the program (default .build/debug/sidetone of this checkout)
#   IMSLAB_NETWORK  the first three numbers of all addresses (default 127.0.8)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export IMSLAB_NETWORK=${IMSLAB_NETWORK:-127.0.8}
export IMSLAB_RUN=${IMSLAB_RUN:-${TMPDIR:-/tmp}/sidetone-imslab-compare-$(id -u)}
export IMSLAB_PROFILES=$IMSLAB_RUN/profiles AS_URI=profile
export PYTHONDONTWRITEBYTECODE=1
sidetone=${SIDETONE:-$here/../../../.build/debug/sidetone}
[ -x "$sidetone" ] || {
    echo "$sidetone is missing: build it, or name it with SIDETONE" >&2
    exit 1
}

stop_lab() { "$here/../stop.sh" >/dev/null || true; }
trap stop_lab EXIT
stop_lab
rm -rf "$IMSLAB_PROFILES"
python3 "$here/compare.py" profiles --folder "$IMSLAB_PROFILES" --network "$IMSLAB_NETWORK"
"$here/../start.sh" >&2
python3 "$here/compare.py" run "$@" --folder "$IMSLAB_PROFILES" --network "$IMSLAB_NETWORK" \
    --sidetone "$sidetone"
