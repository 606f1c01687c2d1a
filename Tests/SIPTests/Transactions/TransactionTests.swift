import SIP
import Testing
import Timing

private func instants(_ seconds: [Double]) -> [Duration] { seconds.map { .seconds($0) } }

private func at(_ seconds: Double) -> MonotonicTime { .zero + .seconds(seconds) }

@Suite("INVITE client transaction (RFC 3261 §17.1.1, RFC 6026 §7.2)")
struct InviteClientTransactionTests {
    typealias Machine = InviteClientTransaction

    /// Runs `machine` to its end: when it sent, and its last word.
    private func run(_ machine: inout Machine) -> (sends: [Duration], ends: [Machine.Output]) {
        var sends: [Duration] = []
        var out: [Machine.Output] = []
        while let due = machine.nextTimeout {
            out.removeAll()
            machine.handleTimeout(at: due, into: &out)
            if out == [.retransmit] { sends.append(due - .zero) }
        }
        return (sends, out)
    }

    @Test("Calling: Timer A doubles without bound, Timer B gives up at 64·T1")
    func calling() {
        var machine = Machine(isReliable: false, timers: SIPTimers(), at: .zero)
        let (sends, ends) = run(&machine)
        #expect(sends == instants([0.5, 1.5, 3.5, 7.5, 15.5, 31.5]))
        #expect(ends == [.terminated(.timeout)])
        #expect(machine.isTerminated)
    }

    @Test("Calling on a reliable transport: no Timer A")
    func reliable() {
        var machine = Machine(isReliable: true, timers: SIPTimers(), at: .zero)
        #expect(machine.nextTimeout == at(32))
        #expect(run(&machine) == ([], [.terminated(.timeout)]))
    }

    @Test("Proceeding waits without limit until the user gives up")
    func proceeding() {
        var machine = Machine(isReliable: false, timers: SIPTimers(), at: .zero)
        var out: [Machine.Output] = []
        machine.receive(.ringing, at: at(1), into: &out)
        machine.receive(.ringing, at: at(2), into: &out)
        #expect(out == [.deliver, .deliver])
        #expect(machine.isProceeding && machine.isPending)
        #expect(machine.nextTimeout == nil)
        machine.giveUp(at: at(100))
        machine.giveUp(at: at(101))
        #expect(machine.nextTimeout == at(132))
        #expect(run(&machine).ends == [.terminated(.timeout)])
    }

    @Test("Accepted takes further 2xx until Timer M, and nothing else")
    func accepted() {
        var machine = Machine(isReliable: true, timers: SIPTimers(), at: .zero)
        var out: [Machine.Output] = []
        machine.receive(.ok, at: at(1), into: &out)
        machine.receive(.ok, at: at(2), into: &out)
        machine.receive(.ringing, at: at(3), into: &out)
        machine.receive(.busyHere, at: at(3), into: &out)
        machine.transportFailed(into: &out)
        #expect(out == [.deliver, .deliver])
        #expect(machine.nextTimeout == at(33))
        #expect(run(&machine).ends == [.terminated(nil)])
    }

    @Test("Completed acknowledges every repetition until Timer D, which reliable transports do without")
    func completed() {
        var machine = Machine(isReliable: false, timers: SIPTimers(), at: .zero)
        var out: [Machine.Output] = []
        machine.receive(.busyHere, at: at(1), into: &out)
        #expect(out == [.acknowledge, .deliver])
        machine.receive(.busyHere, at: at(2), into: &out)
        machine.receive(.ok, at: at(2), into: &out)
        machine.receive(.ringing, at: at(2), into: &out)
        #expect(out == [.acknowledge, .deliver, .acknowledge])
        #expect(machine.nextTimeout == at(33))
        out.removeAll()
        var reliable = Machine(isReliable: true, timers: SIPTimers(), at: .zero)
        reliable.receive(.busyHere, at: at(1), into: &out)
        #expect(out == [.acknowledge, .deliver, .terminated(nil)])
        #expect(reliable.nextTimeout == nil)
    }

    @Test("A transport error ends what still waits")
    func transport() {
        var machine = Machine(isReliable: false, timers: SIPTimers(), at: .zero)
        var out: [Machine.Output] = []
        machine.transportFailed(into: &out)
        machine.transportFailed(into: &out)
        #expect(out == [.terminated(.transport)])
    }
}

@Suite("Non-INVITE client transaction (RFC 3261 §17.1.2)")
struct NonInviteClientTransactionTests {
    typealias Machine = NonInviteClientTransaction

