import Timing

/// A response of ours as it goes out, with what it does to the dialog.
struct Answer {
    let status: StatusCode
    let bytes: [UInt8]
    let hasDescription: Bool
    /// Of a reliable provisional response.
    let rSeq: UInt32?
    let timer: SessionTimer?
}

extension SIPEndpoint {
    /// The dialog that a response made, or that the request came in.
    public func dialogOfServer(_ id: ServerTransactionID) -> DialogID? { servers[id]?.dialog }

    /// Whether a request has had no final response, and can still have one.
    public func awaitsResponse(_ id: ServerTransactionID) -> Bool {
        servers[id].map { $0.finalStatus == nil } ?? false
    }

    /// Answers a request. 101–199 and 2xx to an INVITE outside a dialog make the dialog. The last one of 101–199 to an
    /// INVITE is repeated every minute, so that no proxy gives up by timer C (RFC 3261 §13.3.1.1).
    ///
    /// - Parameters:
    ///   - reliably: Sends a provisional response to an INVITE until its PRACK comes, which the user gets as a
    ///     request inside the dialog (RFC 3262). The peer has to support `100rel`. What is said before that PRACK is
    ///     answered goes out after it, and so does a 2xx when the response carried a description.
    ///   - fork: Of an INVITE that was forked behind us: which fork answers. Each has a To tag, a dialog and a sequence
    ///     of reliable responses of its own (RFC 3261 §12.1). The first 2xx ends the early dialogs of the others.
    /// - Returns: `false`, and nothing is sent, if the transaction is gone or had its final response; if it is none of an
    ///   INVITE also for 408, since its client has stopped waiting by then, and for provisional responses but 100 (RFC
    ///   4320 §4).
    @discardableResult
    public func respond(
        _ id: ServerTransactionID,
        _ status: StatusCode,
        reason: String? = nil,
        _ content: MessageContent = .empty,
        reliably: Bool = false,
        fork: String? = nil,
        at now: MonotonicTime,
        into out: inout [Output]
    ) -> Bool {
        guard let transaction = servers[id] else { return false }
        return respond(
            transaction, status, reason: reason, content, reliably: reliably, fork: fork, at: now, into: &out)
    }

    @discardableResult
    func respond(
        _ transaction: ServerTransaction,
        _ status: StatusCode,
        reason: String? = nil,
        _ content: MessageContent = .empty,
        reliably: Bool = false,
        fork: String? = nil,
        at now: MonotonicTime,
        into out: inout [Output]
    ) -> Bool {
        guard transaction.finalStatus == nil else { return false }
        let isInvite = transaction.request.method == .invite
        guard isInvite || status == .trying || status.isFinal && status != .requestTimeout else { return false }
        if let fork, isInvite, transaction.mergeKey != nil { transaction.select(fork, newTag: randomToken()) }
        let isReliable = reliably && !status.isFinal && status > .trying && isInvite
        if holds(transaction, status, reason, content, reliably: isReliable) { return true }
        return send(transaction, status, reason, content, isReliable, at: now, into: &out)
    }

    /// Sends a response that nothing holds back.
    @discardableResult
    func send(
        _ transaction: ServerTransaction,
        _ status: StatusCode,
        _ reason: String?,
        _ content: MessageContent,
        _ isReliable: Bool,
        at now: MonotonicTime,
        into out: inout [Output]
    ) -> Bool {
        let answer = makeAnswer(status, reason, content, isReliable, for: transaction, at: now)
        if status.isFinal { transaction.finalStatus = status }
        var outputs: [ServerTransactionOutput] = []
        let accepted = transaction.machine.respond(status, answer.bytes, at: now, into: &outputs)
        let isInvite = transaction.request.method == .invite
        if accepted, isReliable || status.isSuccess { refreshTarget(by: transaction) }
        if accepted, isInvite {
            establishDialog(transaction, answer, at: now, into: &out)
            if !status.isFinal, status > .trying { keepAlive(transaction, isReliable, at: now) }
        }
        if status.isFinal { transaction.forgetRequest() }
        settle(transaction, outputs, at: now, into: &out)
        if accepted, !isInvite { finishDialogRequest(transaction, answer, at: now, into: &out) }
        return accepted
    }

