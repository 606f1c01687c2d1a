#!/usr/bin/env bash
# Runs the built tests and, when one fails, ends with what failed, which is otherwise far above the end of the output.
#
#   Scripts/tests.sh [argument of `swift test` ...]
set -euo pipefail
cd "$(dirname "$0")/.."

output=$(mktemp)
trap 'rm -f "$output"' EXIT

status=0
swift test --explicit-target-dependency-import-check error --skip-build --no-parallel "$@" 2>&1 |
    tee "$output" || status=$?

if [ "$status" != 0 ]; then
    printf '\nWhat failed:\n'
    # A failed expectation is followed by lines that explain it, which begin with an arrow.
    grep --text --extended-regexp '^(✘|↳)|recorded an issue|^.*[Ff]atal error' "$output" | tail -n 60 || true
fi
exit "$status"
