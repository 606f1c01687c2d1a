import Codecs
import VoiceEngine

/// The owner of an engine connection. Called on the connection's event loop only.
public protocol EngineConnectionHandler: AnyObject, Sendable {
    /// Audio of a turn in the format of the session, often much faster than it is played.
    func engine(_ connection: EngineConnection, didSend audio: Span<UInt8>, of turn: EngineTurnID)

    /// The engine asks to be told when what it has said so far is played: answered by
    /// ``VoiceEngine/EngineCommand/markReached(_:_:)``.
    func engine(_ connection: EngineConnection, didSet mark: EngineMark, of turn: EngineTurnID?)

    /// Audio for the engine is in this format from now on; may come before `.ready`.
    func engine(_ connection: EngineConnection, takes format: AudioFormat)

    /// Audio of the engine is in this format from now on; may come before `.ready`.
    func engine(_ connection: EngineConnection, sends format: AudioFormat)

    /// `.ready` is the first event and `.closed` the last one, exactly once. Neither comes if connecting failed.
    func engine(_ connection: EngineConnection, didEmit event: EngineEvent)
}

/// Of a handler that plays nothing: marks are dropped with what they stand behind.
extension EngineConnectionHandler {
    public func engine(_ connection: EngineConnection, didSet mark: EngineMark, of turn: EngineTurnID?) {
        connection.send(.markReached(mark, .cleared))
    }

    public func engine(_ connection: EngineConnection, takes format: AudioFormat) {}

    public func engine(_ connection: EngineConnection, sends format: AudioFormat) {}
}
