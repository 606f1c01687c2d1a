import Timing

/// Who waits for which agent, without I/O and without a clock.
///
/// Callers get agents in the order they came. An agent who talks, rings or rests is not called; one who did not take a
/// call rests for ``Rules/pause``, so that the agents are tried in rounds. Deadlines: ask ``nextDeadline`` after each
/// call and call ``handleDeadlines(at:into:)`` then.
struct WaitingLine: Sendable {
    struct Rules: Sendable, Hashable {
        var agents: Int
        var order: AgentOrder
        var ringTime: Duration
        /// Of an agent who did not take a call.
        var pause: Duration
        /// Of an agent whose call is over.
        var wrapUp: Duration
        /// `nil`: for ever.
        var longestWait: Duration?
        /// Callers who wait at a time.
        var capacity: Int
    }

    enum Action: Sendable, Equatable {
        /// - Parameter limit: How long the agent's telephone may ring.
        case call(agent: Int, for: CallerID, limit: Duration)
        /// The caller has waited for as long as anybody may, and is in the line no more.
        case giveUp(CallerID)
    }

    struct CallerID: Sendable, Hashable {
        let number: UInt64
    }

    private struct Caller {
        let id: CallerID
        let joined: MonotonicTime
        var isBeingConnected = false
    }

    private enum Agent {
        case free
        case called(CallerID)
        case talking(CallerID)
        case resting(until: MonotonicTime)
    }

    private let rules: Rules
    private var callers: [Caller] = []
    private var agents: [Agent]
    /// When each was last called, or talked.
    private var lastUse: [MonotonicTime?]
    private var lastAgent: Int
    private var lastNumber: UInt64 = 0

    init(_ rules: Rules) {
        self.rules = rules
        agents = Array(repeating: .free, count: rules.agents)
        lastUse = Array(repeating: nil, count: rules.agents)
        lastAgent = rules.agents - 1
    }

    /// Callers who are not connected yet.
    var waiting: Int { callers.count }

    /// - Returns: `nil` when there are as many as may wait.
    mutating func join(at now: MonotonicTime, into actions: inout [Action]) -> CallerID? {
        guard callers.count < rules.capacity else { return nil }
        lastNumber += 1
        let id = CallerID(number: lastNumber)
        callers.append(Caller(id: id, joined: now))
        assign(at: now, into: &actions)
        return id
    }

    /// The caller talks to the agent who was called.
    mutating func connected(_ id: CallerID, at now: MonotonicTime) {
        callers.removeAll { $0.id == id }
        guard let agent = agent(of: id) else { return }
        agents[agent] = .talking(id)
        lastUse[agent] = now
    }

    /// The agent did not take the call; the caller keeps its place.
    mutating func failed(_ id: CallerID, at now: MonotonicTime, into actions: inout [Action]) {
        if let agent = agent(of: id) { rest(agent, for: rules.pause, at: now) }
        if let index = callers.firstIndex(where: { $0.id == id }) { callers[index].isBeingConnected = false }
        assign(at: now, into: &actions)
    }

    /// The call is over, wherever it was.
    mutating func leave(_ id: CallerID, at now: MonotonicTime, into actions: inout [Action]) {
        callers.removeAll { $0.id == id }
        if let agent = agent(of: id) {
            if case .talking = agents[agent] {
                rest(agent, for: rules.wrapUp, at: now)
            } else {
                // It rang, and has done nothing wrong.
                agents[agent] = .free
            }
        }
        assign(at: now, into: &actions)
    }

    var nextDeadline: MonotonicTime? {
        var deadline: MonotonicTime?
        func note(_ time: MonotonicTime) { deadline = min(deadline ?? time, time) }
        for caller in callers where !caller.isBeingConnected {
            if let longestWait = rules.longestWait { note(caller.joined + longestWait) }
        }
        guard callers.contains(where: { !$0.isBeingConnected }) else { return deadline }
        for case .resting(let until) in agents { note(until) }
        return deadline
    }

    mutating func handleDeadlines(at now: MonotonicTime, into actions: inout [Action]) {
        assign(at: now, into: &actions)
    }

    // MARK: Agents

    private func agent(of id: CallerID) -> Int? {
        agents.firstIndex { agent in
            switch agent {
            case .called(let caller), .talking(let caller): caller == id
            case .free, .resting: false
            }
        }
    }

    private mutating func rest(_ agent: Int, for time: Duration, at now: MonotonicTime) {
        lastUse[agent] = now
        agents[agent] = time > .zero ? .resting(until: now + time) : .free
    }

    /// Gives free agents to those who have waited longest.
    private mutating func assign(at now: MonotonicTime, into actions: inout [Action]) {
        for agent in agents.indices {
            if case .resting(let until) = agents[agent], until <= now { agents[agent] = .free }
        }
        var left: [Caller] = []
        for var caller in callers {
            if !caller.isBeingConnected {
                let limit = rules.longestWait.map { caller.joined + $0 - now }
                if let limit, limit <= .zero {
                    actions.append(.giveUp(caller.id))
                    continue
                }
                if let agent = nextAgent() {
                    caller.isBeingConnected = true
                    agents[agent] = .called(caller.id)
                    lastUse[agent] = now
                    lastAgent = agent
                    let ringTime = min(rules.ringTime, limit ?? rules.ringTime)
                    actions.append(.call(agent: agent, for: caller.id, limit: ringTime))
                }
            }
            left.append(caller)
        }
        callers = left
    }

    private func nextAgent() -> Int? {
        let free = agents.indices.filter { if case .free = agents[$0] { true } else { false } }
        switch rules.order {
        case .linear:
            return free.first
        case .roundRobin:
            return free.first { $0 > lastAgent } ?? free.first
        case .leastRecent:
            return free.min { left, right in
                guard let last = lastUse[left] else { return lastUse[right] != nil }
                return lastUse[right].map { last < $0 } ?? false
            }
        }
    }
}

/// Which of several free agents is called.
public enum AgentOrder: String, Sendable, Hashable, CaseIterable {
    /// The first of the list.
    case linear
    /// The one after that who was called last.
    case roundRobin = "round-robin"
    /// The one whose last call is the longest ago.
    case leastRecent = "least-recent"
}
