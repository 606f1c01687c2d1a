/// The client's side of the conversation with one engine, as a function of what was received and what was commanded.
///
/// One type per dialect. The driver owns the connection and carries the outputs out, in order.
public protocol EngineSession: Sendable {
    /// The longest message, in bytes, that the driver should take from the engine.
    var maximumMessageSize: Int { get }

    /// The connection is open.
    mutating func start(into out: inout [EngineSessionOutput])

    /// Takes one whole text message.
    mutating func receive(text: Span<UInt8>, into out: inout [EngineSessionOutput])

    /// Takes a message that only carries on the audio of the present turn, as nearly all do, and appends that audio.
    /// Allocates nothing once `audio` has reached its working size.
    ///
    /// - Returns: The turn; `nil`, with nothing taken, for any other message, which then goes to
    ///   ``receive(text:into:)``.
    mutating func receiveAudio(text: Span<UInt8>, into audio: inout [UInt8]) -> EngineTurnID?

    /// Appends to `frame` the message that carries `audio`, in the format of the configuration.
    ///
    /// - Returns: `false`, with nothing appended, while the session does not take audio.
    mutating func appendAudio(_ audio: Span<UInt8>, into frame: inout [UInt8]) -> Bool

    mutating func handle(_ command: EngineCommand, into out: inout [EngineSessionOutput])
}

extension EngineSession {
    public mutating func receiveAudio(text: Span<UInt8>, into audio: inout [UInt8]) -> EngineTurnID? { nil }
}

/// What the driver of an ``EngineSession`` has to do.
public enum EngineSessionOutput: Sendable, Hashable {
    /// Send this as one text message.
    case send([UInt8])
    case event(EngineEvent)
    /// Audio of a turn in the format of the configuration; often much more than has been played.
    case audio(EngineTurnID, [UInt8])
    /// The engine does not keep to its dialect: close the connection. The session is of no use afterwards.
    case violation(String)
}

extension EngineDialect {
    /// A session that has not started.
    public func makeSession(_ configuration: EngineSessionConfiguration) -> any EngineSession {
        switch self {
        case .openAIRealtime: OpenAIRealtimeSession(configuration)
        }
    }
}
