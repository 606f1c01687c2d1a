import IMS
import SIP
import SIPTransport

/// Carries requests, answers and ACKs between the two dialogs of a call that we only signal for.
struct LegRelay: Sendable {
    let server: SIPApplicationServer
    let first: SIPLeg
    let second: SIPLeg
    /// Changes what goes from the second party to the first.
    let adaptation: (@Sendable (MessageContent) async -> MessageContent)?

    init(
        server: SIPApplicationServer,
        first: SIPLeg,
        second: SIPLeg,
        adaptation: (@Sendable (MessageContent) async -> MessageContent)? = nil
    ) {
        self.server = server
        self.first = first
        self.second = second
        self.adaptation = adaptation
    }

    func other(than leg: SIPLeg) -> SIPLeg { leg == first ? second : first }

    /// Relays a request inside the dialog and its final response. Does not hold up what comes next: an INVITE may
    /// take long, and a BYE overtakes it.
    func forward(_ incoming: InDialogRequest, from leg: SIPLeg) {
        let other = other(than: leg)
        server.spawn {
            let request = incoming.request
            let content = await adapted(request.headers, request.body, for: other)
            do {
                let response = try await other.request(request.method, content)
                let answer = await adapted(response.headers, response.body, for: leg)
                // An INVITE with an offer is acknowledged at once; without one, the ACK brings the answer.
                if request.method == .invite, response.status.isSuccess,
                    !request.body.isEmpty || response.body.isEmpty
                {
                    await other.acknowledge()
                }
                await incoming.respond(response.status, reason: response.reasonPhrase, answer)
            } catch TransactionFailure.timeout {
                await incoming.respond(.requestTimeout)
            } catch SIPLegError.offerPending {
                await incoming.respond(.requestPending)
            } catch {
                await incoming.respond(.serviceUnavailable)
            }
        }
    }

    /// Relays an ACK that brings an answer; others were made when the 2xx came.
    func forwardACK(_ ack: SIPRequest, from leg: SIPLeg) async {
        guard !ack.body.isEmpty else { return }
        let other = other(than: leg)
        await other.acknowledge(await adapted(ack.headers, ack.body, for: other))
    }

    private func adapted(_ headers: SIPHeaders, _ body: [UInt8], for receiver: SIPLeg) async -> MessageContent {
        let content = RouteingB2BUA.content(from: headers, body: body)
        guard let adaptation, receiver == first else { return content }
        return await adaptation(content)
    }

    /// One side is over: so is the other. A Reason goes along (RFC 3326).
    func end(_ end: DialogEnd, from leg: SIPLeg) async {
        var headers = SIPHeaders()
        if case .bye(let request) = end {
            headers = RouteingB2BUA.content(from: request.headers, body: []).headers
        } else {
            headers.append(.reason, "SIP;cause=408;text=\"The other side is gone\"")
        }
        await other(than: leg).hangUp(MessageContent(headers: headers))
    }
}
