/// What the stack has seen and done since it started.
public struct SIPStackCounters: Sendable, Hashable {
    public var messagesReceived: UInt64 = 0
    public var messagesSent: UInt64 = 0
    /// From addresses that the policy does not admit; never parsed.
    public var droppedUntrusted: UInt64 = 0
    public var malformed: UInt64 = 0
    public var sendFailures: UInt64 = 0
    public var connectionsAccepted: UInt64 = 0
    public var connectionsRefused: UInt64 = 0
    /// New requests answered 503 because more came than could be served.
    public var shedOverload: UInt64 = 0
    /// Datagrams dropped because too many waited.
    public var droppedOverload: UInt64 = 0
    /// Requests answered 401.
    public var challenges: UInt64 = 0
    /// Messages copied to the capture server.
    public var captured: UInt64 = 0
    /// Requests too large for UDP that were sent by TCP.
    public var requestsMovedToTCP: UInt64 = 0
    /// TLS connections, of either side, that ended before the peer had shown an accepted certificate.
    public var tlsRefused: UInt64 = 0
    /// Connections closed for what the peer did not do in time: a message, a first message, reading what we send.
    public var connectionsTimedOut: UInt64 = 0

    public init() {}
}
