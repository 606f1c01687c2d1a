import VoiceEngine

/// The owner of a WebSocket connection. Called on the connection's event loop only.
public protocol WebSocketHandler: AnyObject, Sendable {
    /// One whole text message. Its bytes have not been checked to be UTF-8.
    func webSocket(_ connection: WebSocketConnection, didReceive text: Span<UInt8>)

    /// One whole binary message. A handler without this method takes none: the connection is closed.
    func webSocket(_ connection: WebSocketConnection, didReceiveBinary data: Span<UInt8>)

    /// The socket is gone. The last call, made exactly once.
    func webSocket(_ connection: WebSocketConnection, didClose reason: EngineCloseReason)
}

extension WebSocketHandler {
    public func webSocket(_ connection: WebSocketConnection, didReceiveBinary data: Span<UInt8>) {
        connection.refuseData("binary message")
    }
}
