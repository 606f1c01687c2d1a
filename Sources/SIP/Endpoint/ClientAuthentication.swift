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

    /// Takes the nonce that a peer wants next out of its 2xx (RFC 7616 §3.5).
    func noteNextNonce(_ response: SIPResponse, of transaction: ClientTransaction) {
        guard !digestClients.isEmpty, response.status.isSuccess, case .hop(let hop) = transaction.destination,
            var client = digestClients[hop.host.lowercasedASCII],
            let info = try? response.headers.authenticationInfo()
        else { return }
        // It has no realm: it is of the user agent server, whose realm the request's own credentials name.
        for credentials in (try? transaction.request.headers.authorizations()) ?? [] {
            credentials.realm.map { client.receive(info, realm: $0) }
        }
        digestClients[hop.host.lowercasedASCII] = client
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
        guard case .success(let request) = answer,
            let next = sendAgain(request, inPlaceOf: challenged, isAuthorized: true, at: now, into: &out)
        else { return false }
        next.attempts += 1
        return true
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
