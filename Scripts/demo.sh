#!/usr/bin/env bash
# Two calls from end to end: a real S-CSCF triggers sidetone by initial filter criteria, its engine answers; then the
# engine answers 503 and the legacy PBX takes the call. WAV files of both directions are left in demo-output/.
#
#   SIDETONE  the program (default .build/release/sidetone)
set -euo pipefail
cd "$(dirname "$0")/.."
SIDETONE=${SIDETONE:-.build/release/sidetone}
lab=Examples/IMSLab
export IMSLAB_RUN=${IMSLAB_RUN:-$(mktemp -d)}

stop_lab() { "$lab/stop.sh" >/dev/null || true; }
trap stop_lab EXIT

rm -rf demo-output
AS_URI=sip:127.0.0.1:5060 "$lab/start.sh"
"$SIDETONE" demo --s-cscf 127.0.5.1:5060 --profile "$lab/profiles/bob.xml" --output demo-output
echo
ls -l demo-output/*.wav
