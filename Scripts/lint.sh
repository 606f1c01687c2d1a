#!/usr/bin/env bash
# Checks what a compiler does not: Swift format, shell, Python and XML syntax, and that no build output is committed.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0

complain() {
    echo "$1" >&2
    failed=1
}

# Files that git tracks or would track, by pattern.
files() {
    git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do
        if [ -f "$file" ]; then echo "$file"; fi
    done
}

swift format lint --strict --configuration .swift-format --parallel --recursive Package.swift Sources Tests Examples ||
    failed=1

for script in $(files '*.sh' .ci/run); do
    bash -n "$script" || failed=1
done
for script in $(files '*.py'); do
    python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$script" || failed=1
done
for document in $(files 'Examples/*.xml' 'Tests/InteropTests/*.xml'); do
    python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$document" >/dev/null 2>&1 ||
        complain "$document is not well-formed XML"
done

output='(^|/)(\.build[^/]*|\.swiftpm|DerivedData|__pycache__|demo-output)/|(^|/)Package\.resolved$|\.(o|a|so|pcap|wav|pyc)$'
committed=$(git ls-files | grep -E "$output")
[ -z "$committed" ] || complain "build output is committed:"$'\n'"$committed"

[ "$failed" = 0 ] && echo "lint: nothing to say"
exit "$failed"
