import Testing
import Timing

@testable import ApplicationServer

/// A line and what it has asked for so far, with a clock that is turned by hand.
private struct Rig {
    var line: WaitingLine
    var now = MonotonicTime(nanoseconds: 0)
    private var actions: [WaitingLine.Action] = []

    init(
        agents: Int = 2, _ order: AgentOrder = .linear, wrapUp: Duration = .zero, longestWait: Duration? = .seconds(60),
        capacity: Int = 10
    ) {
        line = WaitingLine(
            WaitingLine.Rules(
                agents: agents, order: order, ringTime: .seconds(20), pause: .seconds(5), wrapUp: wrapUp,
                longestWait: longestWait, capacity: capacity))
    }

    /// - Returns: `nil` when the line is full.
    mutating func tryToJoin() -> WaitingLine.CallerID? { line.join(at: now, into: &actions) }

    mutating func join() throws -> WaitingLine.CallerID {
        let id = tryToJoin()
        return try #require(id)
    }

    mutating func failed(_ id: WaitingLine.CallerID) { line.failed(id, at: now, into: &actions) }
    mutating func connected(_ id: WaitingLine.CallerID) { line.connected(id, at: now) }
    mutating func leave(_ id: WaitingLine.CallerID) { line.leave(id, at: now, into: &actions) }

    /// Turns the clock, and stops at each deadline on the way as a driver does.
    mutating func wait(_ time: Duration) {
        let end = now + time
        while let deadline = line.nextDeadline, deadline <= end {
            now = max(now, deadline)
            line.handleDeadlines(at: now, into: &actions)
        }
        now = end
    }

    /// What was asked for since the last time.
    mutating func taken() -> [WaitingLine.Action] {
        defer { actions = [] }
        return actions
    }

    /// The agent who is called for the one caller, until `count` have not taken the call.
    mutating func tried(_ count: Int, for id: WaitingLine.CallerID) -> [Int] {
        var agents: [Int] = []
        for _ in 0..<count {
            if actions.isEmpty { wait(.seconds(5)) }
            guard case .call(let agent, id, _)? = taken().last else { return agents }
            agents.append(agent)
            now = now + .seconds(1)
            failed(id)
        }
        return agents
    }
}

@Suite("A line of callers who wait for agents")
struct WaitingLineTests {
    @Test("The first caller gets the first agent, the next one the next, the third waits")
    func order() throws {
        var rig = Rig()
        let callers = try (0..<3).map { _ in try rig.join() }
        #expect(
            rig.taken() == [
                .call(agent: 0, for: callers[0], limit: .seconds(20)),
                .call(agent: 1, for: callers[1], limit: .seconds(20)),
            ])
        rig.connected(callers[1])
        #expect(rig.line.waiting == 2)
        rig.leave(callers[1])
        #expect(rig.taken() == [.call(agent: 1, for: callers[2], limit: .seconds(20))])
    }

    @Test("Who came first is served first, also after an attempt in vain")
    func firstComeFirstServed() throws {
        var rig = Rig(agents: 1)
        let first = try rig.join()
        let second = try rig.join()
        rig.wait(.seconds(1))
        rig.failed(first)
        #expect(rig.taken() == [.call(agent: 0, for: first, limit: .seconds(20))])
        rig.wait(.seconds(4))
        #expect(rig.taken() == [])
        rig.wait(.seconds(1))
        #expect(rig.taken() == [.call(agent: 0, for: first, limit: .seconds(20))])
        rig.connected(first)
        rig.wait(.seconds(10))
        #expect(rig.taken() == [])
        rig.leave(first)
        #expect(rig.taken() == [.call(agent: 0, for: second, limit: .seconds(20))])
    }

    @Test("Agents who take no call are tried in rounds", arguments: [1, 2, 3])
    func rounds(agents: Int) throws {
        var rig = Rig(agents: agents)
        let caller = try rig.join()
        #expect(rig.tried(agents * 3, for: caller) == Array(repeating: Array(0..<agents), count: 3).flatMap { $0 })
    }

    @Test(
        "Which of the free agents is called",
        arguments: [(AgentOrder.linear, [0, 0, 0]), (.roundRobin, [0, 1, 2]), (.leastRecent, [0, 1, 2])])
    func orders(order: AgentOrder, agents: [Int]) throws {
        var rig = Rig(agents: 3, order)
        var called: [Int] = []
        for _ in agents {
            let caller = try rig.join()
            guard case .call(let agent, caller, _)? = rig.taken().first else { continue }
            called.append(agent)
            rig.connected(caller)
            rig.wait(.seconds(1))
            rig.leave(caller)
        }
        #expect(called == agents)
    }

    @Test("The least recent is who ended a call first, whoever was called first")
    func leastRecent() throws {
        var rig = Rig(agents: 2, .leastRecent)
        let first = try rig.join()
        let second = try rig.join()
        rig.connected(first)
        rig.connected(second)
        rig.wait(.seconds(1))
        rig.leave(second)
        rig.wait(.seconds(1))
        rig.leave(first)
        _ = rig.taken()
        let third = try rig.join()
        #expect(rig.taken() == [.call(agent: 1, for: third, limit: .seconds(20))])
    }

    @Test("An agent has time after a call")
    func wrapUp() throws {
        var rig = Rig(agents: 1, wrapUp: .seconds(30))
        let first = try rig.join()
        rig.connected(first)
        rig.leave(first)
        _ = rig.taken()
        let second = try rig.join()
        rig.wait(.seconds(29))
        #expect(rig.taken() == [])
        rig.wait(.seconds(1))
        #expect(rig.taken() == [.call(agent: 0, for: second, limit: .seconds(20))])
    }

    @Test("A caller who hangs up while the agent's telephone rings leaves the agent to the next one at once")
    func leavesWhileRinging() throws {
        var rig = Rig(agents: 1)
        let first = try rig.join()
        let second = try rig.join()
        _ = rig.taken()
        rig.leave(first)
        #expect(rig.taken() == [.call(agent: 0, for: second, limit: .seconds(20))])
        rig.leave(second)
        #expect(rig.line.waiting == 0)
        #expect(rig.line.nextDeadline == nil)
    }

    @Test("Nobody waits for longer than may be, and no telephone rings for longer than that")
    func longestWait() throws {
        var rig = Rig(agents: 1)
        let first = try rig.join()
        rig.connected(first)
        _ = rig.taken()
        let second = try rig.join()
        rig.wait(.seconds(59))
        #expect(rig.taken() == [])
        rig.leave(first)
        #expect(rig.taken() == [.call(agent: 0, for: second, limit: .seconds(1))])
        rig.wait(.seconds(2))
        #expect(rig.taken() == [])
        rig.failed(second)
        #expect(rig.taken() == [.giveUp(second)])
        #expect(rig.line.waiting == 0)
    }

    @Test("A line is full, until somebody leaves it or is connected")
    func capacity() throws {
        var rig = Rig(agents: 1, capacity: 2)
        let first = try rig.join()
        let second = try rig.join()
        #expect(rig.tryToJoin() == nil)
        rig.connected(first)
        let third = try rig.join()
        #expect(rig.tryToJoin() == nil)
        rig.leave(second)
        #expect(rig.tryToJoin() != nil)
        #expect(third != second)
    }
}
