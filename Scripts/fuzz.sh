#!/bin/sh
# Runs a fuzz target: Scripts/fuzz.sh xml|expression|evaluation|message|unparsed|stream|uri|sdp|rtp|rtcp|amr|payload-opus|payload-amr|payload-waveform|srtp|dialects RUNS [SECONDS]
# Lists the targets:  Scripts/fuzz.sh --targets
#
# The target is compiled with the sources it needs, with libFuzzer and without the package: see Tests/Fuzz. An input that
# traps or takes more than 50 ms of processor time ends it. The corpus and what crashed stay in .build/fuzz/TARGET.
set -eu
cd "$(dirname "$0")/.."
if [ "${1:-}" = --targets ]; then
    echo xml expression evaluation message unparsed stream uri sdp rtp rtcp amr payload-opus payload-amr payload-waveform srtp dialects
    exit 0
fi
target=${1:?usage: Scripts/fuzz.sh xml|expression|evaluation|message|unparsed|stream|uri|sdp|rtp|rtcp|amr|payload-opus|payload-amr|payload-waveform|srtp|dialects RUNS [SECONDS]}
runs=${2:?usage: Scripts/fuzz.sh xml|expression|evaluation|message|unparsed|stream|uri|sdp|rtp|rtcp|amr|payload-opus|payload-amr|payload-waveform|srtp|dialects RUNS [SECONDS]}
limit=${3:-0}
out=.build/fuzz/$target
# A trap must reach libFuzzer, which saves the input that made it; the handler of the runtime would swallow it.
export SWIFT_BACKTRACE=enable=no
mkdir -p "$out/corpus"
# The searches of the parser use one header of our own.
cat >"$out/octets.modulemap" <<MAP
module COctets { header "$(pwd)/Sources/COctets/include/COctets.h" export * }
MAP
octets="-Xcc -fmodule-map-file=$out/octets.modulemap"

# C needs the address sanitizer; Swift traps by itself.
sanitizer=fuzzer
case $target in
xml) main=FuzzXML sanitizer=fuzzer,address ;;
expression) main=FuzzExpression ;;
evaluation) main=FuzzEvaluation ;;
message | unparsed | stream | uri | sdp | rtp | rtcp | amr | payload-* | dialects) ;;
srtp) sanitizer=fuzzer,address ;;
*) echo "no such target: $target" >&2; exit 64 ;;
esac

