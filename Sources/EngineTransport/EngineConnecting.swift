import NIOCore
import VoiceEngine

/// A connection to an engine that is being made.
public struct EngineConnecting: Sendable {
    let attempt: EngineConnectAttempt
    /// Fails with an ``VoiceEngine/EngineConnectError``.
    public let connection: EventLoopFuture<EngineConnection>

    /// Gives it up: the socket is closed, and ``connection`` fails with
    /// ``VoiceEngine/EngineConnectError/sessionReleased``. Without effect on a connection that is there.
    public func abandon() {
        if connection.eventLoop.inEventLoop {
            attempt.fail(.sessionReleased)
        } else {
            connection.eventLoop.execute { attempt.fail(.sessionReleased) }
        }
    }
}
