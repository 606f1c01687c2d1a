import Logging
import NIOCore
import NIOPosix
import SIP
import Timing

/// Takes what comes from outside any dialog. Called on the stack's event loop: must not block.
public protocol SIPStackHandler: AnyObject, Sendable {
    /// An INVITE outside any dialog.
    func stack(_ stack: SIPStack, didReceiveInvite leg: SIPLeg, request: SIPRequest, source: SIPSource)
    /// Any other request outside a dialog; answer it with ``SIPStack/respond(_:_:reason:_:)``.
    func stack(
        _ stack: SIPStack,
        didReceive request: SIPRequest,
        _ transaction: ServerTransactionID,
        source: SIPSource
    )
}

/// Owns a ``SIPEndpoint`` on one event loop: feeds it what the sockets bring, carries out what it wants, and gives
/// calls an `async` face (``SIPLeg``).
///
/// The actor's executor is the event loop, so channel handlers call it without a hop.
public actor SIPStack {
    public nonisolated let eventLoop: any EventLoop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    public nonisolated let configuration: SIPStackConfiguration
    /// Runs tasks and actors on ``eventLoop``. They must not block.
    public nonisolated let executor: EventLoopExecutor

    let logger: Logger
    /// What ``now`` counts from.
    var epoch = NIODeadline.now()
    let endpoint: SIPEndpoint
    private var outputs: [SIPEndpointOutput] = []
    private var isCarryingOut = false
    private var timer: Scheduled<Void>?
    private var timerDue: MonotonicTime?

    /// Whether datagrams come from outside of the trust domain.
    nonisolated let hearsOutsiders: Bool
    nonisolated let handover = MessageHandover()
    nonisolated let sharedCounters = SharedCounters()
    /// Of connections that we open.
    nonisolated let deadlines: ConnectionDeadlines
    /// Of connections that peers open; `nil` while none can be opened.
    var connectionGate: ConnectionGate?
    /// Its thread.
    var connectionGroup: MultiThreadedEventLoopGroup?
    var transports: TransportTable
    var tls: TLSContexts?
    var capture: (any Channel)?
    let dns: DNSClient
    var names = NameTable()
    var intake = Intake()
    let drainBuffers = DrainBuffers()
    var outbox = DatagramOutbox()
    /// A turn of the loop that sends what is in ``outbox`` is on its way.
    var isFlushDue = false
    var peersByAddress: [String: KnownPeer] = [:]
    /// The sockets are read by the clock and not when they are readable.
    var isPolling = false
    /// What connections have handed over is thrown away, and no deadline is met any more.
    var isStopped = false
    /// What the listeners are bound to.
    private(set) var listening: [HostPort] = []
    var lastPeer: (peer: DatagramPeer, text: String)?
    var recentInvites: RecentInvites
    var random = BufferedRandomNumberGenerator()
    var refusals = RefusalBatch()
    /// The one that is being written.
    var refusal: [UInt8] = []
    /// Whether the kernel cuts datagrams apart.
    var areRefusalsSegmented = true
    var overload: OverloadControl
    var compliance = OverloadCompliance()
    var processor = ProcessorMeter()
    /// Datagrams that came to nothing but a refusal: new calls and the ACKs of what they got.
    var refusedDatagrams = 0
    var counters = SIPStackCounters()
    var authenticator: DigestAuthenticator?

    weak var handler: (any SIPStackHandler)?
    var serverLegs: [ServerTransactionID: SIPLeg] = [:]
    var clientLegs: [ClientTransactionID: SIPLeg] = [:]
    var dialogLegs: [DialogID: SIPLeg] = [:]
    var waiters: [ClientTransactionID: Waiter] = [:]
    /// INVITEs inside a dialog that another leg passes on, and by what.
    var passedOn: [ServerTransactionID: ClientTransactionID] = [:]
    /// Who waits for the end of a request that is forwarded.
    var forwards: [ServerTransactionID: CheckedContinuation<StatusCode?, Never>] = [:]
    var subscriptions: [SubscriptionID: SIPSubscription] = [:]

    /// Nothing listens before ``start(handler:)``.
    public init(configuration: SIPStackConfiguration, eventLoop: any EventLoop, logger: Logger) {
        self.configuration = configuration
        self.eventLoop = eventLoop
        executor = EventLoopExecutor(eventLoop)
        deadlines = ConnectionDeadlines(on: eventLoop, configuration, sharedCounters)
        self.logger = logger
        hearsOutsiders = configuration.hearsOutsiders
        endpoint = SIPEndpoint(
            configuration: SIPEndpointConfiguration(
                timers: configuration.timers,
                localAddresses: [:],
                contactUser: configuration.contactUser,
                product: configuration.product,
                sessionTimers: configuration.sessionTimers
            ),
            identifiers: BufferedRandomNumberGenerator()
        )
        for (host, accounts) in configuration.accounts { endpoint.setAccounts(accounts, of: host) }
        authenticator = configuration.authentication?.makeAuthenticator()
        transports = TransportTable(policy: configuration.policy)
        dns = DNSClient(configuration.dns)
        overload = OverloadControl(
            targets: configuration.overload, sequence: configuration.overloadSequence ?? OverloadSequence.now)
        recentInvites = RecentInvites(lifetime: configuration.timers.transactionTimeout)
    }

    // MARK: Start and stop

    /// Binds every listener, or none.
    ///
    /// - Throws: ``SIPBindError``, ``SIPCertificateError``.
    public func start(handler: any SIPStackHandler) async throws {
        self.handler = handler
        do {
            try await loadCertificates()
            try await openCapture()
            for listener in configuration.listeners {
                let addresses = Self.addresses(for: listener, in: endpoint.configuration)
                // Before the socket is open where the port is known: a request may come at once.
                if let addresses { setAddress(addresses, of: listener, port: listener.port) }
                let port = try await bind(listener)
                if let addresses { setAddress(addresses, of: listener, port: port) }
                listening.append(HostPort(host: listener.host, port: port))
            }
        } catch {
            await stop()
            throw error
        }
    }

    private typealias Addresses = WritableKeyPath<SIPEndpointConfiguration, [TransportKind: HostPort]>

    /// Where the address of a listener goes: the first of a transport is the one that peers are told, the first of the
    /// other IP version the one for peers of that; `nil` for all further ones.
    private static func addresses(
        for listener: SIPListener,
        in configuration: SIPEndpointConfiguration
    ) -> Addresses? {
        guard let first = configuration.localAddresses[listener.transport] else { return \.localAddresses }
        let isOther = first.isIPv6 != HostPort(host: listener.host).isIPv6
        return isOther && configuration.otherAddresses[listener.transport] == nil ? \.otherAddresses : nil
    }

    private func setAddress(_ addresses: Addresses, of listener: SIPListener, port: UInt16) {
        endpoint.configuration[keyPath: addresses][listener.transport] = HostPort(host: listener.host, port: port)
    }

    /// Closes every socket. Transactions that were under way end without a word.
    public func stop() async {
        isStopped = true
        flushDatagrams()
        timer?.cancel()
        timer = nil
        timerDue = nil
        for channel in transports.removeAll() + (connectionGate?.close() ?? []) { try? await channel.close() }
        try? await connectionGroup?.shutdownGracefully()
        connectionGroup = nil
        connectionGate = nil
        try? await capture?.close()
        capture = nil
        dns.stop()
        for (_, waiter) in waiters { waiter.resume(throwing: TransactionFailure.transport) }
        waiters = [:]
        endForwards()
        for subscription in subscriptions.values { subscription.finish() }
        subscriptions = [:]
        for leg in Set(serverLegs.values).union(clientLegs.values).union(dialogLegs.values) { leg.finish() }
        serverLegs = [:]
        clientLegs = [:]
        dialogLegs = [:]
    }

    /// Whether a URI names an address that is listened on, by its port or the default one of its transport
    /// (RFC 3261 §19.1.2).
    public func isListening(at uri: SIPURI) -> Bool {
        guard uri.scheme == .sip || uri.scheme == .sips else { return false }
        let isSecure = uri.scheme == .sips || uri.parameters["transport"]?.lowercased() == "tls"
        let port = uri.port ?? (isSecure ? 5_061 : 5_060)
        return listening.contains { $0.port == port && $0.host.equalsIgnoringCase(uri.host) }
    }

    /// Where we are reached by `transport`; the port is the one bound.
    public func localAddress(_ transport: TransportKind) -> HostPort? {
        endpoint.configuration.localAddresses[transport]
    }

    /// The Contact value of messages that leave by `transport`, to peers of the IP version listened on first.
    public func contact(_ transport: TransportKind) -> String {
        let host = endpoint.configuration.localAddresses[transport]?.host ?? ""
        return endpoint.configuration.contact(for: transport, towards: host)
    }

    public var counts: SIPEndpointCounts { endpoint.counts }
    public var statistics: SIPStackCounters { sharedCounters.added(to: counters) }
    /// Legs that still take part in a call.
    public var legCount: Int { Set(serverLegs.values).union(clientLegs.values).union(dialogLegs.values).count }

    // MARK: Time

    var now: MonotonicTime {
        MonotonicTime(nanoseconds: (NIODeadline.now() - epoch).nanoseconds)
    }

    /// Keeps the one scheduled callback for the endpoint's next deadline.
    private func arm() {
        guard let next = endpoint.nextTimeout else { return }
        let due = configuration.timers.wakeUp(for: next)
        if let timerDue, timerDue <= due { return }
        timer?.cancel()
        timerDue = due
        let delay = TimeAmount.nanoseconds(max(0, (due - now).nanoseconds))
        timer = eventLoop.assumeIsolated().scheduleTask(in: delay) { [weak self] in
            guard let self else { return }
            self.assumeIsolated { $0.fire() }
        }
    }

    /// For what connections brought within a stall.
    private static let longestCatchingUp = Duration.seconds(1)

    /// What has come within a stall of the process is handled before the deadlines that have passed in it: the answer to
    /// a transaction may wait in a socket.
    func fire() {
        timer?.cancel()
        timer = nil
        guard let due = timerDue, now - due > configuration.timers.t1 else { return handleTimeouts() }
        catchUp()
        // Connections are read before the event loops come to what is scheduled for later.
        timer = eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(10)) { [weak self] in
            guard let self else { return }
            self.assumeIsolated { stack in
                stack.handleHandedOver(within: Self.longestCatchingUp)
                stack.handleTimeouts()
            }
        }
    }

    /// Deadlines that are met before the sockets are looked at again. Those of many calls end with one wake-up, and what
    /// comes meanwhile would wait for all of them.
    static let deadlinesPerTurn = 8

    private func handleTimeouts() { handleTimeouts(until: now) }

    /// Meets the deadlines up to a time, a few of them in each turn.
    ///
    /// Until the last of these deadlines ``timerDue`` stays as it is, so that no timer is set for the rest of them.
    private func handleTimeouts(until time: MonotonicTime) {
        guard !isStopped else { return }
        timer = nil
        let areMet = perform { endpoint, _, outputs in
            endpoint.handleTimeout(at: time, atMost: Self.deadlinesPerTurn, into: &outputs)
        }
        guard !areMet else {
            timerDue = nil
            return arm()
        }
        readBetweenDeadlines()
        eventLoop.execute { self.assumeIsolated { $0.handleTimeouts(until: time) } }
    }

    // MARK: Driving the endpoint

    /// Runs `body` on the endpoint and carries out what it asks for.
    @discardableResult
    func perform<Result>(
        _ body: (SIPEndpoint, MonotonicTime, inout [SIPEndpointOutput]) -> Result
    ) -> Result {
        let result = body(endpoint, now, &outputs)
        carryOut()
        arm()
        return result
    }

    /// Handlers may call back into the stack; what they cause is carried out after what stands here already.
    private func carryOut() {
        guard !isCarryingOut else { return }
        isCarryingOut = true
        var index = 0
        while index < outputs.count {
            switch outputs[index] {
            case .send(let bytes, let destination, let transaction):
                counters.messagesSent += 1
                transmit(bytes, to: destination, for: transaction)
            case .event(let event):
                handle(event)
            }
            index += 1
        }
        outputs.removeAll(keepingCapacity: true)
        isCarryingOut = false
    }

    func receive(_ message: SIPMessage, from source: SIPSource) {
        counters.messagesReceived += 1
        if isBelieved(source) {
            handOn(message, from: source)
        } else {
            handOn(message.withoutAssertions, from: source)
        }
    }

    private func handOn(_ message: SIPMessage, from source: SIPSource) {
        perform { endpoint, now, outputs in endpoint.receive(message, from: source, at: now, into: &outputs) }
    }

    func transportFailed(_ transaction: ClientTransactionID) {
        counters.sendFailures += 1
        perform { endpoint, now, outputs in endpoint.transportFailed(transaction, at: now, into: &outputs) }
    }

    // MARK: Requests from outside a dialog

    /// Answers a request of the handler.
    ///
    /// - Returns: `false` if it has had its final response; nothing is sent then.
    @discardableResult
    public func respond(
        _ id: ServerTransactionID,
        _ status: StatusCode,
        reason: String? = nil,
        _ content: MessageContent = .empty
    ) -> Bool {
        if status.isFinal { passedOn[id] = nil }
        return perform { endpoint, now, outputs in
            endpoint.respond(id, status, reason: reason, content, at: now, into: &outputs)
        }
    }

    /// Sends a request outside any dialog and waits for its final response.
    ///
    /// - Throws: ``TransactionFailure``.
    public func request(_ request: SIPRequest, to hop: Hop) async throws -> SIPResponse {
        try await withCheckedThrowingContinuation { continuation in
            let id = perform { endpoint, now, outputs in endpoint.send(request, to: hop, at: now, into: &outputs) }
            waiters[id] = Waiter(continuation: continuation, sent: (request, hop))
        }
    }
}