    @Test("Trying: Timer E doubles up to T2, Timer F gives up at 64·T1")
    func trying() {
        var machine = Machine(isReliable: false, timers: SIPTimers(), at: .zero)
        var sends: [Duration] = []
        var out: [Machine.Output] = []
        while let due = machine.nextTimeout {
            out.removeAll()
            machine.handleTimeout(at: due, into: &out)
            if out == [.retransmit] { sends.append(due - .zero) }
        }
        #expect(sends == instants([0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]))
        #expect(out == [.terminated(.timeout)])
    }

    @Test("Proceeding repeats every T2 and keeps Timer F")
    func proceeding() {
        var machine = Machine(isReliable: false, timers: SIPTimers(), at: .zero)
        var out: [Machine.Output] = []
        machine.receive(.trying, at: at(1), into: &out)
        #expect(machine.nextTimeout == at(5))
        machine.handleTimeout(at: at(5), into: &out)
        #expect(machine.nextTimeout == at(9))
        machine.handleTimeout(at: at(32), into: &out)
        #expect(out == [.deliver, .retransmit, .terminated(.timeout)])
    }

    @Test("Completed absorbs repetitions until Timer K", arguments: [false, true])
    func completed(isReliable: Bool) {
        var machine = Machine(isReliable: isReliable, timers: SIPTimers(), at: .zero)
        var out: [Machine.Output] = []
        machine.receive(.ok, at: at(1), into: &out)
        machine.receive(.ok, at: at(2), into: &out)
        #expect(out == (isReliable ? [.deliver, .terminated(nil)] : [.deliver]))
        #expect(machine.nextTimeout == (isReliable ? nil : at(6)))
        machine.handleTimeout(at: at(6), into: &out)
        #expect(out == [.deliver, .terminated(nil)])
    }
}

@Suite("INVITE server transaction (RFC 3261 §17.2.1, RFC 6026 §7.1)")
struct InviteServerTransactionTests {
    typealias Machine = InviteServerTransaction

    @Test("Proceeding: 100 is due after 200 ms of silence; the last provisional answers repetitions")
    func proceeding() {
        var machine = Machine(isReliable: false, timers: SIPTimers(), at: .zero)
        var out: [Machine.Output] = []
        machine.receiveRetransmission(into: &out)
        #expect(out.isEmpty)
        #expect(machine.nextTimeout == at(0.2))
        #expect(!machine.needsTrying(at: at(0.1)) && machine.needsTrying(at: at(0.2)))
        let accepted = machine.respond(.ringing, [1], at: at(0.1), into: &out)
        #expect(accepted)
        #expect(!machine.needsTrying(at: at(1)))
        machine.receiveRetransmission(into: &out)
        #expect(out == [.transmit([1]), .transmit([1])])
        #expect(machine.isPending && machine.nextTimeout == nil)
    }

    @Test("Completed: Timer G backs off to T2, Timer H gives up")
    func completed() {
        var machine = Machine(isReliable: false, timers: SIPTimers(), at: .zero)
        var out: [Machine.Output] = []
        let accepted = machine.respond(.busyHere, [1], at: .zero, into: &out)
        #expect(accepted)
        let secondAccepted = machine.respond(.ok, [2], at: .zero, into: &out)
        #expect(!secondAccepted)
        var sends: [Duration] = []
        while let due = machine.nextTimeout {
            out.removeAll()
            machine.handleTimeout(at: due, into: &out)
            if out == [.transmit([1])] { sends.append(due - .zero) }
        }
        #expect(sends == instants([0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]))
        #expect(out == [.terminated(.noACK)])
    }

    @Test("Confirmed absorbs ACKs until Timer I, which reliable transports do without", arguments: [false, true])
    func confirmed(isReliable: Bool) {
        var machine = Machine(isReliable: isReliable, timers: SIPTimers(), at: .zero)
        var out: [Machine.Output] = []
        _ = machine.respond(.busyHere, [1], at: .zero, into: &out)
        #expect(machine.nextTimeout == (isReliable ? at(32) : at(0.5)))
        out.removeAll()
        machine.receiveACK(at: at(1), into: &out)
        machine.receiveACK(at: at(2), into: &out)
        machine.receiveRetransmission(into: &out)
        #expect(out == (isReliable ? [.terminated(nil)] : []))
        #expect(machine.nextTimeout == (isReliable ? nil : at(6)))
        machine.handleTimeout(at: at(6), into: &out)
        #expect(machine.isTerminated && out == [.terminated(nil)])
    }

