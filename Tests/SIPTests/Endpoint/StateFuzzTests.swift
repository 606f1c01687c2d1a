import Foundation
import SIP
import Testing
import Timing

/// Random histories of one endpoint: what a peer sends, what the user does, how time passes, in any order.
///
/// `SIDETONE_STATE_SEQUENCES` sets how many; the default keeps a debug build to some seconds.
@Suite("Random histories leave nothing behind")
struct StateFuzzTests {
    @Test("Whatever happened: 64·T1 after the user has let go, no transaction, dialog or subscription is left")
    func randomHistories() {
        let count = ProcessInfo.processInfo.environment["SIDETONE_STATE_SEQUENCES"].flatMap { Int($0) } ?? 4_000
        var kinds: Set<String> = []
        for seed in 0..<count {
            var history = History(seed: UInt64(seed))
            history.run(steps: 24)
            kinds.formUnion(history.labels)
            history.letGo()
            let isEmpty = history.peer.endpoint.counts == Peer.empty
            guard isEmpty else {
                Issue.record("seed \(seed): \(history.peer.endpoint.counts), \(history.trace)")
                return
            }
        }
        // The histories reach what they are meant to reach.
        for kind in [
            "request INVITE", "acknowledged", "cancelled", "ended by BYE", "dialog request PRACK",
            "dialog request UPDATE", "dialog request INVITE", "response 183", "response 200", "notified",
            "ended without ACK", "failed timeout", "lost",
        ] {
            #expect(kinds.contains(kind), "no history reached: \(kind)")
        }
    }
}

