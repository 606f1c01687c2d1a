import ApplicationServer
import Synchronization

/// A moment of a flow: what somebody has just done, or seen.
struct FlowMoment: Sendable, Hashable, CustomStringConvertible {
    enum Party: String, Sendable {
        case server, caller, target
    }

    let party: Party
    /// Of the server an entry of the call's record, with or without its detail; of a telephone `got INVITE`, `sent 180`.
    let event: String
    /// What the same party has to have done before, if `event` can happen more than once.
    var earlier: String?

    static func server(_ event: String, after earlier: String? = nil) -> FlowMoment {
        FlowMoment(party: .server, event: event, earlier: earlier)
    }

    static func caller(_ event: String) -> FlowMoment { FlowMoment(party: .caller, event: event) }
    static func target(_ event: String, after earlier: String? = nil) -> FlowMoment {
        FlowMoment(party: .target, event: event, earlier: earlier)
    }

    /// A telephone has sent its BYE, CANCEL or 480.
    static func left(_ party: Party) -> FlowMoment { FlowMoment(party: party, event: "left") }

    var description: String { "\(party.rawValue) \(event)" + (earlier.map { " after \($0)" } ?? "") }
}

/// What happened at all parties of a call, in order.
final class FlowJournal: Sendable {
    private struct Waiter {
        let moment: FlowMoment
        let continuation: AsyncStream<Void>.Continuation
    }

    private struct State {
        var events: [FlowMoment.Party: [String]] = [:]
        var lines: [String] = []
        var waiters: [Waiter] = []
        var leaving: CallFlow.Leaving?
        /// Whoever leaves is about to.
        var isOver = false
    }

    private let state = Mutex(State())

    var lines: [String] { state.withLock { $0.lines } }

    /// Who leaves does nothing of their own accord from that moment on; a telephone at which it comes waits until they
    /// have left.
    func end(with leaving: CallFlow.Leaving) { state.withLock { $0.leaving = leaving } }

    /// Waits until somebody who is about to leave has left.
    ///
    /// - Returns: Whether `party` goes on.
    func goesOn(_ party: FlowMoment.Party) async -> Bool {
        let leaving = state.withLock { $0.isOver ? $0.leaving : nil }
        guard let leaving else { return true }
        guard leaving.party != party else { return false }
        return await reaches(.left(leaving.party))
    }

    /// - Returns: Whether nobody is about to leave.
    @discardableResult
    func add(_ party: FlowMoment.Party, _ event: String, _ detail: String = "") -> Bool {
        let (woken, goesOn) = state.withLock { state in
            state.lines.append("\(party.rawValue) \(event) \(detail)")
            state.events[party, default: []] += detail.isEmpty ? [event] : [event, "\(event) \(detail)"]
            if let moment = state.leaving?.moment, Self.has(moment, state) { state.isOver = true }
            let waiters = state.waiters
            let woken = waiters.filter { Self.has($0.moment, state) }
            state.waiters = waiters.filter { !Self.has($0.moment, state) }
            return (woken, !state.isOver)
        }
        for waiter in woken { waiter.continuation.yield() }
        return goesOn
    }

    /// Whether a moment has come.
    func has(_ moment: FlowMoment) -> Bool { state.withLock { Self.has(moment, $0) } }

    /// - Returns: Whether it came within `limit`.
    @discardableResult
    func reaches(_ moment: FlowMoment, within limit: Duration = .seconds(30)) async -> Bool {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let isThere = state.withLock { state in
            if Self.has(moment, state) { return true }
            state.waiters.append(Waiter(moment: moment, continuation: continuation))
            return false
        }
        if isThere { return true }
        let alarm = Task {
            try await Task.sleep(for: limit)
            continuation.finish()
        }
        defer { alarm.cancel() }
        for await _ in stream { return true }
        return false
    }

    private static func has(_ moment: FlowMoment, _ state: State) -> Bool {
        guard let events = state.events[moment.party], let last = events.lastIndex(of: moment.event) else {
            return false
        }
        guard let earlier = moment.earlier else { return true }
        return events.firstIndex(of: earlier).map { $0 < last } ?? false
    }
}