# The values of SIP and SDP need no more.
case $target in
message | stream | uri | sdp)
    sources="Sources/SIP/Messages Sources/SIP/Headers" length=4096
    case $target in
    message) main=FuzzMessage ;;
    stream) main=FuzzStream ;;
    uri) main=FuzzURI length=256 ;;
    sdp) main=FuzzSDP length=2048 sources=Sources/SDP ;;
    esac
    # shellcheck disable=SC2046,SC2086
    swiftc -swift-version 6 -O -g -wmo -parse-as-library -package-name sidetone -sanitize=fuzzer $octets -module-name Values \
        $(find $sources -name '*.swift') Tests/Fuzz/Entry.swift Tests/Fuzz/$main.swift -o "$out/fuzz"
    rm -f Values-1.swift*
    case $target in message | stream) cp Tests/Fixtures/SIP/*.sip Tests/Fixtures/SIP/torture/*.sip "$out/corpus/" ;; esac
    exec "$out/fuzz" -runs="$runs" -max_total_time="$limit" -max_len="$length" -timeout=1 -rss_limit_mb=256 \
        -dict=Tests/Fuzz/"$target".dict -artifact_prefix="$out/" -print_final_stats=1 "$out/corpus"
    ;;
esac

# New calls that are refused unparsed: the parser is a module of its own, as it is there.
if [ "$target" = unparsed ]; then
    # shellcheck disable=SC2046
    swiftc -swift-version 6 -O -g -wmo -parse-as-library -package-name sidetone $octets -emit-module -module-name SIP \
        -emit-module-path "$out/SIP.swiftmodule" -c -o "$out/SIP.o" \
        $(find Sources/SIP/Messages Sources/SIP/Headers -name '*.swift') Sources/SIP/Admission/StatelessResponse.swift
    swiftc -swift-version 6 -O -g -wmo -parse-as-library -package-name sidetone -sanitize=fuzzer $octets -module-name Values \
        -I "$out" Sources/SIPTransport/Unparsed/*.swift Tests/Fuzz/Entry.swift Tests/Fuzz/FuzzUnparsed.swift "$out/SIP.o" -o "$out/fuzz"
    rm -f Values-1.swift*
    cp Tests/Fuzz/seeds/unparsed/* "$out/corpus/"
    exec "$out/fuzz" -runs="$runs" -max_total_time="$limit" -max_len=2048 -timeout=1 -rss_limit_mb=256 \
        -dict=Tests/Fuzz/unparsed.dict -artifact_prefix="$out/" -print_final_stats=1 "$out/corpus"
fi

# Payloads of RTP: all of the codecs, with the libraries behind them, or only what needs none.
case $target in
rtp | rtcp | amr | payload-*)
    sources="Sources/RTP/Packets Sources/RTP/RTCP Sources/RTP/Events Sources/RTP/Reception" libraries= length=1024
    case $target in
    rtp | rtcp)
        case $target in rtp) main=FuzzRTP ;; *) main=FuzzRTCP ;; esac
        # Its clock is a module of its own.
        swiftc -swift-version 6 -O -g -parse-as-library -package-name sidetone -emit-module -module-name Timing \
            -emit-module-path "$out/Timing.swiftmodule" -c -o "$out/clock.o" Sources/Timing/MonotonicTime.swift
        libraries="-I $out $out/clock.o"
        ;;
    amr) main=FuzzAMR sources="Sources/Codecs/AMR/AMRBand.swift Sources/Codecs/AMR/AMRPayload.swift Sources/Codecs/SpeechCodec.swift" ;;
    payload-opus | payload-amr | payload-waveform)
        main=FuzzPayload sources=Sources/Codecs length=256
        libraries="-D FUZZ_$(echo "${target#payload-}" | tr a-z A-Z)"
        for library in CSpeexDSP COpus COpenCoreAMRNB COpenCoreAMRWB CVoAMRWBEnc; do
            libraries="$libraries -Xcc -fmodule-map-file=Sources/$library/module.modulemap"
        done
        ;;
    *) echo "no such target: $target" >&2; exit 64 ;;
    esac
    # shellcheck disable=SC2046,SC2086
    swiftc -swift-version 6 -O -g -wmo -parse-as-library -package-name sidetone -sanitize=fuzzer -module-name Values \
        $libraries $(find $sources -name '*.swift') Tests/Fuzz/Entry.swift Tests/Fuzz/$main.swift -o "$out/fuzz"
    rm -f Values-1.swift*
    cp Tests/Fuzz/seeds/"$target"/* "$out/corpus/" 2>/dev/null || true
    exec "$out/fuzz" -runs="$runs" -max_total_time="$limit" -max_len="$length" -timeout=10 -rss_limit_mb=256 \
        -artifact_prefix="$out/" -print_final_stats=1 "$out/corpus"
    ;;
esac

# Messages of the engines that we dial: of the codecs only the names of the formats.
if [ "$target" = dialects ]; then
    for file in CCrypto Ciphers; do
        # shellcheck disable=SC2046
        clang -c -O1 -g $(pkg-config --cflags libcrypto) -ISources/CCrypto/include Sources/CCrypto/$file.c -o "$out/$file.o"
    done
    cat >"$out/module.modulemap" <<MAP
module CCrypto { header "$(pwd)/Sources/CCrypto/include/CCrypto.h" export * }
MAP
    swiftc -swift-version 6 -O -g -parse-as-library -package-name sidetone -emit-module -module-name Codecs \
        -emit-module-path "$out/Codecs.swiftmodule" -c -o "$out/formats.o" Sources/Codecs/AudioFormat.swift
    # shellcheck disable=SC2046
    swiftc -swift-version 6 -O -g -wmo -parse-as-library -package-name sidetone -sanitize=fuzzer -module-name Values \
        -Xcc -fmodule-map-file="$out/module.modulemap" -I "$out" $(find Sources/VoiceEngine -name '*.swift') \
        Tests/Fuzz/Entry.swift Tests/Fuzz/FuzzDialects.swift "$out"/*.o $(pkg-config --libs libcrypto) -o "$out/fuzz"
    rm -f Values-1.swift*
    cp Tests/Fuzz/seeds/dialects/* "$out/corpus/"
    exec "$out/fuzz" -runs="$runs" -max_total_time="$limit" -max_len=1024 -timeout=10 -rss_limit_mb=256 \
        -dict=Tests/Fuzz/dialects.dict -artifact_prefix="$out/" -print_final_stats=1 "$out/corpus"
fi

# Protected packets: with our C, and libcrypto behind it.
if [ "$target" = srtp ]; then
    for file in CCrypto Ciphers; do
        # shellcheck disable=SC2046
        clang -c -O1 -g -fsanitize=fuzzer-no-link,address $(pkg-config --cflags libcrypto) -ISources/CCrypto/include \
            Sources/CCrypto/$file.c -o "$out/$file.o"
    done
    cat >"$out/module.modulemap" <<MAP
module CCrypto { header "$(pwd)/Sources/CCrypto/include/CCrypto.h" export * }
MAP
    # shellcheck disable=SC2046
    swiftc -swift-version 6 -O -g -wmo -parse-as-library -package-name sidetone -sanitize=$sanitizer -module-name Values \
        -Xcc -fmodule-map-file="$out/module.modulemap" $(find Sources/SRTP -name '*.swift') Tests/Fuzz/Entry.swift Tests/Fuzz/FuzzSRTP.swift \
        "$out"/*.o $(pkg-config --libs libcrypto) -o "$out/fuzz"
    rm -f Values-1.swift*
    cp Tests/Fuzz/seeds/srtp/* "$out/corpus/"
    export ASAN_OPTIONS=quarantine_size_mb=16
    exec "$out/fuzz" -runs="$runs" -max_total_time="$limit" -max_len=512 -timeout=10 -rss_limit_mb=512 \
        -artifact_prefix="$out/" -print_final_stats=1 "$out/corpus"
fi

flags=$(pkg-config --cflags libxml-2.0)
for file in Sources/CXML/*.c; do
    # shellcheck disable=SC2086
    clang -c -O1 -g -fsanitize=$(echo $sanitizer | sed 's/fuzzer/fuzzer-no-link/') $flags -ISources/CXML/include -ISources/CXML \
        "$file" -o "$out/$(basename "$file" .c).o"
done
cat >"$out/module.modulemap" <<MAP
module CXML { header "$(pwd)/Sources/CXML/include/CXML.h" export * }
MAP
common="-swift-version 6 -O -g -wmo -parse-as-library -package-name sidetone -sanitize=$sanitizer -I $out $octets"
# shellcheck disable=SC2046,SC2086
swiftc $common -emit-module -emit-module-path "$out/SIP.swiftmodule" -module-name SIP -c -o "$out/SIP.o" \
    $(find Sources/SIP/Messages Sources/SIP/Headers -name '*.swift')
# The target is part of the module that it tests, so that it sees the insides.
# shellcheck disable=SC2046,SC2086
swiftc $common -module-name IMS -Xcc -fmodule-map-file="$out/module.modulemap" $(find Sources/IMS/Profile \
    Sources/IMS/Expressions Sources/IMS/Evaluation Sources/IMS/Validation -name '*.swift') Tests/Fuzz/Entry.swift Tests/Fuzz/$main.swift \
    "$out"/*.o -lxml2 -o "$out/fuzz"
# The compiler leaves these where it stands.
rm -f IMS-1.swift* Values-1.swift*

for seed in iFC-Samples/*/profile.xml; do
    [ "$target" = xml ] && cp "$seed" "$out/corpus/$(echo "$seed" | tr '/' '_')"
done
[ "$target" = xml ] || cp Tests/Fuzz/seeds/"$target"/* "$out/corpus/" 2>/dev/null || true

case $target in xml) length=768 ;; expression) length=40 ;; *) length=768 ;; esac
# A small quarantine keeps the address sanitizer below the memory limit over millions of runs.
export ASAN_OPTIONS=quarantine_size_mb=16
exec "$out/fuzz" -runs="$runs" -max_total_time="$limit" -max_len="$length" -timeout=10 -rss_limit_mb=512 \
    -dict=Tests/Fuzz/"$target".dict -artifact_prefix="$out/" -print_final_stats=1 "$out/corpus"
