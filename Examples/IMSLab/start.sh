#!/usr/bin/env bash
# Starts the IMS lab: HSS, then S-CSCF, and waits until the Diameter peer is up. Does nothing if it runs already.
#
#   AS_URI           the application server that the filter criteria name (default sip:127.0.0.1:5060);
#                    "profile": what the profiles say
#   IMSLAB_PROFILES  the folder of the profiles (default profiles)
#   IMSLAB_TLS       a folder with scscf.pem, scscf.key and authority.pem: the S-CSCF also listens by TLS, at port 5061
set -euo pipefail
. "$(dirname "$0")/lab.sh"
AS_URI=${AS_URI:-sip:127.0.0.1:5060}

for program in kamailio python3 sipp; do
    PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || {
        echo "$program is missing: run Scripts/setup.sh demo" >&2
        exit 1
    }
done

if is_running hss && is_running scscf; then
    if [ "$(cat "$RUN/as-uri")" = "$AS_URI" ]; then
        echo "IMS lab is already up: S-CSCF $SCSCF, AS $AS_URI"
        exit 0
    fi
    echo "the application server changes: starting anew"
fi
"$LAB/stop.sh"
rm -f "$RUN"/*.log
mkdir -p "$RUN"
chmod 700 "$RUN"
ulimit -c 0

launch() {  # NAME COMMAND...
    local name=$1
    shift
    setsid "$@" >"$RUN/$name.log" 2>&1 </dev/null &
    echo $! >"$RUN/$name.pid"
}

wait_for_line() {  # NAME TEXT: the process lives and has written TEXT within 40 s
    for _ in $(seq 400); do
        grep -qs "$2" "$RUN/$1.log" && return
        sleep 0.1
        is_running "$1" || break
        if [ "$1" = hss ] && [ -s "$RUN/scscf.pid" ]; then is_running scscf || break; fi
    done
    echo "$1 did not come up; the end of $RUN/$1.log:" >&2
    tail -n 5 "$RUN/$1.log" >&2
    return 1
}

fail() {
    if [ -s "$RUN/scscf.log" ]; then
        echo "errors of the S-CSCF:" >&2
        { grep -aE "ERROR|CRITICAL" "$RUN/scscf.log" || true; } | head -n 5 >&2
    fi
    "$LAB/stop.sh"
    exit 1
}

# The configuration with the addresses of this lab.
for file in scscf.cfg cdp.xml; do
    sed "s/127\.0\.5\./$NETWORK./g" "$LAB/etc/$file" >"$RUN/$file"
done

tls=()
if [ -n "${IMSLAB_TLS:-}" ]; then
    sed "s|CERTIFICATES|$IMSLAB_TLS|g" "$LAB/etc/tls.cfg" >"$RUN/tls.cfg"
    tls=(-A "TLS_CONFIG=\"$RUN/tls.cfg\"")
fi

launch hss python3 "$LAB/hss.py" --bind "$HSS_ADDRESS" --as-uri "$AS_URI" \
    --profiles "${IMSLAB_PROFILES:-$LAB/profiles}"
wait_for_line hss listening || fail
PATH=$PATH:/usr/sbin launch scscf kamailio -DD -E -m 32 -M 4 -w "$RUN" -f "$RUN/scscf.cfg" \
    -A "CDP_CONFIG=\"$RUN/cdp.xml\"" -A "LAB=\"$LAB/\"" "${tls[@]}"
wait_for_line hss "peer open" || fail
is_running scscf || fail
echo "$AS_URI" >"$RUN/as-uri"
echo "IMS lab is up: S-CSCF $SCSCF, HSS $HSS_ADDRESS:3868, AS $AS_URI, logs in $RUN"
