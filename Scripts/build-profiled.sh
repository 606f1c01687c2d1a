#!/usr/bin/env bash
# Builds sidetone optimised by a profile: an instrumented build carries calls, media and a conversation, and what it ran
# through decides which code the optimiser lays together. What it gains is in Docs/Benchmarks.md. Takes two release
# builds and two minutes of load.
#
#   PROFILE   a profile to use instead of recording one: that of the operator's own traffic, from an instrumented build
#   TRAITS    as of swift build --traits (default: those of the package)
#
# Arguments are further options of swift build for the second build, such as --static-swift-stdlib. Leaves
# .build/profiled/release/sidetone; the instrumented build and the profile are in .build/instrumented.
set -euo pipefail
cd "$(dirname "$0")/.."
PROFILE=${PROFILE:-}
toolchain=$(dirname "$(readlink -f "$(command -v swift)")")
runtime=("$toolchain"/../lib/clang/*/lib/linux/libclang_rt.profile-"$(uname -m)".a)
instrumented=.build/instrumented
profiled=.build/profiled

build() {  # FOLDER FRONTEND-OPTION [OPTION...]
    local folder=$1 option=$2
    shift 2
    swift build --configuration release --product sidetone --scratch-path "$folder" ${TRAITS:+--traits "$TRAITS"} \
        -Xswiftc -Xfrontend -Xswiftc "$option" "$@"
}

# What an operator's server does: calls few and many, more than it takes, each codec, a conversation.
record() {
    export LLVM_PROFILE_FILE=$PWD/$instrumented/profiles/%p.profraw
    rm -rf "$instrumented/profiles"
    SIDETONE=$PWD/$instrumented/release/sidetone
    . Scripts/load/common.sh
    prepare
    start_sidetone
    "$run/sipload" "$AS" "$CALLER" "$CALLEE" 50 20
    "$run/sipload" "$AS" "$CALLER" "$CALLEE" 300 10
    "$run/sipload" "$AS" "$CALLER" "$CALLEE" 20000 2
    kill -TERM "$server_pid"
    wait "$server_pid" || true
    "$SIDETONE" bench media --calls 10 --seconds 2
    "$SIDETONE" bench first-audio
    SIDETONE=$SIDETONE Scripts/demo.sh
    "$toolchain/llvm-profdata" merge --output="$instrumented/sidetone.profdata" "$instrumented"/profiles/*.profraw
}

if [ ! "$PROFILE" ]; then
    # A changed option of the frontend alone does not make SwiftPM compile again.
    rm -rf "$instrumented"/*-linux-*
    build "$instrumented" -ir-profile-generate -Xlinker -u__llvm_profile_runtime -Xlinker "${runtime[0]}"
    (record)
    PROFILE=$PWD/$instrumented/sidetone.profdata
fi
rm -rf "$profiled"/*-linux-*
build "$profiled" "-ir-profile-use=$(readlink -f "$PROFILE")" "$@"
ls -l "$profiled/release/sidetone"
