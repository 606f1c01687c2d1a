/// What an offer and its answer agreed on for one audio stream, as the leg that carries it needs it.
///
/// Source: RFC 3264 §6 and §7.
public struct NegotiatedAudio: Sendable, Hashable {
    /// Where RTP is sent: a literal IPv4 or IPv6 address. `0.0.0.0` means hold in the style of RFC 2543.
    public var remoteAddress: String
    /// UDP port of the peer's RTP; 0 when the stream was refused or removed.
    public var remotePort: UInt16
    /// UDP port of the peer's RTCP: `a=rtcp` (RFC 3605), else the RTP port + 1; the RTP port if they share one.
    public var remoteRTCPPort: UInt16
    /// Whether RTCP goes over the port of RTP, on both sides (RFC 5761).
    public var sharesPort: Bool
    /// The codec both sides use.
    public var codec: PayloadFormat
    /// Payload type of `telephone-event` (RFC 4733) that the peer expects from us; `nil` if not agreed.
    public var telephoneEvent: PayloadFormat?
    /// Payload type of `CN` (RFC 3389) at the codec's clock rate; `nil` if not agreed.
    public var comfortNoise: PayloadFormat?
    /// Packet time in milliseconds that the peer asked for, clamped to 10...60; 20 when it did not say.
    public var packetTime: Int
    /// Seen from our side.
    public var direction: MediaDirection
    /// `nil` if the stream is not encrypted.
    public var protection: MediaProtection?

    public init(
        remoteAddress: String,
        remotePort: UInt16,
        remoteRTCPPort: UInt16,
        codec: PayloadFormat,
        telephoneEvent: PayloadFormat?,
        comfortNoise: PayloadFormat? = nil,
        packetTime: Int = 20,
        direction: MediaDirection = .sendReceive,
        protection: MediaProtection? = nil,
        sharesPort: Bool = false
    ) {
        self.remoteAddress = remoteAddress
        self.remotePort = remotePort
        self.remoteRTCPPort = remoteRTCPPort
        self.codec = codec
        self.telephoneEvent = telephoneEvent
        self.comfortNoise = comfortNoise
        self.packetTime = packetTime
        self.direction = direction
        self.protection = protection
        self.sharesPort = sharesPort
    }
}

/// One RTP payload type with its `rtpmap` and `fmtp` (RFC 8866 §6.6 and §6.15).
public struct PayloadFormat: Sendable, Hashable {
    /// RTP payload type, 0...127.
    public var payloadType: UInt8
    /// `PCMA`, `PCMU`, `telephone-event`, ...; compares without case.
    public var encodingName: String
    /// RTP clock rate in Hz.
    public var clockRate: Int
    /// Channels; 1 for telephony.
    public var channels: Int
    /// The `fmtp` parameters as they stood, without payload type; `nil` if there were none.
    public var formatParameters: String?

    public init(
        payloadType: UInt8,
        encodingName: String,
        clockRate: Int,
        channels: Int = 1,
        formatParameters: String? = nil
    ) {
        self.payloadType = payloadType
        self.encodingName = encodingName
        self.clockRate = clockRate
        self.channels = channels
        self.formatParameters = formatParameters
    }

    public static let pcmu = PayloadFormat(payloadType: 0, encodingName: "PCMU", clockRate: 8_000)
    public static let pcma = PayloadFormat(payloadType: 8, encodingName: "PCMA", clockRate: 8_000)
    public static let telephoneEvent = PayloadFormat(
        payloadType: 101,
        encodingName: "telephone-event",
        clockRate: 8_000,
        formatParameters: "0-15"
    )
    public static let comfortNoise = PayloadFormat(payloadType: 13, encodingName: "CN", clockRate: 8_000)
}

/// The direction attribute of a stream (RFC 8866 §6.7).
public enum MediaDirection: String, Sendable, Hashable, CaseIterable {
    case sendReceive = "sendrecv"
    case sendOnly = "sendonly"
    case receiveOnly = "recvonly"
    case inactive = "inactive"

    public var sends: Bool { self == .sendReceive || self == .sendOnly }
    public var receives: Bool { self == .sendReceive || self == .receiveOnly }

    /// The same stream seen from the other side.
    public var reversed: MediaDirection {
        switch self {
        case .sendOnly: .receiveOnly
        case .receiveOnly: .sendOnly
        case .sendReceive, .inactive: self
        }
    }
}
