import SIP
import Timing

/// Calls between two endpoints. Party 0 calls, party 1 is called.
enum CallFlow: String, CaseIterable, Sendable {
    case callerHangsUp, calleeHangsUp, bothHangUp, callerCancels, calleeIsBusy, options
    case callerReinvites, calleeReinvites, calleeRefusesReinvite
    /// 180 with PRACK.
    case reliableRinging
    /// The answer in a reliable 183.
    case reliableAnswer
    /// The answer in a reliable 183, then an offer of the caller by UPDATE before the 200, as preconditions have it.
    case earlyUpdate
    /// CANCEL while a reliable 183 waits for its PRACK.
    case cancelWhileReliable
    /// The offer in the 200, the answer in the ACK.
    case delayedOffer
    /// The offer in a reliable 183, the answer in the PRACK.
    case delayedOfferReliably
    case callerUpdates, calleeUpdates
    /// 90 s between refreshes, for 100 s.
    case sessionRefresh
    /// REFER of the callee, its 202 and two NOTIFYs.
    case refer

    func start(faults: Set<Network.Fault> = []) throws -> Network {
        let network = Network(faults: faults) { network, party, event in self.react(network, party, event) }
        let hop = Hop(transport: .udp, host: Network.hosts[1], port: 5_060)
        var request = Peer.outgoing(callID: "call@" + Network.hosts[0])
        request.requestURI = "sip:bob@" + Network.hosts[1]
        request.headers.append(.allow, "INVITE, ACK, CANCEL, BYE, UPDATE, PRACK")
        if self == .options {
            request.method = .options
            request.headers.set(.cSeq, "1 OPTIONS")
        } else {
            request.headers.append(.supported, "100rel")
        }
        if !isDelayed, self != .options {
            request.headers.append(.contentType, "application/sdp")
            request.body = MessageContent.description.body
        }
        let timer: SessionTimerHandling = self == .sessionRefresh ? .own : .carried
        _ = network.with(0) { $0.send(request, to: hop, sessionTimer: timer, at: $1, into: &$2) }
        try network.run()
        return network
    }

    private var isDelayed: Bool { self == .delayedOffer || self == .delayedOfferReliably }

    private func react(_ network: Network, _ party: Int, _ event: SIPEndpointEvent) {
        switch event {
        case .request(let id, let request, _):
            guard request.method == .invite else {
                network.answer(party, id, .ok)
                return
            }
            invited(network, id)
        case .dialogRequest(let id, let dialog, let request):
            answerInDialog(network, party, id, dialog, request)
        case .response(let id, let response, let dialog):
            respondTo(response, id, dialog, network, party)
        case .dialogEnded(let dialog, .noACK):
            network.send(party, .bye, dialog)
        case .acknowledged(let dialog, _):
            guard party == 1 else { return }
            switch self {
            case .calleeHangsUp, .bothHangUp: network.after(.seconds(1)) { $0.send(1, .bye, dialog) }
            case .calleeReinvites: network.after(.seconds(1)) { $0.send(1, .invite, dialog, .description) }
            case .calleeUpdates: network.after(.seconds(1)) { $0.send(1, .update, dialog, .description) }
            case .refer: network.after(.seconds(1)) { $0.send(1, .refer, dialog) }
            default: break
            }
        case .cancelled, .failed, .forwarded, .unserved, .dialogEnded, .notified, .subscriptionEnded,
            .sessionRefreshDue:
            break
        }
    }

    private func invited(_ network: Network, _ id: ServerTransactionID) {
        switch self {
        case .reliableRinging:
            network.answer(1, id, .ringing, reliably: true)
        case .reliableAnswer, .earlyUpdate, .delayedOfferReliably, .cancelWhileReliable:
            network.answer(1, id, .sessionProgress, .description, reliably: true)
        default:
            network.answer(1, id, .ringing)
        }
        switch self {
        case .callerCancels, .cancelWhileReliable, .earlyUpdate: break
        case .calleeIsBusy: network.after(.seconds(1)) { $0.answer(1, id, .busyHere) }
        case .reliableAnswer, .delayedOfferReliably: network.after(.seconds(1)) { $0.answer(1, id, .ok) }
        default: network.after(.seconds(1)) { $0.answer(1, id, .ok, .description) }
        }
    }

