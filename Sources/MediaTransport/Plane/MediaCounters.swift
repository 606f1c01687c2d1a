import Media

/// What a media plane has done since it was made; all counts only rise, but for the longest tick.
public struct MediaCounters: Sendable, Hashable {
    /// Of all legs, those that are gone included.
    public var legs = LegCounters()
    public var sessionsOpened: UInt64 = 0
    public var ports = PortPoolCounters()
    /// Datagrams longer than 1 500 octets, cut off by the socket and dropped.
    public var datagramsTruncated: UInt64 = 0
    /// Packets that the kernel did not take.
    public var sendFailures: UInt64 = 0
    public var handshakesCompleted: UInt64 = 0
    /// Another certificate than described, no profile in common, an alert, or no end in time.
    public var handshakesFailed: UInt64 = 0
    /// Dropped: DTLS that no handshake is agreed on for, or not from the endpoint of the session description.
    public var handshakeDatagramsRefused: UInt64 = 0
    /// Octets of audio to engines and from them.
    public var engineOctetsSent: UInt64 = 0
    public var engineOctetsReceived: UInt64 = 0
    public var ticks: UInt64 = 0
    /// Ticks of the grid that were left out because the loop came more than one tick late.
    public var ticksSkipped: UInt64 = 0

    public init() {}

    static func += (left: inout MediaCounters, right: MediaCounters) {
        left.legs += right.legs
        left.sessionsOpened += right.sessionsOpened
        left.datagramsTruncated += right.datagramsTruncated
        left.sendFailures += right.sendFailures
        left.handshakesCompleted += right.handshakesCompleted
        left.handshakesFailed += right.handshakesFailed
        left.handshakeDatagramsRefused += right.handshakeDatagramsRefused
        left.engineOctetsSent += right.engineOctetsSent
        left.engineOctetsReceived += right.engineOctetsReceived
        left.ticks += right.ticks
        left.ticksSkipped += right.ticksSkipped
    }
}