    private func makeAnswer(
        _ status: StatusCode,
        _ reason: String?,
        _ content: MessageContent,
        _ isReliable: Bool,
        for transaction: ServerTransaction,
        at now: MonotonicTime
    ) -> Answer {
        var response = makeResponse(status, reason, content, for: transaction)
        var rSeq: UInt32?
        if isReliable {
            let last = transaction.dialog.flatMap { dialogs[$0]?.reliable.lastSequence }
            // RFC 3262 §3: the first one between 1 and 2³¹ − 1; the lower half leaves room to count.
            let next = last.map { $0 + 1 } ?? UInt32(1 + identifiers.next(upperBound: UInt64(1) << 30))
            rSeq = next
            response.headers.append(.require, "100rel")
            response.headers.append(.rSeq, String(next))
        }
        let timer = answerSessionTimer(of: transaction, &response.headers, status, content, at: now)
        return Answer(
            status: status,
            bytes: response.serialized(),
            hasDescription: response.hasDescription,
            rSeq: rSeq,
            timer: timer
        )
    }

    private func makeResponse(
        _ status: StatusCode,
        _ reason: String?,
        _ content: MessageContent,
        for transaction: ServerTransaction
    ) -> SIPResponse {
        var response = SIPResponse(
            status,
            to: transaction.request,
            toTag: status == .trying ? nil : transaction.toTag
        )
        if let reason { response.reasonPhrase = reason }
        let method = transaction.request.method
        if method.makesDialog || method == .update, status > .trying, status.rawValue < 300 {
            if method.makesDialog { response.headers.copy(.recordRoute, from: transaction.request.headers) }
            if !content.headers.contains(.contact) {
                let source = transaction.source
                response.headers.append(
                    .contact,
                    configuration.contact(
                        for: source.transport, towards: source.address,
                        isSecure: transaction.request.wantsSecureContact(over: source.transport)))
            }
        }
        if status.isSuccess || status == .methodNotAllowed, !content.headers.contains(.allow) {
            response.headers.append(.allow, configuration.allow)
        }
        if !content.headers.contains(.server), status != .trying {
            response.headers.append(.server, configuration.product)
        }
        content.add(to: &response.headers)
        response.body = content.body
        return response
    }
}

extension SIPRequest {
    /// Whether the dialog that it makes is one of `sips` URIs to the user agent server (RFC 3261 §12.1.1): by its
    /// Request-URI, or by the topmost Record-Route or, without any, Contact. Only what came by TLS is asked for these.
    fileprivate func wantsSecureContact(over transport: TransportKind) -> Bool {
        if isToSecureURI { return true }
        guard transport == .tls else { return false }
        return headers.contains(.recordRoute) ? headers.beginsSecurely(.recordRoute) : headers.beginsSecurely(.contact)
    }

    /// Whether Contact of a request of ours has to be a `sips` URI (§8.1.1.8): by its Request-URI or the topmost Route.
    public var leavesSecurely: Bool { isToSecureURI || headers.beginsSecurely(.route) }

    private var isToSecureURI: Bool {
        requestURI.utf8.prefix(5).elementsEqual("sips:".utf8, by: { $0 | 0x20 == $1 | 0x20 })
    }
}

extension SIPHeaders {
    /// Whether the first value of a field is an address with a `sips` URI.
    fileprivate func beginsSecurely(_ name: HeaderName) -> Bool {
        contains(name) && (try? address(name))?.uri.scheme == .sips
    }
}

extension MessageContent {
    /// Writes the fields and the Content-Type of the body.
    func add(to target: inout SIPHeaders) {
        target.copy(from: headers) { _ in true }
        if let contentType { target.set(.contentType, contentType) }
        target.set(.contentLength, String(body.count))
    }
}
