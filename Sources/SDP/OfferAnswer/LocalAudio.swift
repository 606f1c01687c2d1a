/// What we can do for one call's audio, for building an offer or an answer.
public struct LocalAudio: Sendable, Hashable {
    /// The literal IPv4 or IPv6 address media is received at.
    public var address: String
    /// Where RTP is received; RTCP one above it.
    public var rtpPort: UInt16
    /// Names the session in `o=`; the same for all offers and answers of one dialog. Must fit into 63 bits.
    public var sessionID: UInt64
    /// One more than in the last description of this dialog if anything changed (RFC 3264 §8).
    public var sessionVersion: UInt64
    /// The codecs to use, the preferred one first. Payload types are those of our offers.
    public var codecs: [PayloadFormat]
    /// What we want to do; an answer narrows it to what the offer allows.
    public var direction: MediaDirection
    /// Milliseconds of audio per packet that we like to receive.
    public var packetTime: Int
    /// Whether to offer and accept `telephone-event` (RFC 4733).
    public var supportsTelephoneEvent: Bool
    /// Whether to accept descriptions of noise in pauses, `CN` (RFC 3389); they are not offered.
    public var supportsComfortNoise: Bool
    /// Whether to offer and accept RTCP on the port of RTP, `rtcp-mux` (RFC 5761).
    public var supportsSharedPort: Bool
    /// Whether and how to encrypt.
    public var protection: LocalProtection

    public init(
        address: String,
        rtpPort: UInt16,
        sessionID: UInt64,
        sessionVersion: UInt64,
        codecs: [PayloadFormat] = [.pcma, .pcmu],
        direction: MediaDirection = .sendReceive,
        packetTime: Int = 20,
        supportsTelephoneEvent: Bool = true,
        supportsComfortNoise: Bool = true,
        supportsSharedPort: Bool = true,
        protection: LocalProtection = LocalProtection()
    ) {
        self.address = address
        self.rtpPort = rtpPort
        self.sessionID = sessionID
        self.sessionVersion = sessionVersion
        self.codecs = codecs
        self.direction = direction
        self.packetTime = packetTime
        self.supportsTelephoneEvent = supportsTelephoneEvent
        self.supportsComfortNoise = supportsComfortNoise
        self.supportsSharedPort = supportsSharedPort
        self.protection = protection
    }

    var origin: Origin {
        Origin(sessionID: sessionID, sessionVersion: sessionVersion, address: address)
    }
}

extension MediaDirection {
    /// What is left of this direction when the other side of the comparison has to allow it too.
    public func narrowed(to other: MediaDirection) -> MediaDirection {
        switch (sends && other.sends, receives && other.receives) {
        case (true, true): .sendReceive
        case (true, false): .sendOnly
        case (false, true): .receiveOnly
        case (false, false): .inactive
        }
    }
}
