import ApplicationServer
import SIP
import SIPTransport
import Testing

/// One call by a flow, in a laboratory that stands.
struct FlowRun {
    private let flow: CallFlow
    private let path: FlowPath
    private let invite: (request: SIPRequest, hop: Hop)
    private let leaving: CallFlow.Leaving?
    private let journal: FlowJournal
    private let caller: FlowPhone
    private let target: FlowPhone?
    private let sourceLocation: SourceLocation

    /// - Parameter leaving: `nil`: the flow goes to its end.
    init(
        _ flow: CallFlow,
        _ path: FlowPath,
        _ leaving: CallFlow.Leaving?,
        in lab: some Laboratory,
        _ sourceLocation: SourceLocation
    ) throws {
        self.flow = flow
        self.path = path
        self.leaving = leaving
        self.sourceLocation = sourceLocation
        let addresses = lab.addresses
        let journal = lab.records.journal
        self.journal = journal
        invite = path.invite(addresses)
        caller = try FlowPhone(
            .caller, at: path.callerAddress(addresses), port: Addresses.sipPort, flow.caller, journal)
        target = try flow.target.map { conduct in
            let (host, port) = path.targetAddress(addresses)
            return try FlowPhone(.target, at: host, port: port, conduct, journal)
        }
    }

    /// The call, until all telephones are quiet.
    func play() async throws {
        let folder = try TemporaryFolder()
        try await caller.run {
            guard let target else { return await talk(folder) }
            try await target.run { await talk(folder) }
        }
    }

    /// Checks what the server has written down of the only call.
    func checkRecord(_ records: RecordKeeper) async throws {
        let hasEnded = await eventually { !records.all.isEmpty }
        expect(hasEnded && records.all.count == 1, "\(records.all.count) calls have ended")
        guard let record = records.all.first else { return }
        let outcome = record.outcome?.rawValue ?? "none"
        guard let leaving else {
            expect(record.outcome == flow.outcome, "outcome \(outcome)")
            for milestone in flow.milestones { expect(journal.has(milestone), "“\(milestone)” is missing") }
            return
        }
        guard journal.has(.caller("sent ACK")) else {
            // Who leaves while the answer is on its way is before it or behind it.
            let early: CallRecord.Outcome = leaving.party == .caller ? .cancelled : .rejected
            return expect(record.outcome == early || record.outcome == flow.outcome, "outcome \(outcome)")
        }
        expect(record.outcome == flow.outcome, "outcome \(outcome)")
        // The server may have hung up meanwhile.
        let hasHungUp = leaving.callerIsKept || journal.has(.caller("got BYE")) || record.has("transferred")
        let hasHeard = record.has("bye-received") || hasHungUp
        expect(hasHeard, "the server has not got the BYE")
    }

    private func talk(_ folder: TemporaryFolder) async {
        let last = leaving ?? .caller(at: flow.end)
        journal.end(with: last)
        await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await caller.call(invite.request, to: invite.hop) }
            for cue in flow.cues { tasks.addTask { try await give(cue, folder) } }
            let hasCome = await journal.reaches(last.moment)
            expect(hasCome, "“\(last.moment)” has not come")
            await (last.party == .target ? target : caller)?.hangUp()
            if last.callerIsKept {
                let hasFailed = await journal.reaches(.server("transfer-failed"))
                expect(hasFailed && !journal.has(.caller("got BYE")), "the caller is not kept")
                await caller.hangUp()
            }
            let areQuiet = await eventually {
                let isTargetQuiet = await target?.isQuiet ?? true
                return await caller.isQuiet && isTargetQuiet
            }
            expect(areQuiet, "somebody is left in the call")
            for fault in target?.invite.map(path.faults(ofTargets:)) ?? [] { expect(false, fault) }
            expect(!journal.has(.caller("lost")) && !journal.has(.target("lost")), "somebody has not had a BYE")
            // What a telephone would still do is not waited for.
            tasks.cancelAll()
            while await tasks.nextResult() != nil {}
        }
    }

    private func give(_ cue: CallFlow.Cue, _ folder: TemporaryFolder) async throws {
        guard await journal.reaches(cue.moment) else { return }
        switch cue {
        case .say(let text, _, let moment): try await caller.say(folder.speech(text), until: moment)
        case .press(let digits, _): try await caller.press(digits)
        case .hold: try await caller.hold()
        }
    }

    private func expect(_ isRight: Bool, _ what: String) {
        guard !isRight else { return }
        let ending = leaving.map { "\($0)" } ?? "to its end"
        Issue.record("\(flow.name), \(ending): \(what): \(journal.lines)", sourceLocation: sourceLocation)
    }
}
