import NIOCore
import Timing

/// Holds the line of one queue: the calls come here and are told whom to call.
actor QueueDesk {
    /// What a caller's task is told.
    enum Signal: Sendable {
        case call(agent: Int, limit: Duration)
        case giveUp
    }

    /// A caller's place in the line.
    struct Place: Sendable {
        let id: WaitingLine.CallerID
        let signals: AsyncStream<Signal>
    }

    private var line: WaitingLine
    private var places: [WaitingLine.CallerID: AsyncStream<Signal>.Continuation] = [:]
    private var alarm: (due: MonotonicTime, task: Scheduled<Void>)?
    private(set) var counts = QueueCounts()

    init(_ rules: WaitingLine.Rules) {
        line = WaitingLine(rules)
    }

    /// Callers who are not connected yet.
    var waiting: Int { line.waiting }

    /// - Returns: `nil` when the line is full.
    func join(_ server: SIPApplicationServer) -> Place? {
        var actions: [WaitingLine.Action] = []
        guard let id = line.join(at: server.now, into: &actions) else {
            counts.refused += 1
            return nil
        }
        let (signals, continuation) = AsyncStream.makeStream(of: Signal.self)
        places[id] = continuation
        carryOut(actions, server)
        return Place(id: id, signals: signals)
    }

    func connected(_ place: Place, _ server: SIPApplicationServer) {
        counts.connected += 1
        line.connected(place.id, at: server.now)
        carryOut([], server)
    }

    func failed(_ place: Place, _ server: SIPApplicationServer) {
        var actions: [WaitingLine.Action] = []
        line.failed(place.id, at: server.now, into: &actions)
        carryOut(actions, server)
    }

    /// The call is over.
    ///
    /// - Parameter isAbandoned: Its caller has hung up while waiting.
    func leave(_ place: Place, isAbandoned: Bool, _ server: SIPApplicationServer) {
        if isAbandoned { counts.abandoned += 1 }
        var actions: [WaitingLine.Action] = []
        line.leave(place.id, at: server.now, into: &actions)
        places.removeValue(forKey: place.id)?.finish()
        carryOut(actions, server)
    }

    private func carryOut(_ actions: [WaitingLine.Action], _ server: SIPApplicationServer) {
        for action in actions {
            switch action {
            case .call(let agent, let id, let limit): places[id]?.yield(.call(agent: agent, limit: limit))
            case .giveUp(let id):
                counts.overflowed += 1
                places[id]?.yield(.giveUp)
            }
        }
        setAlarm(server)
    }

    private func setAlarm(_ server: SIPApplicationServer) {
        guard let due = line.nextDeadline else {
            alarm?.task.cancel()
            alarm = nil
            return
        }
        guard alarm?.due != due else { return }
        alarm?.task.cancel()
        let delay = min(max(due - server.now, .zero), .seconds(86_400))
        let task = server.stack.eventLoop.scheduleTask(in: TimeAmount(delay)) {
            server.spawn(ofCall: false) { await self.ring(server) }
        }
        alarm = (due, task)
    }

    private func ring(_ server: SIPApplicationServer) {
        alarm = nil
        var actions: [WaitingLine.Action] = []
        line.handleDeadlines(at: server.now, into: &actions)
        carryOut(actions, server)
    }
}

/// What became of the callers of a queue.
public struct QueueCounts: Sendable, Hashable {
    /// Talked to an agent.
    public var connected: UInt64 = 0
    /// Hung up while waiting.
    public var abandoned: UInt64 = 0
    /// Waited for as long as anybody may.
    public var overflowed: UInt64 = 0
    /// Came when as many waited as may.
    public var refused: UInt64 = 0

    public init() {}
}
