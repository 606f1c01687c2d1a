import SIP
import Testing
import Timing

@Suite("Two endpoints over a wire that loses and repeats")
struct LossyNetworkTests {
    @Test("Nothing lost: each side hears how it ends and forgets everything", arguments: CallFlow.allCases)
    func clean(_ flow: CallFlow) throws {
        let network = try flow.start()
        if flow != .bothHangUp { #expect(network.parties.map { $0.log.last } == flow.ending) }
        for party in network.parties { #expect(party.endpoint.counts == Peer.empty) }
        #expect(!network.parties.flatMap(\.log).contains { $0.hasPrefix("failed") || $0 == "lost" })
    }

    @Test("Any one message lost: retransmission heals it", arguments: CallFlow.allCases)
    func oneLost(_ flow: CallFlow) throws {
        let clean = try flow.start()
        for number in clean.sent.indices {
            let network = try flow.start(faults: [.drop(number)])
            check(network, against: clean, flow, "without \(clean.sent[number])")
        }
    }

    @Test("Any one message repeated: the repetition is absorbed", arguments: CallFlow.allCases)
    func oneRepeated(_ flow: CallFlow) throws {
        let clean = try flow.start()
        for number in clean.sent.indices {
            let network = try flow.start(faults: [.duplicate(number)])
            check(network, against: clean, flow, "twice \(clean.sent[number])")
        }
    }

    @Test("Any one message late, behind what was sent after it", arguments: CallFlow.allCases)
    func oneLate(_ flow: CallFlow) throws {
        let clean = try flow.start()
        for number in clean.sent.indices {
            let network = try flow.start(faults: [.delay(number)])
            check(network, against: clean, flow, "late \(clean.sent[number])")
        }
    }

    @Test("Any two messages lost, repeated or late leave nothing behind", arguments: CallFlow.allCases)
    func twoFaults(_ flow: CallFlow) throws {
        let count = try flow.start().sent.count + 2
        let kinds: [(Int) -> Network.Fault] = [{ .drop($0) }, { .duplicate($0) }, { .delay($0) }]
        for first in 0..<count {
            for second in first + 1..<count {
                for one in kinds {
                    for other in kinds {
                        let faults: Set = [one(first), other(second)]
                        let network = try flow.start(faults: faults)
                        for party in network.parties {
                            #expect(party.endpoint.counts == Peer.empty, "\(flow) \(faults): \(network.sent)")
                        }
                        #expect(isEnded(network, flow), "\(flow) \(faults): \(network.parties.map(\.log))")
                    }
                }
            }
        }
    }

    @Test("A peer that falls silent at any point leaves nothing behind", arguments: CallFlow.allCases)
    func silence(_ flow: CallFlow) throws {
        let clean = try flow.start()
        for number in 1..<clean.sent.count {
            let network = try flow.start(faults: Set((number..<number + 400).map { .drop($0) }))
            let pending = network.parties.map { $0.endpoint.counts.dialogs }
            // A confirmed dialog that nobody uses stays: ending it is the user's part.
            for (party, dialogs) in zip(network.parties, pending) where dialogs == 0 {
                let rings = party.log.last == "request INVITE" || party.log.last == "response 180"
                if !rings { #expect(party.endpoint.counts == Peer.empty, "\(flow) silent from \(clean.sent[number])") }
            }
        }
    }

    private func check(_ network: Network, against clean: Network, _ flow: CallFlow, _ fault: String) {
        for (party, expected) in zip(network.parties, clean.parties) {
            #expect(party.endpoint.counts == Peer.empty, "\(flow) \(fault): \(network.sent)")
            // Provisional responses are not repeated, and a 481 may stand for a BYE whose 200 was lost.
            let ignored = ["response 180", "response 100"]
            let heard = Set(party.log.filter { !ignored.contains($0) })
            let due = Set(expected.log.filter { !ignored.contains($0) })
            if flow != .bothHangUp {
                #expect(heard == due, "\(flow) \(fault): \(network.sent)")
            }
            let requests = party.log.filter { $0 == "request INVITE" || $0 == "cancelled" }
            #expect(requests.count == Set(requests).count, "\(flow) \(fault): delivered twice")
        }
    }

    /// Whether the flow came to the end that it has when nothing is lost: both sides know of the answer, the refusal or
    /// the CANCEL, and a call that was answered is over on both.
    private func isEnded(_ network: Network, _ flow: CallFlow) -> Bool {
        let caller = network.parties[0].log
        let callee = network.parties[1].log
        switch flow {
        case .options: return caller.contains("response 200")
        case .calleeIsBusy: return caller.contains("response 486")
        case .callerCancels, .cancelWhileReliable:
            return caller.contains("response 487") && callee.contains("cancelled")
        default:
            let isAnswered = caller.contains("response 200")
            let isOver = { (log: [String]) in
                log.contains("ended by BYE") || log.contains("lost") || log.last == "response 200"
                    || log.last == "response 481"
            }
            return isAnswered && isOver(caller) && isOver(callee)
        }
    }
}
