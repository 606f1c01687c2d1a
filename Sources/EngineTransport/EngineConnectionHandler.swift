import VoiceEngine

/// The owner of an engine connection. Called on the connection's event loop only.
public protocol EngineConnectionHandler: AnyObject, Sendable {
    /// Audio of a turn in the format of the session, often much faster than it is played.
    func engine(_ connection: EngineConnection, didSend audio: Span<UInt8>, of turn: EngineTurnID)

    /// `.ready` is the first event and `.closed` the last one, exactly once. Neither comes if connecting failed.
    func engine(_ connection: EngineConnection, didEmit event: EngineEvent)
}
