import Timing

/// Challenges of peers that have given us an account (RFC 3261 §22.2, §22.3): a request is sent once more with
/// credentials, and its user sees one transaction.
extension SIPEndpoint {
    /// Sets what we are to a peer; an empty list takes it back.
    ///
    /// - Parameter host: Of the next hop, as a route or a URI names it. Nobody else is ever shown these credentials.
    public mutating func setAccounts(_ accounts: [DigestClient.Account], of host: String) {
        digestClients[host.lowercasedASCII] = accounts.isEmpty ? nil : DigestClient(accounts: accounts)
    }

    /// Puts credentials into a request to a peer that has challenged us before (RFC 7616 §3.6).
    mutating func authorize(_ request: inout SIPRequest, to destination: SIPDestination) {
        guard !digestClients.isEmpty, request.method != .cancel, case .hop(let hop) = destination,
            var client = digestClients[hop.host.lowercasedASCII]
        else { return }
        if client.authorize(&request, clientNonce: randomToken()) { digestClients[hop.host.lowercasedASCII] = client }
    }

    /// Sends a request again that was challenged.
    ///
    /// - Returns: The transaction that the challenge has ended: its name is now that of the one which goes on. `nil` if
    ///   the challenge is the final response.
    mutating func answerChallenge(
        _ response: SIPResponse,
        of id: ClientTransactionID,
        at now: MonotonicTime,
        into out: inout [Output]
    ) -> ClientTransactionID? {
        guard !digestClients.isEmpty,
            response.status == .unauthorized || response.status == .proxyAuthenticationRequired,
            let challenged = clients[id], !challenged.isCancelled, case .hop(let hop) = challenged.destination,
            var client = digestClients[hop.host.lowercasedASCII]
        else { return nil }
        let answer = Result { () throws(DigestClient.Refusal) in
            try client.answer(
                response, to: challenged.request, attempts: challenged.attempts, clientNonce: randomToken())
        }
        switch answer {
        case .failure(.attemptsExhausted), .failure(.refused): client.forget()
        default: break
        }
        digestClients[hop.host.lowercasedASCII] = client
        guard case .success(var request) = answer, let number = nextSequence(after: challenged) else { return nil }
        request.headers.removeAll(.via)
        request.headers.set(.cSeq, CSeq(number: number, method: request.method))

        // What is left of the first attempt acknowledges a challenge that comes again, and no more.
        removeEarlyDialogs(of: challenged, at: now, into: &out)
        var rest = challenged
        rest.earlyDialogs = []
        rest.dialog = nil
        rest.wake = nil
        let ended = ClientTransactionID(rawValue: nextIdentifier())
        clients[ended] = rest
        clientKeys[rest.key] = ended
        scheduleClient(ended)

        _ = open(
            request, challenged.destination, dialog: challenged.isInDialog ? challenged.dialog : nil, as: id,
            isAuthorized: true, at: now, into: &out)
        clients[id]?.attempts = challenged.attempts + 1
        clients[id]?.sessionTimer = challenged.sessionTimer
        clients[id]?.isSessionRefresh = challenged.isSessionRefresh
        clients[id]?.subscription = challenged.subscription
        if let subscription = challenged.subscription {
            subscriptions[subscription]?.request.headers.set(.cSeq, CSeq(number: number, method: .subscribe))
        }
        return ended
    }

    /// The CSeq number of the second attempt (§22.2), which the dialog goes on from.
    private mutating func nextSequence(after transaction: ClientTransaction) -> UInt32? {
        guard transaction.isInDialog else {
            return (try? transaction.request.headers.cSeq()).map { $0.number &+ 1 }
        }
        guard let id = transaction.dialog, var usage = dialogs[id] else { return nil }
        usage.dialog.localSequence &+= 1
        let number = usage.dialog.localSequence
        if transaction.request.method == .invite { usage.inviteSequence = number }
        dialogs[id] = usage
        return number
    }
}

extension SIPRequest {
    /// The credentials of an INVITE, which the ACK of its 2xx repeats (RFC 3261 §22.1).
    var credentials: SIPHeaders {
        var fields = SIPHeaders()
        fields.copy(.authorization, from: headers)
        fields.copy(.proxyAuthorization, from: headers)
        return fields
    }
}
