import SIP

/// Which calls of a user go to somebody else, and whether one may (TS 24.604 §4.5.2.6), without I/O.
public struct CommunicationDiversion: Sendable, Hashable {
    /// Why a call is diverted.
    public enum Condition: String, Sendable, Hashable, CaseIterable {
        case unconditional, busy
        case noReply = "no-reply"
        case notReachable = "not-reachable"
        case notRegistered = "not-registered"

        /// Of the new target's URI (RFC 4458 §3.1, TS 24.604 §4.5.2.6.2.2).
        public var cause: Int {
            switch self {
            case .unconditional: 302
            case .busy: 486
            case .noReply: 408
            case .notReachable: 503
            case .notRegistered: 404
            }
        }

        /// Of Diversion (RFC 5806 §5.1).
        public var diversionReason: String {
            switch self {
            case .unconditional: "unconditional"
            case .busy: "user-busy"
            case .noReply: "no-answer"
            case .notReachable, .notRegistered: "unavailable"
            }
        }
    }

    /// What became of the call to the served user.
    public enum Failure: Sendable, Hashable {
        /// A final response above 299, or `nil` when none came.
        /// - Parameter hasRung: 180 came before it.
        case response(StatusCode?, hasRung: Bool)
        /// It rang for as long as it may.
        case rangTooLong
    }

    public enum Step: Sendable, Hashable {
        /// - Parameter hasTimer: Whether no reply diverts the call, so that the time that it rings matters.
        case callServedUser(hasTimer: Bool)
        case divert(to: String, Condition)
        /// The caller gets this status.
        case refuse(StatusCode, Obstacle)
        /// The caller gets what the served user answered.
        case passOn(Obstacle?)
    }

    /// Why a call that would be diverted is not.
    public enum Obstacle: String, Sendable, Hashable {
        /// It has been diverted too often already.
        case limit = "too-many-diversions"
        /// It has been at that target before.
        case loop
    }

    /// The URI for each condition.
    public var targets: [Condition: String]
    /// Diversions that a call may have seen before and with this one.
    public var limit: Int
    private let history: DiversionHistory

    /// - Parameter headers: Of the INVITE.
    public init(targets: [Condition: String], limit: Int = 5, after headers: SIPHeaders) {
        self.targets = targets
        self.limit = limit
        history = DiversionHistory(headers)
    }

    /// - Parameter isRegistered: `false` when the session case says that the served user is not.
    public func begin(isRegistered: Bool) -> Step {
        if let step = divert(.unconditional) { return step }
        if !isRegistered, let step = divert(.notRegistered) { return step }
        return .callServedUser(hasTimer: targets[.noReply] != nil)
    }

    public func failed(_ failure: Failure) -> Step {
        guard let condition = Self.condition(of: failure), let step = divert(condition) else { return .passOn(nil) }
        if case .refuse(_, let obstacle) = step { return .passOn(obstacle) }
        return step
    }

    private func divert(_ condition: Condition) -> Step? {
        guard let target = targets[condition] else { return nil }
        guard history.count < limit else { return .refuse(.temporarilyUnavailable, .limit) }
        guard !history.hasVisited(target) else { return .refuse(.loopDetected, .loop) }
        return .divert(to: target, condition)
    }

    /// A telephone that rings and then answers 408 or 480 has a timer of its own.
    private static func condition(of failure: Failure) -> Condition? {
        switch failure {
        case .rangTooLong: .noReply
        case .response(.busyHere?, _), .response(.busyEverywhere?, _): .busy
        case .response(.requestTimeout?, true), .response(.temporarilyUnavailable?, true): .noReply
        case .response(nil, false), .response(.requestTimeout?, false), .response(.temporarilyUnavailable?, false),
            .response(.serverInternalError?, false), .response(.serviceUnavailable?, false),
            .response(.badGateway?, false), .response(.serverTimeout?, false):
            .notReachable
        case .response(nil, true): .noReply
        case .response: nil
        }
    }
}

/// Where a call has been, as History-Info (RFC 7044) and Diversion (RFC 5806) tell. What of them does not parse counts
/// as one diversion, so that no call goes round for ever.
struct DiversionHistory: Sendable, Hashable {
    private(set) var count = 0
    private var visited: [SIPURI] = []

    init(_ headers: SIPHeaders) {
        var diversions = 0
        for value in headers.splitValues(.historyInfo) {
            guard let entry = try? HistoryInfoEntry(parsing: value, field: .historyInfo) else {
                diversions += 1
                continue
            }
            visited.append(entry.address.uri)
            if entry.address.uri.parameters.contains("cause") { diversions += 1 }
        }
        var old = 0
        for value in headers.splitValues(.diversion) {
            guard let address = try? NameAddress(parsing: value, field: .diversion) else {
                old += 1
                continue
            }
            visited.append(address.uri)
            old += min(max(address.parameters["counter"].flatMap { Int($0) } ?? 1, 1), 1_000)
        }
        count = max(diversions, old)
    }

    func hasVisited(_ target: String) -> Bool {
        guard let uri = try? SIPURI(parsing: target) else { return false }
        return visited.contains { $0.namesSameResource(as: uri) }
    }
}

extension HeaderName {
    /// RFC 5806; History-Info has taken its place.
    static let diversion: HeaderName = "Diversion"
}

extension CommunicationDiversion {
    /// Writes into the INVITE for the new target where the call was bound for, and why it goes elsewhere.
    ///
    /// - Parameters:
    ///   - servedUser: The Request-URI as it came.
    ///   - writesDiversion: Also as old networks want it, on top of what is there (RFC 5806 §5.2).
    public static func note(
        _ condition: Condition, from servedUser: String, to target: String, writesDiversion: Bool = false,
        in headers: inout SIPHeaders
    ) {
        HistoryInfo.retarget(&headers, from: servedUser, to: target, cause: condition.cause)
        guard writesDiversion else { return }
        headers.insertBeforeFirst(
            .diversion, "<\(servedUser)>;reason=\(condition.diversionReason);counter=1")
    }
}
