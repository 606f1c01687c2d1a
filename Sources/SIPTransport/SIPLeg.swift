import SIP

/// What happens on a leg, in order. The stream of a leg ends when the leg does.
///
/// Indirect, so that it is one word in queues and in the frames of those who follow a leg, which live as long as the call.
public indirect enum SIPLegEvent: Sendable {
    /// 1xx to our INVITE. One that ``SIP/SIPResponse/isReliableProvisional`` wants
    /// ``SIPLeg/acknowledgeProvisional(_:_:)``.
    case provisional(SIPResponse)
    /// 2xx to our INVITE: answer with ``SIPLeg/acknowledge(_:)``.
    case answered(SIPResponse)
    /// 3xx–6xx to our INVITE.
    case rejected(SIPResponse)
    /// No final response to our INVITE.
    case failed(TransactionFailure)
    /// The caller gave up before the answer.
    case cancelled(SIPRequest)
    /// The ACK of our 2xx.
    case acknowledged(SIPRequest)
    /// A request inside the dialog that wants an answer.
    case request(InDialogRequest)
    /// The session has to be refreshed by a re-INVITE with the description that stands; a peer that takes UPDATE is
    /// refreshed without anybody's doing (RFC 4028 §7.4).
    case sessionRefreshDue
    /// The dialog is over.
    case ended(DialogEnd)
}

public enum SIPLegError: Error, Sendable {
    /// The leg has no dialog, or the dialog's next hop names no transport we have.
    case noDialog
    /// An offer is open in the dialog, ours or the peer's (RFC 3264 §4, RFC 3311 §5.1).
    case offerPending
    /// The request that was to be passed on has had its final response meanwhile: its sender has cancelled it.
    case cancelled
}

/// One side of a call: an INVITE with the dialog it makes.
///
/// State is kept by the ``SIPStack`` and touched on its event loop only, which is what makes the class safe to
/// send; the methods hop there.
public final class SIPLeg: @unchecked Sendable, Hashable {
    enum Role: Sendable {
        case server(ServerTransactionID)
        case client(ClientTransactionID)
    }

    public let stack: SIPStack
    /// The INVITE that the leg began with: received, or sent (with its Call-ID and From tag).
    public let request: SIPRequest
    /// Ends with the leg. One consumer.
    public var events: SIPLegEvents { SIPLegEvents(queue: queue) }

    var role: Role
    private let queue = SIPLegEventQueue()
    /// The first early dialog until one is confirmed.
    var dialog: DialogID?
    /// Dialogs that forks have made and that are not confirmed.
    var earlyDialogs: Set<DialogID> = []
    /// As ``SIPLeg/relayPRACK()`` has it.
    var answersPRACK = true
    /// Of a leg that we call: its INVITE as sent last, and where to.
    var sentInvite: (request: SIPRequest, hop: Hop, sessionTimer: SessionTimerHandling)?
    /// How often that INVITE was sent because a server did not take it.
    var attempts = 1
    /// Times that its INVITE was refused with 422 and sent again.
    var intervalRefusals = 0
    /// We have sent or will send CANCEL: a 2xx that crosses it is hung up.
    var isAbandoned = false
    /// The caller has sent CANCEL in time.
    var isCancelled = false

    init(stack: SIPStack, role: Role, request: SIPRequest) {
        self.stack = stack
        self.role = role
        self.request = request
    }

