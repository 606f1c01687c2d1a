import Timing

/// Names a branch of a ``ProxyContext``.
public struct ProxyBranchID: RawRepresentable, Sendable, Hashable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
}

/// One target that the request went to.
struct ProxyBranch: Sendable {
    enum State: Sendable, Hashable {
        /// - Parameter timerC: Of an INVITE that is not cancelled (RFC 3261 §16.6 step 11).
        case pending(timerC: MonotonicTime?, hasProvisional: Bool)
        /// CANCEL goes out as soon as it may.
        case cancelled(Cause)
        case completed
    }

    enum Cause: Sendable, Hashable {
        /// Another branch or the caller has settled the request.
        case settled
        /// Timer C: the 487 that follows stands for 408.
        case timerC
    }

    var state: State
    /// Its part of Max-Breadth, given back when it has completed.
    let breadth: Int

    var isOpen: Bool { state != .completed }

    var timerC: MonotonicTime? {
        if case .pending(let timerC, _) = state { timerC } else { nil }
    }
}

/// How a branch ended without success.
enum ProxyFailure: Sendable, Hashable {
    case received(SIPResponse)
    /// Nobody answered: the proxy speaks for the branch.
    case local(StatusCode, SIPHeaders)

    var status: StatusCode {
        switch self {
        case .received(let response): response.status
        case .local(let status, _): status
        }
    }
}
