import SIP
import Testing
import Timing

/// Calls between two endpoints. Party 0 calls, party 1 is called.
enum Flow: String, CaseIterable, Sendable {
    case callerHangsUp, calleeHangsUp, callerCancels, calleeIsBusy, callerReinvites, calleeReinvites, bothHangUp,
        options

    func start(faults: Set<Network.Fault> = []) throws -> Network {
        let network = Network(faults: faults) { network, party, event in self.react(network, party, event) }
        let hop = Hop(transport: .udp, host: Network.hosts[1], port: 5_060)
        var request = Peer.outgoing(callID: "call@" + Network.hosts[0])
        request.requestURI = "sip:bob@" + Network.hosts[1]
        if self == .options {
            request.method = .options
            request.headers.set(.cSeq, "1 OPTIONS")
        }
        _ = network.with(0) { $0.send(request, to: hop, at: $1, into: &$2) }
        try network.run()
        return network
    }

    private func react(_ network: Network, _ party: Int, _ event: SIPEndpointEvent) {
        switch event {
        case .request(let id, let request, _):
            guard request.method == .invite else {
                network.answer(party, id, .ok)
                return
            }
            network.answer(party, id, .ringing)
            network.after(.seconds(1)) { network in
                if self != .callerCancels { network.answer(party, id, self == .calleeIsBusy ? .busyHere : .ok) }
            }
        case .dialogRequest(let id, _, _):
            network.answer(party, id, .ok)
        case .response(let id, let response, let dialog):
            respondTo(response, id, dialog, network, party)
        case .dialogEnded(let dialog, .noACK):
            network.send(party, .bye, dialog)
        case .acknowledged(let dialog, _):
            guard party == 1 else { return }
            if self == .calleeHangsUp || self == .bothHangUp { network.after(.seconds(1)) { $0.send(1, .bye, dialog) } }
            if self == .calleeReinvites { network.after(.seconds(1)) { $0.send(1, .invite, dialog) } }
        case .cancelled, .failed, .dialogEnded:
            break
        }
    }

    private func respondTo(
        _ response: SIPResponse,
        _ id: ClientTransactionID,
        _ dialog: DialogID?,
        _ network: Network,
        _ party: Int
    ) {
        guard let cSeq = try? response.headers.cSeq(), cSeq.method == .invite else { return }
        if !response.status.isFinal, self == .callerCancels {
            network.with(party) { $0.cancel(id, at: $1, into: &$2) }
        }
        guard let dialog, response.status.isFinal else { return }
        guard response.status.isSuccess else {
            // Refused because the ACK before it was lost.
            network.send(party, .bye, dialog)
            return
        }
        network.with(party) { $0.acknowledge(dialog, at: $1, into: &$2) }
        let isFirst = cSeq.number == 1 && party == 0
        switch self {
        case .callerHangsUp, .bothHangUp: network.after(.seconds(1)) { $0.send(0, .bye, dialog) }
        case .callerReinvites: network.after(.seconds(1)) { $0.send(0, isFirst ? .invite : .bye, dialog) }
        case .calleeReinvites where !isFirst: network.after(.seconds(1)) { $0.send(party, .bye, dialog) }
        default: break
        }
    }

    /// The last thing each party hears when nothing is lost.
    var ending: [String] {
        switch self {
        case .callerHangsUp, .callerReinvites: ["response 200", "ended by BYE"]
        case .calleeHangsUp, .calleeReinvites: ["ended by BYE", "response 200"]
        case .bothHangUp: ["ended by BYE", "ended by BYE"]
        case .callerCancels: ["response 487", "cancelled"]
        case .calleeIsBusy: ["response 486", "request INVITE"]
        case .options: ["response 200", "request OPTIONS"]
        }
    }
}

extension Network {
    func answer(_ party: Int, _ id: ServerTransactionID, _ status: StatusCode) {
        _ = with(party) { $0.respond(id, status, at: $1, into: &$2) }
    }

    func send(_ party: Int, _ method: SIPMethod, _ dialog: DialogID) {
        _ = with(party) { $0.send(method, in: dialog, at: $1, into: &$2) }
    }
}

@Suite("Two endpoints over a wire that loses and repeats")
struct LossyNetworkTests {
    @Test("Nothing lost: each side hears how it ends and forgets everything", arguments: Flow.allCases)
    func clean(_ flow: Flow) throws {
        let network = try flow.start()
        if flow != .bothHangUp { #expect(network.parties.map { $0.log.last } == flow.ending) }
        for party in network.parties { #expect(party.endpoint.counts == Peer.empty) }
        #expect(!network.parties.flatMap(\.log).contains { $0.hasPrefix("failed") || $0 == "lost" })
    }

    @Test("Any one message lost: retransmission heals it", arguments: Flow.allCases)
    func oneLost(_ flow: Flow) throws {
        let clean = try flow.start()
        for number in clean.sent.indices {
            let network = try flow.start(faults: [.drop(number)])
            check(network, against: clean, flow, "without \(clean.sent[number])")
        }
    }

    @Test("Any one message repeated: the repetition is absorbed", arguments: Flow.allCases)
    func oneRepeated(_ flow: Flow) throws {
        let clean = try flow.start()
        for number in clean.sent.indices {
            let network = try flow.start(faults: [.duplicate(number)])
            check(network, against: clean, flow, "twice \(clean.sent[number])")
        }
    }

    @Test("Two messages lost at once leave nothing behind", arguments: Flow.allCases)
    func twoLost(_ flow: Flow) throws {
        let clean = try flow.start()
        for first in clean.sent.indices {
            for second in first + 1..<clean.sent.count + 2 {
                let network = try flow.start(faults: [.drop(first), .drop(second)])
                for party in network.parties { #expect(party.endpoint.counts == Peer.empty) }
            }
        }
    }

    @Test("A peer that falls silent at any point leaves nothing behind", arguments: Flow.allCases)
    func silence(_ flow: Flow) throws {
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

    private func check(_ network: Network, against clean: Network, _ flow: Flow, _ fault: String) {
        for (party, expected) in zip(network.parties, clean.parties) {
            #expect(party.endpoint.counts == Peer.empty, "\(flow) \(fault)")
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
}
