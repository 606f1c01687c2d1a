import NIOCore

/// Limits and times of a WebSocket connection.
public struct WebSocketConnectionOptions: Sendable {
    /// Bytes in one message, over all its fragments. A longer frame is refused by its header alone.
    public var maximumMessageSize: Int
    /// Fragments in one message.
    public var maximumFragments: Int
    /// Between two pings; a ping that is unanswered when the next one is due means that the peer is lost.
    public var pingInterval: TimeAmount?
    /// From our close frame, or from the answer to the peer's, to the end of the socket.
    public var closeTimeout: TimeAmount

    public init(
        maximumMessageSize: Int = 1 << 20,
        maximumFragments: Int = 1_024,
        pingInterval: TimeAmount? = .seconds(2),
        closeTimeout: TimeAmount = .seconds(1)
    ) {
        self.maximumMessageSize = maximumMessageSize
        self.maximumFragments = maximumFragments
        self.pingInterval = pingInterval
        self.closeTimeout = closeTimeout
    }
}
