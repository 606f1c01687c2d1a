import Codecs
import EngineTransport
import VoiceEngine

/// Hands what one engine connection says to its session, as long as the session uses that connection.
// Sendable: used on the session's event loop only.
final class EngineLink: EngineConnectionHandler, @unchecked Sendable {
    private(set) weak var session: MediaSession?
    var connection: EngineConnection?
    /// Until there is a connection.
    var connecting: EngineConnecting?

    init(session: MediaSession) {
        self.session = session
    }

    /// Closes the connection, or gives up making it.
    func close() {
        connecting?.abandon()
        connecting = nil
        connection?.close()
    }

    func engine(_ connection: EngineConnection, didSend audio: Span<UInt8>, of turn: EngineTurnID) {
        session?.engine(self, didSend: audio, of: turn)
    }

    func engine(_ connection: EngineConnection, didSet mark: EngineMark, of turn: EngineTurnID?) {
        session?.engine(self, didSet: mark, of: turn)
    }

    func engine(_ connection: EngineConnection, takes format: AudioFormat) {
        session?.engine(self) { $0.input = format }
    }

    func engine(_ connection: EngineConnection, sends format: AudioFormat) {
        session?.engine(self) { $0.output = format }
    }

    func engine(_ connection: EngineConnection, didEmit event: EngineEvent) {
        session?.engine(self, didEmit: event) { connection.send($0) }
    }
}
