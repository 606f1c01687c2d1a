import Timing

/// What identifies a server transaction (RFC 3261 §17.2.3).
struct ServerTransactionKey: Hashable, Sendable {
    /// The branch, or for peers before RFC 3261 the fields that stand in for it. Octets, because a peer chooses
    /// them: strings would compare after Unicode normalisation.
    let branch: [UInt8]
    let sentBy: String
    /// ACK and CANCEL are looked up under INVITE.
    let method: SIPMethod

    init(_ request: SIPRequest, via: Via, method: SIPMethod) {
        // The cookie alone identifies nothing (RFC 4475 §3.2.1).
        if let branch = via.branch, branch.utf8.count > Via.magicCookie.utf8.count,
            branch.utf8.starts(with: Via.magicCookie.utf8)
        {
            self.branch = Array(branch.utf8)
        } else {
            let sequence = (try? request.headers.cSeq().number).map(String.init) ?? ""
            let tag = (try? request.headers.address(.from))?.tag ?? ""
            branch = Array(
                [request.headers.first(.callID) ?? "", sequence, tag, via.branch ?? "", request.requestURI]
                    .joined(separator: "\u{1}").utf8
            )
        }
        sentBy = via.sentBy.description.lowercasedASCII
        self.method = method
    }
}

struct ServerTransaction: Sendable {
    enum Machine: Sendable {
        case invite(InviteServerTransaction)
        case other(NonInviteServerTransaction)
    }

    let key: ServerTransactionKey
    let request: SIPRequest
    let source: SIPSource
    /// Where responses go (RFC 3261 §18.2.2, RFC 3581 §4).
    let replyTo: SIPDestination
    /// The tag of all our responses (§8.2.6.2).
    let toTag: String
    var machine: Machine
    var dialog: DialogID?
    /// When the driver wakes this transaction.
    var wake: MonotonicTime?

    var nextTimeout: MonotonicTime? {
        switch machine {
        case .invite(let machine): machine.nextTimeout
        case .other(let machine): machine.nextTimeout
        }
    }

    var isPendingInvite: Bool {
        if case .invite(let machine) = machine { machine.isPending } else { false }
    }
}

extension SIPEndpoint {
    // MARK: Requests from the network

    mutating func receive(
        _ received: SIPRequest,
        from source: SIPSource,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        var request = received
        guard var via = try? request.headers.topVia() else {
            // Without a Via that can be read there is nobody to answer to but the sender of the datagram.
            guard request.method != .ack, request.headers.contains(.via) else { return }
            let response = SIPResponse(.badRequest, to: request, toTag: randomToken())
            out.append(.send(response.serialized(), .reply(source), transaction: nil))
            return
        }
        var amended = false
        // RFC 3581 §4: with rport, received is set whatever sent-by says.
        if via.parameters.contains("rport") {
            via.parameters["rport"] = String(source.port)
            via.parameters["received"] = source.address
            amended = true
        } else if !via.sentBy.host.equalsIgnoringCase(source.address) {
            via.parameters["received"] = source.address
            amended = true
        }
        if amended { request.headers.replaceTopValue(.via, with: via.description) }
        let replyTo = Self.replyDestination(via, source)

        if let error = Self.fault(in: request) {
            guard request.method != .ack else { return }
            let phrase =
                "\(error.responseStatus.reasonPhrase): \(error.field?.rawValue ?? "message") \(error.fault.text)"
            var response = SIPResponse(error.responseStatus, to: request, toTag: randomToken())
            response.reasonPhrase = phrase
            out.append(.send(response.serialized(), replyTo, transaction: nil))
            return
        }

        let isInviteRelated = request.method == .ack || request.method == .cancel || request.method == .invite
        let inviteKey = ServerTransactionKey(request, via: via, method: .invite)
        switch request.method {
        case .ack:
            receiveACK(request, key: inviteKey, at: now, into: &out)
            return
        case .cancel:
            let key = ServerTransactionKey(request, via: via, method: .cancel)
            if retransmission(of: key, into: &out) { return }
            receiveCancel(request, key: key, of: inviteKey, source, replyTo, at: now, into: &out)
            return
        default:
            break
        }
        let key = isInviteRelated ? inviteKey : ServerTransactionKey(request, via: via, method: request.method)
        if retransmission(of: key, into: &out) { return }
        let id = open(request, key: key, source, replyTo, toTag: randomToken(), at: now)
        dispatch(request, id, source, at: now, into: &out)
    }

