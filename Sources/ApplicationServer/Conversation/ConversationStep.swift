import Media
import VoiceEngine

/// What a conversation is told.
enum ConversationEvent: Sendable, Equatable {
    case media(MediaSessionEvent)
    case held(Bool)
    /// A function call of the engine has been carried out; the engine speaks on with its result.
    case workflowFinished(id: String)
    /// The call was to be transferred or hung up, and that was not possible.
    case stays
    /// The engine that ``ConversationAction/connect(candidates:history:resumption:)`` asked for is ready.
    case engineConnected(ConversationEngine)
    /// The party that the call was transferred to has hung up; the caller is here again, and no engine.
    case returned
    case noEngineLeft
}

/// What the driver of a conversation has to do, in order.
enum ConversationAction: Sendable, Equatable {
    case startFiller(FillerStep.Sound)
    case stopFiller
    case send(EngineCommand)
    /// Connect the first of these engines that is there, by index, in the place of the present one.
    ///
    /// - Parameter resumption: Of the first candidate.
    case connect(candidates: [Int], history: [EngineUtterance], resumption: EngineResumption?)
    /// The present engine took this long to answer.
    case engineAnswered(Int, after: Duration)
    case engineFailed(Int, EngineFailure)
    case handToHuman(EngineFailure)
    case hangUp(CallEndCause)
    /// The caller was silent to the end: to the human queue.
    case transferSilentCaller
    case perform(EngineRequest)
    case note(String, String)
}

/// Why an engine is given up in mid-call.
enum EngineFailure: Sendable, Equatable {
    case closed(EngineCloseReason)
    case fault(EngineFault)
    /// A turn failed by the engine's own account.
    case turnFailed
    case stalled
    case slow
    /// It told us to go.
    case goesAway
    /// It was let go for a transfer, and the caller came back.
    case transferred

    var summary: String {
        switch self {
        case .closed(let reason): "closed: \(reason)"
        case .fault(let fault): "error \(fault.code)"
        case .turnFailed: "a turn failed"
        case .stalled: "stalled"
        case .slow: "slow turns"
        case .goesAway: "goes away"
        case .transferred: "the caller is back"
        }
    }

    /// Whether it speaks against the engine.
    var isFault: Bool { self != .goesAway && self != .transferred }
}

/// Why a conversation ends a call.
enum CallEndCause: Sendable, Equatable {
    case maximumDuration
    case noInput
    case noKeys
    case noMedia

    /// Value of a Reason header (RFC 3326).
    var reason: String {
        switch self {
        case .maximumDuration: "SIP;cause=480;text=\"Maximum duration\""
        case .noInput: "SIP;cause=480;text=\"No input\""
        case .noKeys: "SIP;cause=488;text=\"No media keys\""
        case .noMedia: "SIP;cause=408;text=\"No media\""
        }
    }

    /// `nil` for an event that leaves a call of use.
    init?(_ event: MediaSessionEvent) {
        switch event {
        case .keyAgreementFailed: self = .noKeys  // Both sides would hear nothing.
        case .inactive: self = .noMedia  // Neither RTP nor RTCP: the caller is gone and its BYE was lost.
        default: return nil
        }
    }
}

/// What an engine asks for in its dialect, for the service to decide on.
enum EngineRequest: Sendable, Equatable {
    case tool(EngineToolCall)
    case cancelTool(id: String)
    case transfer(EngineTransferRequest)
    case hangUp(reason: String?)
    case digits(String)
    case variables([String: String])
}

/// An engine as a conversation sees it.
struct ConversationEngine: Sendable, Equatable {
    /// Its place in the service's list.
    var index: Int
    var capabilities: EngineCapabilities
    /// Nine of ten of its answers come within this time; `nil` if that is not known.
    var expectedAnswer: Duration?
    /// It goes on where its lost session was.
    var isResumed = false
}
