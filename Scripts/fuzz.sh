#!/bin/sh
# Runs a fuzz target: Scripts/fuzz.sh xml|expression|evaluation RUNS [SECONDS]
#
# The target is compiled with the sources it needs, with libFuzzer and without the package: see Tests/Fuzz. The corpus and what crashed stay in .build/fuzz/TARGET.
set -eu
cd "$(dirname "$0")/.."
target=${1:?usage: Scripts/fuzz.sh xml|expression|evaluation RUNS [SECONDS]}
runs=${2:?usage: Scripts/fuzz.sh xml|expression|evaluation RUNS [SECONDS]}
limit=${3:-0}
out=.build/fuzz/$target
mkdir -p "$out/corpus"

# C needs the address sanitizer; Swift traps by itself.
sanitizer=fuzzer
case $target in
xml) main=FuzzXML sanitizer=fuzzer,address ;;
expression) main=FuzzExpression ;;
evaluation) main=FuzzEvaluation ;;
*) echo "no such target: $target" >&2; exit 64 ;;
esac

flags=$(pkg-config --cflags libxml-2.0)
for file in Sources/CXML/*.c; do
    # shellcheck disable=SC2086
    clang -c -O1 -g -fsanitize=$(echo $sanitizer | sed 's/fuzzer/fuzzer-no-link/') $flags -ISources/CXML/include -ISources/CXML \
        "$file" -o "$out/$(basename "$file" .c).o"
done
cat >"$out/module.modulemap" <<MAP
module CXML { header "$(pwd)/Sources/CXML/include/CXML.h" export * }
MAP
common="-swift-version 6 -O -g -wmo -parse-as-library -package-name sidetone -sanitize=$sanitizer -I $out"
# shellcheck disable=SC2046,SC2086
swiftc $common -emit-module -emit-module-path "$out/SIP.swiftmodule" -module-name SIP -c -o "$out/SIP.o" \
    $(find Sources/SIP/Messages Sources/SIP/Headers -name '*.swift')
# The target is part of the module that it tests, so that it sees the insides.
# shellcheck disable=SC2046,SC2086
swiftc $common -module-name IMS -Xcc -fmodule-map-file="$out/module.modulemap" $(find Sources/IMS/Profile \
    Sources/IMS/Expressions Sources/IMS/Evaluation Sources/IMS/Validation -name '*.swift') Tests/Fuzz/$main.swift \
    "$out"/*.o -lxml2 -o "$out/fuzz"

for seed in iFC-Samples/*/profile.xml; do
    [ "$target" = xml ] && cp "$seed" "$out/corpus/$(echo "$seed" | tr '/' '_')"
done
[ "$target" = xml ] || cp Tests/Fuzz/seeds/"$target"/* "$out/corpus/" 2>/dev/null || true

case $target in xml) length=2048 ;; expression) length=40 ;; *) length=768 ;; esac
exec "$out/fuzz" -runs="$runs" -max_total_time="$limit" -max_len="$length" -timeout=10 -rss_limit_mb=512 \
    -dict=Tests/Fuzz/"$target".dict -artifact_prefix="$out/" -print_final_stats=1 "$out/corpus"
