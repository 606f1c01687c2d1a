/// What an embedder writes: one value that takes calls.
public protocol CallService: Sendable {
    /// Takes a call. It has to be answered, rejected, redirected or routed exactly once; a call that is let go of
    /// without any of these gets 500. Each call runs in a task of its own.
    func handle(_ call: consuming IncomingCall) async throws

    /// Whether ``handle(_:)`` runs on the event loop of the signalling, which saves a change of threads at every
    /// `await`. Only for services that never block and compute little; `false` if not said.
    var runsOnEventLoop: Bool { get }
}

extension CallService {
    public var runsOnEventLoop: Bool { false }
}

/// Why a call could not be answered, routed or transferred.
public enum CallError: Error, Sendable {
    /// The caller sent CANCEL or hung up.
    case callerGone
    /// The offer cannot be answered; the caller has got this status.
    case notAcceptable(String)
    /// The caller requires these options (RFC 3261 §20.32), which a user agent here has not.
    case unsupportedExtensions([String])
    /// What the caller's preconditions ask for cannot be had, or was not reserved in time: 580 (RFC 3312 §8).
    case preconditionFailure
    /// Another transfer of the call has not come to its end yet.
    case transferUnderWay
    /// No port, no socket, no description of the media that can be used: the text says what.
    case media(String)
    /// The other party answered with this status.
    case refused(Int)
    /// The other party did not answer in time.
    case noAnswer
    /// The URI names no hop we can reach.
    case unreachable(String)
}
