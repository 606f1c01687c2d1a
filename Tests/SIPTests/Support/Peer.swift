import SIP
import Timing

/// One endpoint under test, with messages of a peer written by hand and a clock that the test moves.
struct Peer {
    static let source = SIPSource(
        transport: .udp,
        address: "192.0.2.9",
        port: 5_070,
        flow: FlowID(rawValue: 1)
    )
    static let hop = Hop(transport: .udp, host: "192.0.2.9", port: 5_060)
    static let empty = SIPEndpointCounts(serverTransactions: 0, clientTransactions: 0, dialogs: 0)

    let endpoint: SIPEndpoint
    var now = MonotonicTime.zero
    /// What has come out since the last ``take()``.
    var pending: [SIPEndpoint.Output] = []
    let source: SIPSource

    init(transport: TransportKind = .udp, seed: UInt64 = 1) {
        var source = Self.source
        source.transport = transport
        self.source = source
        endpoint = SIPEndpoint(
            configuration: SIPEndpointConfiguration(
                localAddresses: [
                    .udp: HostPort(host: "192.0.2.1", port: 5_060), .tcp: HostPort(host: "192.0.2.1", port: 5_060),
                ]
            ),
            identifiers: SeededGenerator(seed: seed)
        )
    }

    /// Servers that a forwarded request may still go to when one has not served it.
    var otherServers = 0

    /// What has come out since the last call.
    mutating func take() -> [SIPEndpoint.Output] {
        var taken: [SIPEndpoint.Output] = []
        while !pending.isEmpty {
            let outputs = pending
            pending = []
            for output in outputs {
                guard case .event(.unserved(let copy)) = output else {
                    taken.append(output)
                    continue
                }
                if otherServers > 0 {
                    otherServers -= 1
                    endpoint.forwardAgain(copy, at: now, into: &pending)
                } else {
                    endpoint.concludeForward(copy, at: now, into: &pending)
                }
            }
        }
        return taken
    }

    mutating func receive(_ text: String) throws {
        endpoint.receive(try SIPMessage(parsing: wire(text)), from: source, at: now, into: &pending)
    }

    mutating func receive(_ message: SIPMessage) {
        endpoint.receive(message, from: source, at: now, into: &pending)
    }

    mutating func respond(_ id: ServerTransactionID, _ status: StatusCode) -> Bool {
        endpoint.respond(id, status, at: now, into: &pending)
    }

    mutating func send(_ request: SIPRequest) -> ClientTransactionID {
        endpoint.send(
            request, to: Hop(transport: source.transport, host: "192.0.2.9", port: 5_060), at: now, into: &pending)
    }

    mutating func send(_ method: SIPMethod, in id: DialogID) -> ClientTransactionID? {
        endpoint.send(method, in: id, at: now, into: &pending)
    }

    mutating func cancel(_ id: ClientTransactionID) { endpoint.cancel(id, at: now, into: &pending) }
    mutating func acknowledge(_ id: DialogID) { endpoint.acknowledge(id, at: now, into: &pending) }
    mutating func transportFailed(_ id: ClientTransactionID) { endpoint.transportFailed(id, at: now, into: &pending) }

    /// Lets time pass, every deadline at its instant.
    mutating func advance(by duration: Duration) {
        let end = now + duration
        while let due = endpoint.nextTimeout, due <= end {
            now = max(now, due)
            endpoint.handleTimeout(at: now, into: &pending)
        }
        now = end
    }

    /// 64·T1 and what a transaction may add behind it.
    mutating func settle() { advance(by: .seconds(100)) }

    // MARK: Messages of the peer

    static func invite(
        branch: String = "z9hG4bKa",
        cSeq: Int = 1,
        toTag: String? = nil,
        method: String = "INVITE",
        cSeqMethod: String? = nil,
        extra: String = ""
    ) -> String {
        """
        \(method) sip:bob@192.0.2.1 SIP/2.0
        Via: SIP/2.0/UDP 192.0.2.9:5060;branch=\(branch)
        Max-Forwards: 70
        From: <sip:alice@example.com>;tag=alice
        To: <sip:bob@example.com>\(toTag.map { ";tag=" + $0 } ?? "")
        Call-ID: call@192.0.2.9
        CSeq: \(cSeq) \(cSeqMethod ?? method)
        Contact: <sip:alice@192.0.2.9:5060>\(extra.isEmpty ? "" : "\n" + extra)
        Content-Length: 0


        """
    }

    /// Our INVITE.
    static func outgoing(callID: String = "ours@192.0.2.1") -> SIPRequest {
        var request = SIPRequest(method: .invite, requestURI: "sip:bob@192.0.2.9")
        request.headers.append(.maxForwards, "70")
        request.headers.append(.from, "<sip:alice@example.com>;tag=ours")
        request.headers.append(.to, "<sip:bob@example.com>")
        request.headers.append(.callID, callID)
        request.headers.append(.cSeq, "1 INVITE")
        request.headers.append(.contact, "<sip:alice@192.0.2.1:5060>")
        return request
    }

    /// The peer's response to a request of ours.
    static func response(
        _ status: StatusCode,
        to request: SIPRequest,
        tag: String? = "bob",
        contact: String? = "<sip:bob@192.0.2.9:5060>"
    ) -> SIPMessage {
        var response = SIPResponse(status, to: request, toTag: tag)
        if let contact { response.headers.append(.contact, contact) }
        return .response(response)
    }
}
