#!/usr/bin/env bash
# Goodput under overload: what the server completes when it is offered 1, 2, 3, 5 and 10 times what it can take.
# The server has processor 0 to itself as far as this script goes, the load generator (Scripts/load/sipload.c, caller
# and callee) processor 1. Signalling only: the engine is down, so the fallback routes every call to the callee.
#
#   SIDETONE  the program (default .build/release/sidetone)
#   SECONDS_PER_STEP  how long each load is offered, after three seconds in which the share of calls settles (default 5)
#   ROUNDS    how often all loads are offered in turn (default 12). Rounds of about 64 T1, so that each load meets what it
#             has left behind itself; and many, since other users of the machine make steps differ: the table has what was
#             completed in all of them, with its standard error, and of everything else the medians
#   FACTORS   multiples of the capacity (default "1 2 3 5 10")
#   RATES     calls a second at which the capacity is looked for (default 600 to 7000)
#   PRIORITY  command in front of server and generator, such as "nice -n -20" (as root) where others use the machine.
#             Not chrt: real-time tasks may leave too little to the kernel's own threads, which carry packets
#   PLOT      file for a chart in SVG (default: none)
set -euo pipefail
cd "$(dirname "$0")/.."
SIDETONE=${SIDETONE:-.build/release/sidetone}
SECONDS_PER_STEP=${SECONDS_PER_STEP:-5}
ROUNDS=${ROUNDS:-12}
FACTORS=${FACTORS:-1 2 3 5 10}
RATES=${RATES:-600 1000 1400 1800 2200 2600 3000 3500 4000 4500 5000 5500 6000 6500 7000}
PLOT=${PLOT:-}
PRIORITY=${PRIORITY:-}
. Scripts/load/common.sh
prepare
start_sidetone "$PRIORITY taskset -c 0"

# What became of one load.
step() {  # RATE SECONDS WARM-UP
    # shellcheck disable=SC2086
    $PRIORITY taskset -c 1 "$run/sipload" "$AS" "$CALLER" "$CALLEE" "$1" "$2" --warm-up "$3" --window-cpu "$server_pid"
}
value() {  # NAME LINE
    sed -nE "s/.*(^| )$1=([^ ]*).*/\\2/p" <<<"$2"
}

echo "looking for the capacity"
peak=0
for rate in $RATES; do
    line=$(step "$rate" 4 2)
    goodput=$(value goodput "$line")
    echo "  $line"
    if awk "BEGIN { exit !($goodput > $peak) }"; then peak=$goodput; fi
    if awk "BEGIN { exit !($goodput < 0.95 * $rate) }"; then break; fi
done
# A call's transactions outlive it by 64 T1: what was found in the first seconds is more than can be kept up.
line=$(step "$peak" 10 34)
echo "  $line"
capacity=$(awk "BEGIN { printf \"%d\", $(value goodput "$line") }")
echo "capacity=$capacity calls a second"

: >"$run/rounds"
for _ in $(seq "$ROUNDS"); do
    for factor in $FACTORS; do
        rate=$(awk "BEGIN { printf \"%d\", $factor * $capacity }")
        line=$(step "$rate" "$SECONDS_PER_STEP" 3)
        echo "factor=$factor $line" | tee -a "$run/rounds"
    done
done

# Of each factor a line: the mean of its goodput over the rounds, and the medians of the other figures.
for factor in $FACTORS; do
    medians="factor=$factor $(sed -nE "s/^factor=$factor (.* )?goodput=([^ ]*).*/\2/p" "$run/rounds" | awk '
        { n++; sum += $1; squares += $1 * $1 }
        END {
            mean = sum / n
            printf "goodput=%.1f error=%.1f", mean, (n > 1 ? sqrt((squares / n - mean * mean) / (n - 1)) : 0)
        }')"
    for name in offered overloaded in_dialog cpu setup_p50_ms setup_p99_ms; do
        medians+=" $name=$(sed -nE "s/^factor=$factor (.* )?$name=([^ ]*).*/\2/p" "$run/rounds" | sort -g |
            awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')"
    done
    echo "$medians"
done >"$run/steps"

echo
echo "| offered | calls/s | goodput, calls/s | of the best | 503 | requests in dialogs that succeeded | server's CPU | set-up p50 / p99 |"
echo "|---|---|---|---|---|---|---|---|"
best=$(sed -nE 's/.* goodput=([^ ]*).*/\1/p' "$run/steps" | sort -g | tail -n 1)
while read -r line; do
    awk -v f="$(value factor "$line")" -v o="$(value offered "$line")" -v g="$(value goodput "$line")" -v b="$best" \
        -v e="$(value error "$line")" -v s="$(value overloaded "$line")" -v d="$(value in_dialog "$line")" -v c="$(value cpu "$line")" \
        -v p="$(value setup_p50_ms "$line")" -v q="$(value setup_p99_ms "$line")" 'BEGIN {
            printf "| %s× | %d | %d ± %d | %.0f %% | %d | %.3f %% | %.0f %% | %.0f / %.0f ms |\n", f, o, g, e, 100 * g / b, s,
                100 * d, c, p, q }'
done <"$run/steps"

if [ "$PLOT" ]; then
    awk -v best="$best" '
        { for (i = 1; i <= NF; i++) { split($i, pair, "="); v[pair[1]] = pair[2] }
          n++; factor[n] = v["factor"]; goodput[n] = v["goodput"]; if (v["factor"] > most) most = v["factor"] }
        function x(f) { return 60 + 520 * f / most }
        function y(g) { return 260 - 220 * g / best }
        END {
            print "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"620\" height=\"310\" font-family=\"sans-serif\" font-size=\"12\">"
            print "<rect width=\"620\" height=\"310\" fill=\"white\"/>"
            for (i = 0; i <= 4; i++)
                printf "<line x1=\"60\" x2=\"580\" y1=\"%d\" y2=\"%d\" stroke=\"#ddd\"/><text x=\"52\" y=\"%d\" text-anchor=\"end\">%d</text>\n", y(best*i/4), y(best*i/4), y(best*i/4)+4, best*i/4
            printf "<polyline fill=\"none\" stroke=\"#06c\" stroke-width=\"2\" points=\""
            for (i = 1; i <= n; i++) printf "%d,%d ", x(factor[i]), y(goodput[i])
            print "\"/>"
            for (i = 1; i <= n; i++)
                printf "<circle cx=\"%d\" cy=\"%d\" r=\"3\" fill=\"#06c\"/><text x=\"%d\" y=\"278\" text-anchor=\"middle\">%s×</text>\n", x(factor[i]), y(goodput[i]), x(factor[i]), factor[i]
            print "<text x=\"320\" y=\"300\" text-anchor=\"middle\">offered load, multiples of the capacity</text>"
            print "<text x=\"60\" y=\"24\">calls completed a second</text></svg>"
        }' "$run/steps" >"$PLOT"
    echo "chart in $PLOT"
fi
