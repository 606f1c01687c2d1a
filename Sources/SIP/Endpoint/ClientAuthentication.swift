import Timing

/// Challenges of peers that have given us an account (RFC 3261 §22.2, §22.3): a request is sent once more with
/// credentials, and its user sees one transaction.
extension SIPEndpoint {
    /// Sets what we are to a peer; an empty list takes it back.
    ///
    /// - Parameter host: Of the next hop, as a route or a URI names it. Nobody else is ever shown these credentials.
    public func setAccounts(_ accounts: [DigestClient.Account], of host: String) {
        digestClients[host.lowercasedASCII] = accounts.isEmpty ? nil : DigestClient(accounts: accounts)
    }

    /// Puts credentials into a request to a peer that has challenged us before (RFC 7616 §3.6).
    func authorize(_ request: inout SIPRequest, to destination: SIPDestination) {
        guard !digestClients.isEmpty, request.method != .cancel, case .hop(let hop) = destination,
            var client = digestClients[hop.host.lowercasedASCII]
        else { return }
        if client.authorize(&request, clientNonce: randomToken()) { digestClients[hop.host.lowercasedASCII] = client }
    }

    /// Sends a request again that was challenged.
    ///
    /// - Parameter challenged: Has ended then, and has given its name to the transaction that goes on.
    /// - Returns: `false` if the challenge is the final response.
    func answerChallenge(
        _ response: SIPResponse,
        of challenged: ClientTransaction,
        at now: MonotonicTime,
        into out: inout [Output]
    ) -> Bool {
        guard !digestClients.isEmpty,
            response.status == .unauthorized || response.status == .proxyAuthenticationRequired,
            !challenged.isCancelled, case .hop(let hop) = challenged.destination,
            var client = digestClients[hop.host.lowercasedASCII]
        else { return false }
        let answer = Result { () throws(DigestClient.Refusal) in
            try client.answer(
                response, to: challenged.request, attempts: challenged.attempts, clientNonce: randomToken())
        }
        switch answer {
        case .failure(.attemptsExhausted), .failure(.refused): client.forget()
        default: break
        }
        digestClients[hop.host.lowercasedASCII] = client
        guard case .success(var request) = answer, let number = nextSequence(after: challenged) else { return false }
        request.headers.removeAll(.via)
        request.headers.set(.cSeq, CSeq(number: number, method: request.method))

        removeEarlyDialogs(of: challenged, at: now, into: &out)
        let (id, dialog) = (challenged.id, challenged.isInDialog ? challenged.dialog : nil)
        challenged.step(asideAs: ClientTransactionID(rawValue: nextIdentifier()))
        clients[challenged.id] = challenged
        let next = open(
            request, challenged.destination, dialog: dialog, as: id, isAuthorized: true, at: now, into: &out)
        next.attempts = challenged.attempts + 1
        next.sessionTimer = challenged.sessionTimer
        next.isSessionRefresh = challenged.isSessionRefresh
        next.subscription = challenged.subscription
        if let subscription = challenged.subscription {
            subscriptions[subscription]?.request.headers.set(.cSeq, CSeq(number: number, method: .subscribe))
        }
        return true
    }

    /// The CSeq number of the second attempt (§22.2), which the dialog goes on from.
    private func nextSequence(after transaction: ClientTransaction) -> UInt32? {
        guard transaction.isInDialog else {
            return (try? transaction.request.headers.cSeq()).map { $0.number &+ 1 }
        }
        guard let usage = transaction.dialog.flatMap({ dialogs[$0] }) else { return nil }
        usage.dialog.localSequence &+= 1
        let number = usage.dialog.localSequence
        if transaction.request.method == .invite { usage.inviteSequence = number }
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
