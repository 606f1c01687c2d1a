import Codecs

/// The client's side of the conversation with one engine, as a function of what was received and what was commanded.
///
/// One type per dialect. The driver owns the connection and carries the outputs out, in order.
public protocol EngineSession: Sendable {
    /// The longest message, in bytes, that the driver should take from the engine.
    var maximumMessageSize: Int { get }

    /// Whether ``appendAudio(_:into:)`` makes binary messages, and not text.
    var sendsBinaryAudio: Bool { get }

    /// Whether the engine puts JSON in binary messages too: the driver then treats them as text.
    var readsBinaryAsText: Bool { get }

    /// The driver calls ``timerFired(into:)`` this often, from the opening of the connection on; `nil` for never.
    var timerInterval: Duration? { get }

    /// What the handshake of the WebSocket carries beside what RFC 6455 asks for.
    mutating func handshake(_ context: EngineHandshakeContext) -> EngineHandshake

    /// The connection is open.
    mutating func start(into out: inout [EngineSessionOutput])

    /// Takes one whole text message.
    mutating func receive(text: Span<UInt8>, into out: inout [EngineSessionOutput])

    /// Takes one whole binary message.
    mutating func receive(binary: Span<UInt8>, into out: inout [EngineSessionOutput])

    /// Takes a message that only carries on the audio of the present turn, as nearly all do, and appends that audio.
    /// Allocates nothing once `audio` has reached its working size.
    ///
    /// - Returns: The turn; `nil`, with nothing taken, for any other message, which then goes to
    ///   ``receive(text:into:)``.
    mutating func receiveAudio(text: Span<UInt8>, into audio: inout [UInt8]) -> EngineTurnID?

    /// As ``receiveAudio(text:into:)``, for dialects whose binary messages are bare audio.
    ///
    /// - Returns: The turn that the whole of `binary` is audio of; `nil` if the message has to go to
    ///   ``receive(binary:into:)``.
    mutating func turn(ofAudio binary: Span<UInt8>) -> EngineTurnID?

    /// Appends to `frame` the message that carries `audio`, in the format of the configuration or of the last
    /// ``EngineSessionOutput/inputFormat(_:)``.
    ///
    /// - Returns: `false`, with nothing appended, while the session does not take audio.
    mutating func appendAudio(_ audio: Span<UInt8>, into frame: inout [UInt8]) -> Bool

    mutating func handle(_ command: EngineCommand, into out: inout [EngineSessionOutput])

    mutating func timerFired(into out: inout [EngineSessionOutput])
}

extension EngineSession {
    public var sendsBinaryAudio: Bool { false }

    public var readsBinaryAsText: Bool { false }

    public var timerInterval: Duration? { nil }

    /// The key as bearer token (RFC 6750 §2.1).
    public mutating func handshake(_ context: EngineHandshakeContext) -> EngineHandshake {
        var handshake = EngineHandshake(target: context.target)
        if let key = context.apiKey { handshake.headers.append(.init(name: "Authorization", value: "Bearer \(key)")) }
        return handshake
    }

    /// Dialects of text alone: a binary message breaks them.
    public mutating func receive(binary: Span<UInt8>, into out: inout [EngineSessionOutput]) {
        out.append(.violation("a binary message"))
    }

    public mutating func receiveAudio(text: Span<UInt8>, into audio: inout [UInt8]) -> EngineTurnID? { nil }

    public mutating func turn(ofAudio binary: Span<UInt8>) -> EngineTurnID? { nil }

    public mutating func timerFired(into out: inout [EngineSessionOutput]) {}
}

/// What the driver of an ``EngineSession`` has to do.
public enum EngineSessionOutput: Sendable, Hashable {
    /// Send this as one text message.
    case send([UInt8])
    /// Send this as one binary message.
    case sendBinary([UInt8])
    case event(EngineEvent)
    /// Audio of a turn in the format of the configuration, or of the last ``outputFormat(_:)``; often much more than has
    /// been played.
    case audio(EngineTurnID, [UInt8])
    /// Everything of this turn that came so far lies before the mark; without a turn, all that waits to be played. The
    /// driver answers once with ``EngineCommand/markReached(_:_:)``.
    case mark(EngineMark, of: EngineTurnID?)
    /// From now on audio for the engine is in this format.
    case inputFormat(AudioFormat)
    /// From now on audio of the engine is in this format.
    case outputFormat(AudioFormat)
    /// The engine does not keep to its dialect: close the connection. The session is of no use afterwards.
    case violation(String)
}