    public static func == (left: SIPLeg, right: SIPLeg) -> Bool { left === right }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }

    /// Ends the loop over ``events`` that is under way, or else the next one at its start; a later one goes on.
    public func interruptEvents() { queue.interrupt() }

    var serverTransaction: ServerTransactionID? {
        if case .server(let id) = role { id } else { nil }
    }

    func emit(_ event: SIPLegEvent) { queue.append(event) }
    func finish() { queue.finish() }

    // MARK: As server

    /// Answers the INVITE.
    ///
    /// - Parameters:
    ///   - reliably: Sends a provisional response until its PRACK comes; only to a caller that
    ///     ``supportsReliableProvisionals``. What follows waits for that PRACK where RFC 3262 §3 says so.
    ///   - fork: Which of several parties answers, each in an early dialog of its own.
    /// - Returns: `false` if it had its final response before, or was cancelled; nothing is sent then.
    @discardableResult
    public func respond(
        _ status: StatusCode,
        reason: String? = nil,
        _ content: MessageContent = .empty,
        reliably: Bool = false,
        fork: String? = nil
    ) async -> Bool {
        await stack.respond(on: self, status, reason: reason, content, reliably: reliably, fork: fork)
    }

    /// Whether the INVITE supports or requires `100rel` (RFC 3262 §3).
    public var supportsReliableProvisionals: Bool {
        request.headers.lists("100rel", in: .supported) || requiresReliableProvisionals
    }

    /// Whether every provisional response but 100 has to be sent reliably.
    public var requiresReliableProvisionals: Bool { request.headers.lists("100rel", in: .require) }

    /// Every PRACK comes as ``SIPLegEvent/request(_:)`` from now on. Otherwise one without a body is answered by the
    /// stack.
    public func relayPRACK() async { await stack.relayPRACK(on: self) }

    /// Whether the caller gave up before the answer, also if nobody has read ``SIPLegEvent/cancelled(_:)`` yet.
    public var wasCancelled: Bool {
        get async { await stack.wasCancelled(self) }
    }

    /// Waits until the leg is over, and leaves its events to others; comes back at once for a task that is cancelled.
    /// Before the answer a leg ends when its caller gives up.
    public func untilOver(isolation: isolated (any Actor)? = #isolation) async {
        await queue.untilFinished(isolation: isolation)
    }

    /// Whether the caller waits for our final response.
    public var awaitsAnswer: Bool {
        get async { await stack.awaitsAnswer(self) }
    }

    // MARK: As client

    /// Gives up the call before its answer.
    ///
    /// - Parameter reasons: Values of Reason (RFC 3326): without the one of a call that was answered elsewhere, a telephone
    ///   shows a missed call.
    public func cancel(reasons: [String] = []) async { await stack.cancel(self, reasons: reasons) }

    /// Gives up a call that nobody has answered with so much as 100 (Trying): it fails at once, with
    /// ``TransactionFailure/timeout``. An answer that comes after all is acknowledged and hung up.
    public func abandon() async { await stack.abandon(self) }

    /// Sends the ACK of the 2xx to the latest INVITE of ours.
    public func acknowledge(_ content: MessageContent = .empty) async { await stack.acknowledge(self, content) }

    /// Sends the PRACK of a reliable provisional response and waits for its final response.
    ///
    /// - Throws: ``TransactionFailure``, ``SIPLegError``.
    public func acknowledgeProvisional(
        _ response: SIPResponse,
        _ content: MessageContent = .empty
    ) async throws -> SIPResponse {
        try await stack.acknowledgeProvisional(response, on: self, content)
    }

    // MARK: In the dialog

    /// Sends a request inside the dialog and waits for its final response. A 2xx to INVITE wants
    /// ``acknowledge(_:)`` next.
    ///
    /// - Parameters:
    ///   - fork: Whose early dialog, by the name that ``respond(_:reason:_:reliably:fork:)`` gave it, or by the To tag
    ///     of a party that we call; `nil`, or a fork that is gone: the leg's only dialog, or its first one.
    ///   - incoming: An INVITE of another leg that is passed on by this one: the CANCEL of that one cancels this one.
    ///   - caller: A leg that waits for our answer to its first INVITE: the same for that one.
    ///   - onSent: Gets the request's CSeq number before anything can have come of it.
    /// - Throws: ``TransactionFailure``, ``SIPLegError``.
    public func request(
        _ method: SIPMethod,
        _ content: MessageContent = .empty,
        fork: String? = nil,
        passingOn incoming: InDialogRequest? = nil,
        for caller: SIPLeg? = nil,
        onSent: (@Sendable (_ sequence: UInt32) -> Void)? = nil
    ) async throws -> SIPResponse {
        try await stack.request(
            method, on: self, content, fork: fork, passingOn: incoming?.transaction ?? caller?.serverTransaction, onSent
        )
    }

    /// As ``SIP/SIPEndpoint/setRequestFields(_:in:)``, for the dialog that the leg has now.
    public func setRequestFields(_ fields: SIPHeaders) async { await stack.setRequestFields(fields, on: self) }

    /// Ends the leg whatever its state: BYE in a confirmed dialog, CANCEL or 480 before. Its events end.
    public func hangUp(_ content: MessageContent = .empty) async { await stack.hangUp(self, content) }

    public var dialogID: DialogID? {
        get async { await stack.dialog(of: self) }
    }
}

extension SIPStack {
    func dialog(of leg: SIPLeg) -> DialogID? { leg.dialog }
    func setRequestFields(_ fields: SIPHeaders, on leg: SIPLeg) {
        if let dialog = leg.dialog { endpoint.setRequestFields(fields, in: dialog) }
    }
    func wasCancelled(_ leg: SIPLeg) -> Bool { leg.isCancelled }
    func awaitsAnswer(_ leg: SIPLeg) -> Bool { leg.serverTransaction.map { serverLegs[$0] != nil } ?? false }
}

/// A request inside a dialog. Answer it once; an answer that comes too late is not sent.
public struct InDialogRequest: Sendable {
    let stack: SIPStack
    let transaction: ServerTransactionID
    public let request: SIPRequest
    /// Whose early dialog it came in, as ``SIPLeg/request(_:_:fork:)`` has it; `nil` in a confirmed one.
    public var fork: String?

    public func respond(
        _ status: StatusCode,
        reason: String? = nil,
        _ content: MessageContent = .empty
    ) async {
        _ = await attemptResponse(status, reason: reason, content)
    }

    /// As ``respond(_:reason:_:)``.
    ///
    /// - Returns: `false` if it has had its final response, as an INVITE that was cancelled; nothing is sent then.
    public func attemptResponse(
        _ status: StatusCode,
        reason: String? = nil,
        _ content: MessageContent = .empty
    ) async -> Bool {
        await stack.respond(transaction, status, reason: reason, content)
    }
}