    /// What makes a request unfit to be processed at all (RFC 3261 §8.1.1, §8.2).
    private static func fault(in request: SIPRequest) -> SIPParseError? {
        do throws(SIPParseError) {
            for field in [HeaderName.callID, .from, .to, .cSeq, .maxForwards] {
                guard request.headers.all(field).count <= 1 else { throw SIPParseError(.repeated, field: field) }
            }
            _ = try request.headers.callID()
            // A From without tag comes from peers before RFC 3261 (§12.1.1: the tag counts as empty).
            _ = try request.headers.address(.from)
            _ = try request.headers.address(.to)
            let cSeq = try request.headers.cSeq()
            guard cSeq.method == request.method else { throw SIPParseError(.mismatch, field: .cSeq) }
            _ = try request.headers.maxForwards()
            _ = try request.uri()
            if request.method == .invite {
                if request.headers.contains(.contact) { _ = try request.headers.address(.contact) }
                _ = try request.headers.addresses(.recordRoute)
            }
            return nil
        } catch {
            return error
        }
    }

    /// Responses go back on the flow; the address is used once that is gone.
    private static func replyDestination(_ via: Via, _ source: SIPSource) -> SIPDestination {
        var reply = source
        if !via.parameters.contains("rport") {
            reply.port = via.sentBy.port ?? source.transport.defaultPort
        }
        return .reply(reply)
    }

    private mutating func open(
        _ request: SIPRequest,
        key: ServerTransactionKey,
        _ source: SIPSource,
        _ replyTo: SIPDestination,
        toTag: String,
        at now: MonotonicTime
    ) -> ServerTransactionID {
        let id = ServerTransactionID(rawValue: nextIdentifier())
        let isReliable = source.transport.isReliable
        let machine: ServerTransaction.Machine =
            request.method == .invite
            ? .invite(InviteServerTransaction(isReliable: isReliable, timers: configuration.timers, at: now))
            : .other(NonInviteServerTransaction(isReliable: isReliable, timers: configuration.timers, at: now))
        let transaction = ServerTransaction(
            key: key,
            request: request,
            source: source,
            replyTo: replyTo,
            toTag: toTag,
            machine: machine,
            dialog: nil
        )
        servers[id] = transaction
        serverKeys[key] = id
        scheduleServer(id)
        return id
    }

    private mutating func retransmission(of key: ServerTransactionKey, into out: inout [Output]) -> Bool {
        guard let id = serverKeys[key], let transaction = servers[id] else { return false }
        switch transaction.machine {
        case .invite(let machine):
            var outputs: [InviteServerTransaction.Output] = []
            machine.receiveRetransmission(into: &outputs)
            for case .transmit(let bytes) in outputs {
                out.append(.send(bytes, transaction.replyTo, transaction: nil))
            }
        case .other(let machine):
            var outputs: [NonInviteServerTransaction.Output] = []
            machine.receiveRetransmission(into: &outputs)
            for case .transmit(let bytes) in outputs {
                out.append(.send(bytes, transaction.replyTo, transaction: nil))
            }
        }
        return true
    }

    private mutating func receiveACK(
        _ request: SIPRequest,
        key: ServerTransactionKey,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        if let id = serverKeys[key], var transaction = servers[id], case .invite(var machine) = transaction.machine {
            var outputs: [InviteServerTransaction.Output] = []
            machine.receiveACK(at: now, into: &outputs)
            transaction.machine = .invite(machine)
            servers[id] = transaction
            settle(id, outputs, at: now, into: &out)
        }
        acknowledge(request, into: &out)
    }

    private mutating func receiveCancel(
        _ request: SIPRequest,
        key: ServerTransactionKey,
        of inviteKey: ServerTransactionKey,
        _ source: SIPSource,
        _ replyTo: SIPDestination,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard let inviteID = serverKeys[inviteKey], let invite = servers[inviteID] else {
            let id = open(request, key: key, source, replyTo, toTag: randomToken(), at: now)
            respond(id, .callDoesNotExist, at: now, into: &out)
            return
        }
        // RFC 3261 §9.2: the same To tag as in the responses to the INVITE.
        let id = open(request, key: key, source, replyTo, toTag: invite.toTag, at: now)
        respond(id, .ok, at: now, into: &out)
        guard invite.isPendingInvite else { return }
        respond(inviteID, .requestTerminated, at: now, into: &out)
        out.append(.event(.cancelled(inviteID, request)))
    }

