/// What happened to a leg's packets; all counts only rise.
public struct LegCounters: Sendable, Hashable {
    public var packetsReceived: UInt64 = 0
    public var octetsReceived: UInt64 = 0
    public var packetsSent: UInt64 = 0
    /// Octets of payload.
    public var octetsSent: UInt64 = 0
    public var reportsReceived: UInt64 = 0
    public var reportsSent: UInt64 = 0
    /// RFC 4733 events, each counted once.
    public var digitsReceived: UInt64 = 0
    /// Tones in the audio.
    public var digitsHeard: UInt64 = 0
    public var digitPacketsSent: UInt64 = 0

    /// Dropped: not from the endpoint of the session description.
    public var droppedWrongSource: UInt64 = 0
    /// Dropped: no RTP, no RTCP, or a payload that its codec cannot hold.
    public var droppedMalformed: UInt64 = 0
    /// Dropped: a payload type that was not agreed.
    public var droppedPayloadType: UInt64 = 0
    /// Dropped: came while the leg does not receive.
    public var droppedOnHold: UInt64 = 0
    public var droppedLate: UInt64 = 0
    public var droppedDuplicate: UInt64 = 0
    /// Dropped: another SSRC or a sequence number far off, not confirmed by a second packet.
    public var droppedUnconfirmed: UInt64 = 0
    /// Dropped: came unprotected, or with another tag than its key gives (RFC 3711 §3.3).
    public var droppedUnauthentic: UInt64 = 0
    /// Dropped: protected packets that had come before, or were too old to tell.
    public var droppedReplayed: UInt64 = 0
    /// Not sent: the key may not be used for any more.
    public var packetsUnprotectable: UInt64 = 0
    /// Frames of 20 ms in which something had to be concealed.
    public var framesConcealed: UInt64 = 0
    /// Times that audio was shortened, or lengthened, to change the delay.
    public var delayReductions: UInt64 = 0
    public var delayExtensions: UInt64 = 0

    /// Octets of engine audio that came for a turn already interrupted.
    public var engineOctetsLate: UInt64 = 0
    /// Octets of engine audio for which the queue had no room.
    public var engineOctetsOverflowed: UInt64 = 0

    public init() {}

    public static func += (left: inout LegCounters, right: LegCounters) {
        left.packetsReceived += right.packetsReceived
        left.octetsReceived += right.octetsReceived
        left.packetsSent += right.packetsSent
        left.octetsSent += right.octetsSent
        left.reportsReceived += right.reportsReceived
        left.reportsSent += right.reportsSent
        left.digitsReceived += right.digitsReceived
        left.digitsHeard += right.digitsHeard
        left.digitPacketsSent += right.digitPacketsSent
        left.droppedWrongSource += right.droppedWrongSource
        left.droppedMalformed += right.droppedMalformed
        left.droppedPayloadType += right.droppedPayloadType
        left.droppedOnHold += right.droppedOnHold
        left.droppedLate += right.droppedLate
        left.droppedDuplicate += right.droppedDuplicate
        left.droppedUnconfirmed += right.droppedUnconfirmed
        left.droppedUnauthentic += right.droppedUnauthentic
        left.droppedReplayed += right.droppedReplayed
        left.packetsUnprotectable += right.packetsUnprotectable
        left.framesConcealed += right.framesConcealed
        left.delayReductions += right.delayReductions
        left.delayExtensions += right.delayExtensions
        left.engineOctetsLate += right.engineOctetsLate
        left.engineOctetsOverflowed += right.engineOctetsOverflowed
    }
}