    private func answerInDialog(
        _ network: Network,
        _ party: Int,
        _ id: ServerTransactionID,
        _ dialog: DialogID,
        _ request: SIPRequest
    ) {
        switch request.method {
        case .invite where self == .calleeRefusesReinvite:
            network.answer(party, id, .notAcceptableHere)
        case .refer:
            network.answer(party, id, .accepted)
            network.after(.seconds(1)) { $0.send(party, .notify, dialog) }
        case .notify:
            network.answer(party, id, .ok)
            network.after(.seconds(1)) { $0.send(party, .bye, dialog) }
        case .update:
            network.answer(party, id, .ok, request.body.isEmpty ? .empty : .description)
            if self == .earlyUpdate, let invite = network.parties[1].invite {
                network.after(.seconds(1)) { $0.answer(1, invite, .ok) }
            }
            if self == .callerUpdates { network.after(.seconds(1)) { $0.send(party, .bye, dialog) } }
        default:
            network.answer(party, id, .ok, request.method == .invite ? .description : .empty)
        }
    }

    private func respondTo(
        _ response: SIPResponse,
        _ id: ClientTransactionID,
        _ dialog: DialogID?,
        _ network: Network,
        _ party: Int
    ) {
        guard let cSeq = try? response.headers.cSeq() else { return }
        if cSeq.method == .prack, response.status.isSuccess, self == .earlyUpdate, let dialog {
            network.after(.milliseconds(100)) { $0.send(0, .update, dialog, .description) }
        }
        if cSeq.method == .update, self == .calleeUpdates, let dialog {
            network.after(.seconds(1)) { $0.send(party, .bye, dialog) }
        }
        guard cSeq.method == .invite else { return }
        if !response.status.isFinal {
            if self == .callerCancels || self == .cancelWhileReliable {
                network.with(party) { $0.cancel(id, at: $1, into: &$2) }
            } else if let dialog, response.isReliableProvisional {
                let content = self == .delayedOfferReliably ? MessageContent.description : .empty
                _ = network.with(party) {
                    $0.acknowledgeProvisional(response, in: dialog, content, at: $1, into: &$2)
                }
            }
        }
        guard let dialog, response.status.isFinal else { return }
        guard response.status.isSuccess else {
            network.after(.seconds(1)) { $0.send(party, .bye, dialog) }
            return
        }
        let content = self == .delayedOffer ? MessageContent.description : .empty
        network.with(party) { $0.acknowledge(dialog, content, at: $1, into: &$2) }
        let isFirst = cSeq.number == 1 && party == 0
        switch self {
        case .calleeHangsUp, .calleeUpdates, .refer:
            break
        case .callerReinvites, .calleeRefusesReinvite:
            network.after(.seconds(1)) { $0.send(0, isFirst ? .invite : .bye, dialog, isFirst ? .description : .empty) }
        case .calleeReinvites:
            if !isFirst { network.after(.seconds(1)) { $0.send(party, .bye, dialog) } }
        case .callerUpdates:
            network.after(.seconds(1)) { $0.send(0, .update, dialog, .description) }
        case .sessionRefresh:
            network.after(.seconds(100)) { $0.send(0, .bye, dialog) }
        default:
            network.after(.seconds(1)) { $0.send(0, .bye, dialog) }
        }
    }

    /// The last thing each party hears when nothing is lost.
    var ending: [String] {
        switch self {
        case .calleeHangsUp, .calleeReinvites, .calleeUpdates: ["ended by BYE", "response 200"]
        case .callerUpdates: ["ended by BYE", "response 200"]
        case .refer: ["ended by BYE", "response 200"]
        case .bothHangUp: ["ended by BYE", "ended by BYE"]
        case .callerCancels, .cancelWhileReliable: ["response 487", "cancelled"]
        case .calleeIsBusy: ["response 486", "request INVITE"]
        case .options: ["response 200", "request OPTIONS"]
        default: ["response 200", "ended by BYE"]
        }
    }
}

extension Network {
    func answer(
        _ party: Int,
        _ id: ServerTransactionID,
        _ status: StatusCode,
        _ content: MessageContent = .empty,
        reliably: Bool = false
    ) {
        _ = with(party) { $0.respond(id, status, content, reliably: reliably, at: $1, into: &$2) }
    }

    func send(_ party: Int, _ method: SIPMethod, _ dialog: DialogID, _ content: MessageContent = .empty) {
        _ = with(party) { $0.send(method, in: dialog, content, at: $1, into: &$2) }
    }
}