    // MARK: Responses of the transaction user

    /// The request of a transaction that still exists.
    public func request(of id: ServerTransactionID) -> SIPRequest? { servers[id]?.request }

    /// The dialog that a response made, or that the request came in.
    public func dialogOfServer(_ id: ServerTransactionID) -> DialogID? { servers[id]?.dialog }

    /// Answers a request. 101–199 and 2xx to an INVITE outside a dialog make the dialog.
    ///
    /// - Returns: `false`, and nothing is sent, if the transaction is gone or had its final response.
    @discardableResult
    public mutating func respond(
        _ id: ServerTransactionID,
        _ status: StatusCode,
        reason: String? = nil,
        _ content: MessageContent = .empty,
        at now: MonotonicTime,
        into out: inout [Output]
    ) -> Bool {
        guard var transaction = servers[id] else { return false }
        let response = makeResponse(status, reason, content, for: transaction)
        let bytes = response.serialized()
        let accepted: Bool
        switch transaction.machine {
        case .invite(var machine):
            var outputs: [InviteServerTransaction.Output] = []
            accepted = machine.respond(status, bytes, at: now, into: &outputs)
            transaction.machine = .invite(machine)
            if accepted {
                establishDialog(&transaction, id, status, bytes, at: now)
            }
            servers[id] = transaction
            settle(id, outputs, at: now, into: &out)
        case .other(var machine):
            var outputs: [NonInviteServerTransaction.Output] = []
            accepted = machine.respond(status, bytes, at: now, into: &outputs)
            transaction.machine = .other(machine)
            servers[id] = transaction
            settle(id, outputs, at: now, into: &out)
        }
        return accepted
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
        let isInvite = transaction.request.method == .invite
        if isInvite, status > .trying, status.rawValue < 300 {
            response.headers.copy(.recordRoute, from: transaction.request.headers)
            if !content.headers.contains(.contact) {
                response.headers.append(.contact, configuration.contact(for: transaction.source.transport))
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

    // MARK: Time

    mutating func scheduleServer(_ id: ServerTransactionID) {
        guard let due = servers[id]?.nextTimeout else { return }
        if let wake = servers[id]?.wake, wake <= due { return }
        servers[id]?.wake = due
        schedule(.server(id), at: due)
    }

    mutating func serverTimeout(
        _ id: ServerTransactionID,
        due: MonotonicTime,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard var transaction = servers[id], transaction.wake == due else { return }
        transaction.wake = nil
        servers[id] = transaction
        switch transaction.machine {
        case .invite(var machine):
            if machine.needsTrying(at: now) {
                respond(id, .trying, at: now, into: &out)
                return
            }
            var outputs: [InviteServerTransaction.Output] = []
            machine.handleTimeout(at: now, into: &outputs)
            transaction.machine = .invite(machine)
            servers[id] = transaction
            settle(id, outputs, at: now, into: &out)
        case .other(var machine):
            var outputs: [NonInviteServerTransaction.Output] = []
            machine.handleTimeout(at: now, into: &outputs)
            transaction.machine = .other(machine)
            servers[id] = transaction
            settle(id, outputs, at: now, into: &out)
        }
    }

    private mutating func settle(
        _ id: ServerTransactionID,
        _ outputs: [InviteServerTransaction.Output],
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard let transaction = servers[id] else { return }
        for output in outputs {
            switch output {
            case .transmit(let bytes): out.append(.send(bytes, transaction.replyTo, transaction: nil))
            case .terminated: remove(id)
            }
        }
        scheduleServer(id)
    }

    private mutating func settle(
        _ id: ServerTransactionID,
        _ outputs: [NonInviteServerTransaction.Output],
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard let transaction = servers[id] else { return }
        for output in outputs {
            switch output {
            case .transmit(let bytes): out.append(.send(bytes, transaction.replyTo, transaction: nil))
            case .terminated: remove(id)
            }
        }
        scheduleServer(id)
    }

    private mutating func remove(_ id: ServerTransactionID) {
        guard let transaction = servers.removeValue(forKey: id) else { return }
        serverKeys[transaction.key] = nil
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
