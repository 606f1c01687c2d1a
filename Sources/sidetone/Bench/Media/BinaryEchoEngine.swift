import EngineTransport
import NIOCore
import VoiceEngine

/// An engine of Deepgram's Voice Agent dialect, whose audio is binary, that says what it hears. It looks at no audio.
// Sendable: it keeps nothing.
final class BinaryEchoEngine: WebSocketServerHandler, Sendable {
    private static let welcome = Array(#"{"type":"Welcome","request_id":"00000000-0000-0000-0000-000000000000"}"#.utf8)
    private static let applied = Array(#"{"type":"SettingsApplied"}"#.utf8)

    static func start(on group: any EventLoopGroup) async throws -> WebSocketServer {
        try await WebSocketServer.bind(
            host: "127.0.0.1",
            port: 0,
            group: group,
            decide: { _ in .accept },
            open: { _ in BinaryEchoEngine() }
        )
    }

    func webSocketDidOpen(_ connection: WebSocketConnection) {
        let greeting = Self.welcome
        connection.send(text: greeting.span)
    }

    /// The settings are the only text there is beside words to keep the connection alive.
    func webSocket(_ connection: WebSocketConnection, didReceive text: Span<UInt8>) {
        let answer = Self.applied
        connection.send(text: answer.span)
    }

    func webSocket(_ connection: WebSocketConnection, didReceiveBinary data: Span<UInt8>) {
        connection.send(binary: data)
    }

    func webSocket(_ connection: WebSocketConnection, didClose reason: EngineCloseReason) {}
}
