# A container image of the reference application server.
#
#   docker build -t sidetone .
#   docker run --network host -v "$PWD/sidetone.yaml:/etc/sidetone/sidetone.yaml:ro" \
#       sidetone serve --config /etc/sidetone/sidetone.yaml
#
# What is built is laid out by a profile of calls that the build itself carries, which takes it two builds; one is enough with
# --build-arg PROFILED=no, for a fifth more CPU a call.
#
# Host networking, because SIP and SDP carry addresses and RTP takes a range of ports.

ARG SWIFT_VERSION=6.3

FROM swift:${SWIFT_VERSION}-bookworm AS build
ARG PROFILED=yes
WORKDIR /source
COPY Package.swift ./
COPY Scripts/setup.sh Scripts/
RUN if [ "$PROFILED" = yes ]; then Scripts/setup.sh profile; else Scripts/setup.sh build; fi
COPY . .
RUN if [ "$PROFILED" = yes ]; then \
        Scripts/build-profiled.sh --static-swift-stdlib && built=.build/profiled/release/sidetone; \
    else \
        make release && built=.build/release/sidetone; \
    fi \
    && install -D --strip "$built" /image/usr/bin/sidetone

FROM debian:bookworm-slim
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        ca-certificates \
        curl \
        libc-ares2 \
        libflite1 \
        libopencore-amrnb0 \
        libopencore-amrwb0 \
        libopus0 \
        libpocketsphinx3 \
        libspeexdsp1 \
        libsphinxbase3 \
        libssl3 \
        libtcmalloc-minimal4 \
        libwebrtc-audio-processing1 \
        libvo-amrwbenc0 \
        libxml2 \
        pocketsphinx-en-us \
        tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin sidetone
COPY --from=build /image/ /
USER sidetone
# SIP, the admin server, RTP: the defaults of `sidetone config defaults`.
EXPOSE 5060/udp 5060/tcp 8080/tcp 20000-29999/udp
STOPSIGNAL SIGTERM
# Set this where admin.listen is not the default.
ENV HEALTH_URL=http://127.0.0.1:8080/healthz
HEALTHCHECK --interval=10s --timeout=2s --start-period=5s --retries=3 \
    CMD curl --fail --silent --show-error --output /dev/null "$HEALTH_URL"
ENTRYPOINT ["/usr/bin/sidetone"]
CMD ["serve"]
