/// What a dialect has words for.
public struct EngineCapabilities: Sendable, Hashable {
    /// G.711 can be exchanged as it comes from the telephone network.
    public var nativeG711 = false
    /// Audio goes in binary messages, not as Base64 in text.
    public var binaryAudio = false
    /// The engine tells when the caller begins and ceases to speak.
    public var detectsSpeech = false
    /// The engine listens while it speaks, and may speak while it listens.
    public var isFullDuplex = false
    /// The engine must be told how much of an interrupted turn was heard (``EngineCommand/playedUpTo(_:milliseconds:)``).
    public var needsTruncation = false
    /// The engine sets marks and is told when they are reached.
    public var marks = false
    /// A lost session can be resumed in another connection.
    public var resumes = false
    /// The engine sends audio faster than it is spoken.
    public var fasterThanRealTime = false
    /// The engine can be told to speak (``EngineCommand/startTurn(instructions:)``).
    public var speaksOnRequest = false
    /// The engine can be told what to say word for word (``EngineCommand/say(_:)``).
    public var saysText = false
    /// The engine can be told what was said before (``EngineSessionConfiguration/history``).
    public var takesHistory = false
    /// The engine calls functions of ours.
    public var callsTools = false
    /// The engine asks for transfers in its dialect (``EngineEvent/transferRequested(_:)``).
    public var requestsTransfers = false
    /// The engine ends the call by closing the connection: that is no failure.
    public var hangsUpByClosing = false
    /// Rates of linear audio in Hz; empty if it takes none.
    public var pcmRates: [Int] = []
    /// A session does not last longer, whatever is done.
    public var maximumSession: Duration?

    public init() {}
}
