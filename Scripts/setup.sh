#!/usr/bin/env bash
# Installs the Debian packages that are missing for a level, and checks for Swift. Does nothing when all is there.
#
#   Scripts/setup.sh [build | demo | profile | test | bench]
#
#   build  libraries that Package.swift names, and what the Swift toolchain links with
#   demo   build, and an IMS core to call through: Kamailio, SIPp
#   profile  demo, and what carries the load that a profile is recorded of
#   test   demo, Kamailio's TLS, openssl, which makes certificates, dnsmasq, a name server, tshark, which judges the wire,
#          baresip, a softphone, and rtpengine, a media proxy; and from PyPI, into .build/python, the client and bot libraries that
#          the engines' dialects are held against (without them those tests are left out, and say so)
#   bench  the same: media is measured beside rtpengine
set -euo pipefail
cd "$(dirname "$0")/.."

swift_needed=6.1
level=${1:-build}

toolchain=(binutils g++ git libc6-dev libcurl4 libncurses6 libsqlite3-0 libxml2 make pkg-config tzdata zlib1g-dev)
core=(iproute2 kamailio kamailio-ims-modules kamailio-presence-modules procps python3 sip-tester)

# The packages in every `.apt([...])` of the manifest.
manifest_packages() {
    tr -d '\n' <Package.swift | grep -oE '\.apt\(\[[^]]*\]' | grep -oE '"[^"]+"' | tr -d '"' | sort -u
}

case $level in
    build) extra=() ;;
    demo) extra=("${core[@]}") ;;
    profile) extra=("${core[@]}" curl util-linux) ;;
    test | bench) extra=("${core[@]}" baresip-core coreutils curl dnsmasq-base kamailio-tls-modules openssl python3-venv rtpengine-daemon tshark util-linux) ;;
    *)
        sed -n '4,13s/^# \{0,1\}//p' "$0" >&2
        exit 64
        ;;
esac

if ! command -v dpkg-query >/dev/null; then
    echo "This is not Debian. Install what corresponds to these packages of Debian 12:" >&2
    echo "  $(manifest_packages | tr '\n' ' ')${toolchain[*]} ${extra[*]}" >&2
    exit 1
fi

is_installed() {
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=()
for package in $(manifest_packages) "${toolchain[@]}" "${extra[@]}"; do
    is_installed "$package" || missing+=("$package")
done

if [ ${#missing[@]} != 0 ]; then
    as_root=()
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "Packages are missing. As root: apt-get install --no-install-recommends ${missing[*]}" >&2
            exit 1
        fi
        as_root=(sudo)
    fi
    echo "installing: ${missing[*]}"
    "${as_root[@]}" apt-get update --quiet --quiet
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --quiet \
        --no-install-recommends "${missing[@]}"
    # Debian starts Kamailio with its example configuration, on port 5060 of every address.
    if [[ " ${missing[*]} " = *" kamailio "* ]] && [ -d /run/systemd/system ]; then
        echo "stopping the kamailio service that its package started"
        "${as_root[@]}" systemctl disable --now --quiet kamailio
    fi
    if [[ " ${missing[*]} " = *" rtpengine-daemon "* ]] && [ -d /run/systemd/system ]; then
        echo "stopping the rtpengine service that its package started"
        "${as_root[@]}" systemctl disable --now --quiet rtpengine-daemon
    fi
fi

swift_found=$({ swift --version 2>/dev/null || true; } | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -n 1)
if [ "$(printf '%s\n' "$swift_needed" "${swift_found:-0}" | sort -V | head -n 1)" != "$swift_needed" ]; then
    cat >&2 <<END
Swift $swift_needed or later is needed, and PATH has $([ "$swift_found" ] && echo "Swift $swift_found" || echo none). Either of:

  swiftly, the toolchain manager:
    curl -O https://download.swift.org/swiftly/linux/swiftly-\$(uname -m).tar.gz
    tar zxf swiftly-\$(uname -m).tar.gz && ./swiftly init
    . ~/.local/share/swiftly/env.sh

  the toolchain for Debian 12 from https://www.swift.org/install/linux/:
    tar xzf swift-VERSION-RELEASE-debian12.tar.gz
    export PATH=\$PWD/swift-VERSION-RELEASE-debian12/usr/bin:\$PATH
END
    exit 1
fi
# Libraries of vendors and of bots; exact versions, so that the tests judge the same everywhere.
libraries=(openai==3.57.0 deepgram-sdk==7.17.0 google-genai==3.6.1 elevenlabs==2.78.0 pipecat-ai==1.14.0)
if [ "$level" = test ] && [ "$(cat .build/python/libraries 2>/dev/null)" != "${libraries[*]}" ]; then
    echo "installing into .build/python: ${libraries[*]}"
    mkdir -p .build
    if rm -rf .build/python && python3 -m venv .build/python >/dev/null &&
        .build/python/bin/pip install --quiet --disable-pip-version-check "${libraries[@]}"; then
        echo "${libraries[*]}" >.build/python/libraries
    else
        rm -rf .build/python
        echo "PyPI cannot be reached: the dialects are not held against the vendors' libraries" >&2
    fi
fi
echo "ready to $level: Swift $swift_found"
