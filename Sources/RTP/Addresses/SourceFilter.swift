/// Which packets a leg believes to come from its peer.
///
/// Strict by default: the address and port of the session description, nothing else. With latching, the port may
/// differ: the first address and port that sends valid packets of one SSRC from the described *address* is locked in,
/// out of the first five packets after each description, and stays until the next one.
public struct SourceFilter: Sendable {
    public enum Mode: Sendable, Hashable {
        case strict
        /// Learn the peer's port from the first valid packets; the address must still match.
        case latch
    }

    public enum Verdict: Sendable, Hashable {
        case accepted
        /// Accepted, and from now on the peer's RTP is at this endpoint.
        case latched(IPEndpoint)
        case rejected
    }

    /// Packets in sequence that a new port must show before it is locked.
    private static let packetsToLatch = 2
    /// Packets from the described address after which, unless one port was locked, none is learned any more.
    private static let learningLimit = 5

    private let mode: Mode
    private var rtp: IPEndpoint?
    private var rtcp: IPEndpoint?
    private var isLocked = true
    private var examined = 0
    private var candidate: (endpoint: IPEndpoint, ssrc: UInt32, nextSequence: UInt16, count: Int)?

    public init(mode: Mode = .strict) {
        self.mode = mode
    }

    /// Takes the endpoints of a session description; `nil` closes the filter. Repeating the same ones keeps a lock.
    public mutating func expect(rtp: IPEndpoint?, rtcp: IPEndpoint?, isNew: Bool) {
        guard isNew else { return }
        self.rtp = rtp
        self.rtcp = rtcp
        candidate = nil
        examined = 0
        isLocked = mode == .strict || rtp == nil
    }

    /// Whether ``admitRTP(from:header:)`` could accept a packet of this source: what says so without reading it.
    public func mayAdmitRTP(from source: IPEndpoint) -> Bool {
        guard let rtp else { return false }
        return source == rtp || !isLocked && source.hasSameAddress(as: rtp)
    }

    public mutating func admitRTP(from source: IPEndpoint, header: RTPHeader) -> Verdict {
        guard let rtp else { return .rejected }
        if source == rtp {
            isLocked = true
            return .accepted
        }
        guard mayAdmitRTP(from: source) else { return .rejected }
        examined += 1
        if examined >= Self.learningLimit { isLocked = true }
        if let seen = candidate, seen.endpoint == source, seen.ssrc == header.ssrc,
            seen.nextSequence == header.sequenceNumber
        {
            guard seen.count + 1 >= Self.packetsToLatch else {
                candidate = (source, header.ssrc, header.sequenceNumber &+ 1, seen.count + 1)
                return .rejected
            }
            self.rtp = source
            isLocked = true
            candidate = nil
            return .latched(source)
        }
        candidate = (source, header.ssrc, header.sequenceNumber &+ 1, 1)
        return .rejected
    }

    /// RTCP must come from the described RTCP endpoint, or from the RTP endpoint (RFC 5761).
    public func admitsRTCP(from source: IPEndpoint) -> Bool {
        source == rtcp || source == rtp
    }
}