private struct History {
    var peer: Peer
    private(set) var labels: Set<String> = []
    private(set) var trace: [String] = []
    private var random: SeededGenerator
    private var servers: [ServerTransactionID] = []
    private var clients: [ClientTransactionID] = []
    private var dialogs: [DialogID] = []
    private var reliable: [(SIPResponse, DialogID)] = []
    private var subscriptions: [SubscriptionID] = []
    /// What the endpoint has sent, for the peer to answer.
    private var requests: [SIPRequest] = []
    private var responses: [SIPResponse] = []
    /// Messages of the peer, to be repeated.
    private var sent: [String] = []

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        peer = Peer(transport: seed % 5 == 0 ? .tcp : .udp, seed: seed)
    }

    mutating func run(steps: Int) {
        for _ in 0..<steps {
            step()
            digest()
        }
    }

    /// What a user does that wants no more: refuses what waits, gives up what it asked for, forgets its dialogs.
    mutating func letGo() {
        for id in servers { _ = peer.respond(id, .serviceUnavailable) }
        for id in clients { peer.cancel(id) }
        for id in subscriptions { peer.endpoint.unsubscribe(id, at: peer.now, into: &peer.pending) }
        digest()
        // An answer to a CANCEL may still make a dialog; forget again when all is over.
        for _ in 0..<4 {
            for id in dialogs { peer.endpoint.discard(id, at: peer.now, into: &peer.pending) }
            digest()
            peer.advance(by: .seconds(40))
            digest()
        }
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[Int(random.next(upperBound: UInt64(elements.count)))]
    }

    private mutating func number(_ limit: UInt64) -> Int { Int(random.next(upperBound: limit)) }

    private mutating func step() {
        switch number(22) {
        case 0...1: receive(request("INVITE", toTag: nil))
        case 2: receive(request("INVITE", toTag: tag()))
        case 3...4: receive(request("ACK", toTag: tag()))
        case 5: receive(request("CANCEL", toTag: nil))
        case 6: receive(request("BYE", toTag: tag()))
        case 7: receive(request("UPDATE", toTag: tag()))
        case 8: receive(prack())
        case 9: if let again = pick(sent) { receive(again) }
        case 10: receive(request(pick(["OPTIONS", "MESSAGE", "NOTIFY", "INFO", "REFER"]) ?? "INFO", toTag: tag()))
        case 11...13: respond()
        case 14: call()
        case 15...17: answer()
        case 18: askInDialog()
        case 19: giveUp()
        case 20: subscribe()
        default:
            let delays: [Duration] = [
                .milliseconds(10), .milliseconds(500), .seconds(5), .seconds(33), .seconds(1_000),
            ]
            let delay = pick(delays) ?? .zero
            trace.append("\(delay)")
            peer.advance(by: delay)
        }
    }

    /// Takes note of what has come out.
    private mutating func digest() {
        for output in peer.take() {
            if let request = output.sent?.asRequest, request.method != .ack { requests.append(request) }
            if let response = output.sent?.asResponse { responses.append(response) }
            guard let event = output.event else { continue }
            labels.insert(event.label)
            switch event {
            case .request(let id, _, _): servers.append(id)
            case .dialogRequest(let id, _, _): servers.append(id)
            case .notified(_, let id, _): servers.append(id)
            case .response(_, let response, let dialog?):
                dialogs.append(dialog)
                if response.isReliableProvisional { reliable.append((response, dialog)) }
            default: break
            }
        }
    }

    // MARK: The peer

    private mutating func receive(_ text: String) {
        sent.append(text)
        trace.append(String(text.prefix { $0 != " " }))
        guard let message = try? SIPMessage(parsing: wire(text)) else { return }
        peer.receive(message)
    }

    private mutating func tag() -> String? {
        if number(3) == 0 { return "unknown" }
        return pick(dialogs)?.localTag ?? pick(responses).flatMap { (try? $0.headers.address(.to))?.tag }
    }

    private mutating func request(_ method: String, toTag: String?) -> String {
        let cSeq = 1 + number(4)
        let extras = [
            "Supported: 100rel, timer", "Supported: timer\nSession-Expires: 100;refresher=uas",
            "Session-Expires: 90;refresher=uac\nSupported: timer", "Allow: INVITE, UPDATE", "Subject: x",
            "Event: reg\nSubscription-State: active;expires=100",
            "Event: reg\nSubscription-State: terminated;reason=timeout",
        ]
        var text = Peer.invite(
            branch: "z9hG4bK\(number(6))", cSeq: cSeq, toTag: toTag, method: method, extra: pick(extras) ?? "")
        if let subscription = pick(subscriptions), method == "NOTIFY" {
            text = text.replacingOccurrences(of: "call@192.0.2.9", with: subscription.callID)
                .replacingOccurrences(of: "To: <sip:bob@example.com>", with: "To: <sip:bob@example.com>;tag=ours")
        }
        guard number(2) == 0 else { return text }
        return text.replacingOccurrences(
            of: "Content-Length: 0\n\n", with: "Content-Type: application/sdp\nContent-Length: 3\n\nv=0")
    }

    private mutating func prack() -> String {
        let provisional = responses.last { $0.isReliableProvisional }
        let tag = provisional.flatMap { (try? $0.headers.address(.to))?.tag }
        let rSeq = provisional.flatMap { try? $0.headers.rSeq() }?.number ?? 1
        let cSeq = provisional.flatMap { try? $0.headers.cSeq() }?.number ?? 1
        return Peer.invite(
            branch: "z9hG4bKp\(number(1_000))", cSeq: 5 + number(3), toTag: tag ?? "x", method: "PRACK",
            extra: "RAck: \(rSeq) \(cSeq) INVITE")
    }

    /// Responses of the peer to what the endpoint has sent, also in forks, twice and late.
    private mutating func answer() {
        guard let request = number(3) == 0 ? pick(requests) : requests.last else { return }
        let statuses: [StatusCode] = [
            .trying, .ringing, .sessionProgress, .ok, .ok, .busyHere, .callDoesNotExist, .requestPending,
            .requestTerminated, .sessionIntervalTooSmall,
        ]
        guard let status = pick(statuses),
            case .response(var response) = Peer.response(status, to: request, tag: pick(["bob", "bob", "fork"]))
        else { return }
        if !status.isFinal, number(2) == 0 {
            response.headers.append(.require, "100rel")
            response.headers.append(.rSeq, "\(1 + number(3))")
        }
        if number(3) == 0 { response.headers.append(.sessionExpires, "90;refresher=\(number(2) == 0 ? "uac" : "uas")") }
        if number(3) == 0 { response.headers.append(.expires, "60") }
        trace.append("\(status) to \(request.method)")
        peer.receive(.response(response))
    }

    // MARK: The user

    private mutating func respond() {
        let statuses: [StatusCode] = [.ringing, .sessionProgress, .ok, .ok, .busyHere, .accepted]
        guard let id = number(3) == 0 ? pick(servers) : servers.last, let status = pick(statuses) else { return }
        let content = number(2) == 0 ? MessageContent.empty : .description
        let isReliable = number(2) == 0
        trace.append("answer \(status)")
        _ = peer.endpoint.respond(id, status, content, reliably: isReliable, at: peer.now, into: &peer.pending)
        if let dialog = peer.endpoint.dialogOfServer(id) { dialogs.append(dialog) }
    }

    private mutating func call() {
        var invite = Peer.outgoing(callID: "ours\(number(4))@192.0.2.1")
        invite.headers.append(.supported, "100rel")
        let handling: SessionTimerHandling = number(2) == 0 ? .own : .carried
        trace.append("call")
        clients.append(
            peer.endpoint.send(invite, to: Peer.hop, sessionTimer: handling, at: peer.now, into: &peer.pending))
    }

    private mutating func askInDialog() {
        guard let dialog = pick(dialogs) else { return }
        if let (response, dialog) = pick(reliable), number(3) == 0 {
            trace.append("PRACK")
            _ = peer.endpoint.acknowledgeProvisional(response, in: dialog, at: peer.now, into: &peer.pending)
            return
        }
        let method = pick([SIPMethod.invite, .update, .info, .bye, .ack, .ack, .refer]) ?? .info
        trace.append("send \(method)")
        if method == .ack {
            peer.acknowledge(dialog)
        } else {
            let content = number(2) == 0 ? MessageContent.empty : .description
            if let id = peer.endpoint.send(method, in: dialog, content, at: peer.now, into: &peer.pending) {
                clients.append(id)
            }
        }
    }

    private mutating func giveUp() {
        guard let id = pick(clients) else { return }
        trace.append("give up")
        if number(2) == 0 { peer.cancel(id) } else { peer.transportFailed(id) }
    }

    private mutating func subscribe() {
        var request = Peer.outgoing(callID: "sub\(number(3))@192.0.2.1")
        request.method = .subscribe
        request.headers.set(.cSeq, "1 SUBSCRIBE")
        request.headers.append(.event, "reg")
        request.headers.append(.expires, "600")
        trace.append("subscribe")
        if let id = peer.endpoint.subscribe(request, to: Peer.hop, at: peer.now, into: &peer.pending) {
            subscriptions.append(id)
        }
    }
}
