import RTP
import SDP

/// The far side of a leg, as negotiated and checked.
struct RemotePeer {
    /// `nil`: the stream is refused, or held in the style of RFC 2543; nothing is sent and nothing expected.
    var rtp: IPEndpoint?
    var rtcp: IPEndpoint?
    var audio: NegotiatedAudio

    var sends: Bool { rtp != nil && audio.direction.sends }
    var receives: Bool { rtp != nil && audio.direction.receives }
    /// Payload type of its descriptions of noise (RFC 3389). The static one of 8 kHz is taken without having been
    /// agreed: gateways send it unasked.
    var comfortNoise: UInt8? {
        audio.comfortNoise?.payloadType
            ?? (audio.codec.clockRate == 8_000 ? PayloadFormat.comfortNoise.payloadType : nil)
    }

    /// The peer's packets come from another port than it described.
    mutating func moveRTP(to endpoint: IPEndpoint) {
        rtp = endpoint
        if audio.sharesPort, rtcp != nil { rtcp = endpoint }
    }

    /// - Throws: ``MediaPlaneError/addressRefused(_:)`` for a name, another address family than `local`'s, and
    ///   everything that media must not be sent to.
    init(_ audio: NegotiatedAudio, local: IPEndpoint) throws(MediaPlaneError) {
        self.audio = audio
        guard let endpoint = IPEndpoint(literal: audio.remoteAddress, port: audio.remotePort) else {
            throw .addressRefused("\(audio.remoteAddress) is no literal IP address")
        }
        guard endpoint.scope != .unspecified, endpoint.port != 0 else { return }
        guard endpoint.family == local.family else {
            throw .addressRefused("\(audio.remoteAddress) is of another family than the local media address")
        }
        switch endpoint.scope {
        case .unicast:
            break
        case .loopback where local.scope == .loopback:
            break
        case .loopback, .unspecified, .linkLocal, .multicast, .broadcast, .reserved:
            throw .addressRefused("\(audio.remoteAddress) is no address to send media to (\(endpoint.scope))")
        }
        rtp = endpoint
        rtcp = audio.remoteRTCPPort == 0 ? nil : endpoint.with(port: audio.remoteRTCPPort)
    }
}
