/// One audio stream as the peer described it, read for use: transport, address, direction, codecs.
struct RemoteAudio {
    let description: MediaDescription
    let profile: RTPProfile
    let address: String
    /// From the peer's point of view. A peer that gives no address to send to does not receive, whatever it says
    /// (RFC 3264 §8.4).
    let direction: MediaDirection
    let formats: [PayloadFormat]
    /// For DTLS: the peer's certificates and role.
    let fingerprints: [CertificateFingerprint]
    let setup: MediaDescription.Setup?

    init(
        _ description: MediaDescription,
        in session: SessionDescription,
        policy: MediaAddressPolicy
    ) throws(SDPNegotiationError) {
        guard let profile = RTPProfile(description.transportProtocol) else {
            throw .unsupportedTransport(description.transportProtocol)
        }
        guard let connection = session.connection(of: description) else { throw .missingConnection }
        let stated = session.direction(of: description)
        if connection.isUnspecified {
            address = "0.0.0.0"
            direction = stated.narrowed(to: .sendOnly)
        } else {
            for port in [description.port, description.rtcpPort] {
                if let refusal = policy.refusal(of: connection.address, port: port) {
                    throw .unacceptableAddress(connection.address, refusal)
                }
            }
            address = connection.address
            direction = stated
        }
        self.description = description
        self.profile = profile
        fingerprints = profile.keyAgreement == .dtls ? description.fingerprints(in: session) : []
        setup = description.setup(in: session)
        formats = description.payloadFormats.filter { Self.usableClockRates.contains($0.clockRate) }
    }

    /// Clock rates that the media chain can be built for.
    private static let usableClockRates = [8_000, 16_000, 24_000, 48_000]

    /// The peer's `telephone-event` at the clock rate of `codec` (RFC 4733 §2.1).
    func telephoneEvent(for codec: PayloadFormat) -> PayloadFormat? {
        formats.first { $0.isTelephoneEvent && $0.clockRate == codec.clockRate }
    }

    /// The peer's `CN` at the clock rate of `codec`, if that has no noise description of its own (RFC 3389 §4).
    func comfortNoise(for codec: PayloadFormat) -> PayloadFormat? {
        guard codec.usesComfortNoise else { return nil }
        return formats.first { $0.encodingName.equalsIgnoringCase("CN") && $0.clockRate == codec.clockRate }
    }

    /// Why none of the formats can be taken: the first thing that speaks against one that is known.
    var noCommonCodec: SDPNegotiationError {
        formats.lazy.compactMap(\.refusal).first.map { .formatRefused($0) } ?? .noCommonCodec
    }

    /// What the peer wants to receive: `ptime`, not above `maxptime`.
    var packetTime: Int? {
        switch (description.packetTime, description.maximumPacketTime) {
        case (let time?, let maximum?): min(time, maximum)
        case (let time?, nil): time
        case (nil, let maximum?): min(20, maximum)
        case (nil, nil): nil
        }
    }

    /// The agreement, seen from our side.
    func negotiated(
        codec: PayloadFormat,
        telephoneEvent: PayloadFormat?,
        comfortNoise: PayloadFormat?,
        direction: MediaDirection,
        protection: MediaProtection?,
        sharesPort: Bool
    ) -> NegotiatedAudio {
        NegotiatedAudio(
            remoteAddress: address,
            remotePort: description.port,
            remoteRTCPPort: sharesPort ? description.port : description.rtcpPort,
            codec: codec,
            telephoneEvent: telephoneEvent,
            comfortNoise: comfortNoise,
            packetTime: codec.packetTime(near: packetTime ?? 20),
            direction: direction,
            protection: protection,
            sharesPort: sharesPort
        )
    }
}
