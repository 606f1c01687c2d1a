import SIP
import Timing

/// Where a request stands in the filter criteria of a user.
struct ServedChain: Sendable {
    /// The position of the subscription and of the profile in it.
    var subscription: Int
    var profile: Int
    /// The served user's identity.
    var identity: String
    var sessionCase: SessionCase
    var isRegistered: Bool
    /// As `next` of ``CompiledProfile/firstMatch(for:in:from:)``.
    var position = 0

    var context: EvaluationContext {
        EvaluationContext(sessionCase: sessionCase, isRegistered: isRegistered)
    }

    var isTerminating: Bool {
        sessionCase == .terminatingRegistered || sessionCase == .terminatingUnregistered
    }
}

/// A request that the S-CSCF sent and that is not finally answered.
struct OpenBranch: Sendable {
    /// What came in and led to it; `nil` for a third-party REGISTER.
    var upstream: ServingCSCF.Transaction?
    /// The chain behind the criterion; `nil` when the request has left the chain.
    var chain: ServedChain?
    var criterion: InitialFilterCriteria?
    /// The request before anything was written for this hop: what default handling goes on with.
    var request: SIPRequest
    /// When silence becomes a failure.
    var deadline: MonotonicTime?
    /// The server took the request on: default handling is over.
    var isTaken = false
    /// The S-CSCF went on without it.
    var isAbandoned = false
    /// The user whom a failed third-party REGISTER costs the registration.
    var registration: Int?
}

/// A request that came in and is not finally answered.
struct OpenTransaction: Sendable {
    var request: SIPRequest
    var isCancelled = false
}

/// What an original dialog identifier stands for.
struct OriginalDialog: Sendable {
    var branch: ServingCSCF.Branch
    var chain: ServedChain
    var criterion: InitialFilterCriteria
    /// The Request-URI that the application server got.
    var requestURI: String
    var expiry: MonotonicTime
}
