import EngineTransport
import NIOCore
import VoiceEngine

/// An engine of the OpenAI Realtime dialect that says what it hears, as one turn without an end. It looks at no audio,
/// so that it costs little beside what is measured.
// Sendable: used on its connection's event loop only.
final class EchoEngine: WebSocketServerHandler, @unchecked Sendable {
    private static let opening = Array(#"{"type":"input_audio_buffer.append","audio":""#.utf8)
    private static let created = Array(
        #"{"type":"session.created","event_id":"e0","session":{"type":"realtime"}}"#.utf8)
    private static let updated = Array(
        #"{"type":"session.updated","event_id":"e1","session":{"type":"realtime"}}"#.utf8)
    private static let delta = Array(
        (#"{"type":"response.output_audio.delta","event_id":"event_BdQ5tHqKxYjV2mZ","response_id":"resp_BdQ5tG","#
            + #""item_id":"item_BdQ5tJ","output_index":0,"content_index":0,"delta":""#).utf8
    )

    private var connection: WebSocketConnection?
    private var message: [UInt8] = []

    static func start(on group: any EventLoopGroup) async throws -> WebSocketServer {
        try await WebSocketServer.bind(
            host: "127.0.0.1",
            port: 0,
            group: group,
            decide: { _ in .accept },
            open: { _ in EchoEngine() }
        )
    }

    func webSocketDidOpen(_ connection: WebSocketConnection) {
        self.connection = connection
        let greeting = Self.created
        connection.send(text: greeting.span)
    }

    func webSocket(_ connection: WebSocketConnection, didReceive text: Span<UInt8>) {
        guard starts(text, with: Self.opening) else {
            // The one other message that wants an answer is the session's set-up, the first there is.
            if message.isEmpty {
                let answer = Self.updated
                message = answer
                connection.send(text: answer.span)
            }
            return
        }
        message.removeAll(keepingCapacity: true)
        message.append(contentsOf: Self.delta)
        // From the audio on, both messages end alike.
        for index in Self.opening.count..<text.count { message.append(text[index]) }
        let echo = message
        connection.send(text: echo.span)
    }

    func webSocket(_ connection: WebSocketConnection, didClose reason: EngineCloseReason) {
        self.connection = nil
    }

    private func starts(_ text: Span<UInt8>, with opening: [UInt8]) -> Bool {
        guard text.count >= opening.count else { return false }
        for index in opening.indices where text[index] != opening[index] { return false }
        return true
    }
}