    @Test("Accepted repeats nothing and ends with Timer L")
    func accepted() {
        var machine = Machine(isReliable: false, timers: SIPTimers(), at: .zero)
        var out: [Machine.Output] = []
        let accepted = machine.respond(.ok, [1], at: at(1), into: &out)
        #expect(accepted)
        machine.receiveRetransmission(into: &out)
        machine.receiveACK(at: at(2), into: &out)
        #expect(out == [.transmit([1])])
        #expect(machine.nextTimeout == at(33))
        machine.handleTimeout(at: at(33), into: &out)
        #expect(out.last == .terminated(nil))
    }
}

@Suite("Non-INVITE server transaction (RFC 3261 §17.2.2, RFC 4320)")
struct NonInviteServerTransactionTests {
    typealias Machine = NonInviteServerTransaction

    @Test("Trying says nothing to repetitions; an answer after 64·T1 is not sent")
    func trying() {
        var machine = Machine(isReliable: false, timers: SIPTimers(), at: .zero)
        var out: [Machine.Output] = []
        machine.receiveRetransmission(into: &out)
        machine.handleTimeout(at: at(31), into: &out)
        #expect(out.isEmpty)
        #expect(!machine.isTerminated)
        machine.handleTimeout(at: at(32), into: &out)
        #expect(out == [.terminated(nil)])
        let accepted = machine.respond(.ok, [1], at: at(33), into: &out)
        #expect(!accepted)
    }

    /// 500 ms, 1 s and 2 s; the next interval is T2.
    @Test(
        "100 is due when the client's timer E has come to T2 (RFC 4320 §4.1)",
        arguments: [
            (500, 4_000, 3_500), (500, 3_000, 3_500), (500, 4_001, 7_500), (100, 100, 100), (100, 50, 100),
        ])
    func needsTrying(_ t1: Int, _ t2: Int, _ due: Int) {
        let timers = SIPTimers(t1: .milliseconds(t1), t2: .milliseconds(t2))
        var machine = Machine(isReliable: true, timers: timers, at: .zero)
        #expect(machine.nextTimeout == MonotonicTime.zero + .milliseconds(due))
        #expect(!machine.needsTrying(at: MonotonicTime.zero + .milliseconds(due - 1)))
        #expect(machine.needsTrying(at: MonotonicTime.zero + .milliseconds(due)))
        #expect(!machine.needsTrying(at: MonotonicTime.zero + timers.transactionTimeout))
        var out: [Machine.Output] = []
        _ = machine.respond(.trying, [1], at: MonotonicTime.zero + .milliseconds(due), into: &out)
        #expect(!machine.needsTrying(at: MonotonicTime.zero + .milliseconds(due)))
        #expect(machine.nextTimeout == MonotonicTime.zero + timers.transactionTimeout)
    }

    @Test(
        "Completed answers repetitions until Timer J, which reliable transports do without", arguments: [false, true])
    func completed(isReliable: Bool) {
        var machine = Machine(isReliable: isReliable, timers: SIPTimers(), at: .zero)
        var out: [Machine.Output] = []
        let accepted = machine.respond(.trying, [1], at: at(1), into: &out)
        #expect(accepted)
        machine.receiveRetransmission(into: &out)
        let secondAccepted = machine.respond(.ok, [2], at: at(2), into: &out)
        #expect(secondAccepted)
        let thirdAccepted = machine.respond(.ok, [3], at: at(2), into: &out)
        #expect(!thirdAccepted)
        machine.receiveRetransmission(into: &out)
        let common: [Machine.Output] = [.transmit([1]), .transmit([1]), .transmit([2])]
        #expect(out == common + (isReliable ? [.terminated(nil)] : [.transmit([2])]))
        #expect(machine.nextTimeout == (isReliable ? nil : at(34)))
        machine.handleTimeout(at: at(34), into: &out)
        #expect(machine.isTerminated)
    }
}

@Suite("When the driver looks for what is due")
struct WakeUpTests {
    @Test("Never before a deadline and less than T1/8 after it, at instants that deadlines share")
    func granularity() {
        let timers = SIPTimers()
        var wakeUps: Set<MonotonicTime> = []
        for deadline in stride(from: 0, through: 4_000, by: 7).map({ MonotonicTime.zero + .milliseconds($0) }) {
            let wakeUp = timers.wakeUp(for: deadline)
            #expect(wakeUp >= deadline && wakeUp - deadline < timers.t1 / 8)
            #expect(timers.wakeUp(for: wakeUp) == wakeUp)
            wakeUps.insert(wakeUp)
        }
        // One for each T1/8 of 4 s, and the beginning.
        #expect(wakeUps.count == 65)
    }

    @Test("A T1 of nothing makes no wake-up later than its deadline")
    func shortest() {
        let timers = SIPTimers(t1: .zero)
        #expect(timers.wakeUp(for: at(1.5)) == at(1.5))
    }
}
