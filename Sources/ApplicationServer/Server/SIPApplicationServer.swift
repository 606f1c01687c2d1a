import IMS
import Logging
import Media
import NIOCore
import SIP
import SIPTransport
import Synchronization
import Timing
import VoiceEngine

/// Takes what an S-CSCF sends over ISC and hands each call to its service.
///
/// Runs on the event loop of its stack, so that a request reaches its call without a hop.
public actor SIPApplicationServer: SIPStackHandler {
    public nonisolated var unownedExecutor: UnownedSerialExecutor { stack.unownedExecutor }

    public nonisolated let configuration: ApplicationServerConfiguration
    public nonisolated let stack: SIPStack
    public nonisolated let media: any MediaPlane
    /// What was handed over with the latest calls.
    public nonisolated let handOvers: HandOverStore
    nonisolated let observers: [any CallObserver]
    nonisolated let logger: Logger
    private nonisolated let services: [ServiceRegistration]
    private nonisolated let defaultService: ServiceRegistration?

    /// A task group looks for a child that has ended among all that began before it, so that with one group for
    /// everything each of 20 000 calls under way would make every other one dearer.
    private static let laneCount = 256
    private nonisolated let lanes = (0..<laneCount).map { _ in JobLane() }
    private nonisolated let nextLane = Atomic<Int>(0)
    private nonisolated let runningJobs = Atomic<Int>(0)
    private nonisolated let epoch = NIODeadline.now()

    var calls: [ObjectIdentifier: CallCore] = [:]
    var registrations = RegistrationStore()
    /// Subscriptions to the registration state, by identity.
    var watches: [String: SIPSubscription] = [:]
    var engines: [String: EngineHealth] = [:]
    /// The next probe of each engine that is down.
    var probes: [String: Scheduled<Void>] = [:]
    var counters = ServerCounters()
    /// Calls whose audio is passed on between two persons.
    var relayedCalls = 0
    var probeCount: UInt64 = 0
    private(set) var isDraining = false
    private var ownHosts: Set<String> = []
    private var lastSession: UInt64 = 0
    /// Calls of our own that are not among ``calls`` yet.
    var callsBeingStarted = 0
    private var drained: [CheckedContinuation<Void, Never>] = []

    /// - Parameters:
    ///   - services: The first whose ``ServiceMatch`` holds takes the call.
    ///   - defaultService: Takes calls that no other does; without it they get 404.
    public init(
        configuration: ApplicationServerConfiguration = ApplicationServerConfiguration(),
        stack: SIPStack,
        media: any MediaPlane,
        services: [ServiceRegistration],
        defaultService: ServiceRegistration? = nil,
        observers: [any CallObserver] = [],
        logger: Logger
    ) {
        self.configuration = configuration
        self.stack = stack
        self.media = media
        self.services = services
        self.defaultService = defaultService
        self.observers = observers
        handOvers = HandOverStore(configuration.handOvers)
        self.logger = logger
        ownHosts = Set(configuration.ownHosts.map { $0.lowercased() })
    }

    // MARK: Life

    /// Opens the sockets.
    ///
    /// - Throws: ``SIPBindError``; nothing is open then.
    public func start() async throws {
        try await stack.start(handler: self)
    }

    /// Runs the calls until ``shutDown(within:)`` is through. Call it once, after ``start()``.
    public nonisolated func run() async {
        // On the event loop as well: a call begins without a change of threads.
        await withDiscardingTaskGroup { group in
            for lane in lanes {
                group.addTask(executorPreference: stack.executor) { await self.run(lane) }
            }
        }
    }

    private func run(_ lane: JobLane) async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                while let jobs = await lane.next() {
                    for job in jobs { start(job, in: &group) }
                }
            }
        } onCancel: {
            lane.finish()
        }
    }

    private func start(_ job: Job, in group: inout DiscardingTaskGroup) {
        if job.isOnEventLoop {
            group.addTask(executorPreference: stack.executor) { await self.perform(job) }
        } else {
            group.addTask(executorPreference: globalConcurrentExecutor) { await job.operation() }
        }
    }

    /// Isolated: what the job calls on the event loop is called without a change of executors.
    private func perform(_ job: Job) async { await job.operation() }

    /// Takes no new calls (503 with Retry-After), waits for those under way, hangs up what is left, and closes.
    public func shutDown(within limit: Duration) async {
        isDraining = true
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.waitUntilIdle() }
            group.addTask { _ = try? await Task.sleep(for: limit) }
            await group.next()
            resumeDrained()
            group.cancelAll()
        }
        for probe in probes.values { probe.cancel() }
        for call in calls.values { await call.hangUp() }
        await stack.stop()
        for lane in lanes { lane.finish() }
    }

    private func waitUntilIdle() async {
        guard !calls.isEmpty else { return }
        await withCheckedContinuation { drained.append($0) }
    }

    private func resumeDrained() {
        for waiter in drained { waiter.resume() }
        drained = []
    }

    /// Runs `operation` as a child of ``run()``.
    ///
    /// - Parameters:
    ///   - onEventLoop: On the stack's event loop, without a change of threads at each step; the operation must not
    ///     block. Otherwise on the global executor.
    ///   - ofCall: Whether it counts among ``ServerStatus/tasks``.
    nonisolated func spawn(
        onEventLoop: Bool = true,
        ofCall: Bool = true,
        _ operation: @escaping @Sendable () async -> Void
    ) {
        if ofCall { runningJobs.add(1, ordering: .relaxed) }
        let job = Job(isOnEventLoop: onEventLoop) {
            await operation()
            if ofCall { self.runningJobs.subtract(1, ordering: .relaxed) }
        }
        let turn = nextLane.wrappingAdd(1, ordering: .relaxed).oldValue
        lanes[Int(UInt(bitPattern: turn) % UInt(lanes.count))].add(job)
    }

    // MARK: State

    public var status: ServerStatus {
        ServerStatus(
            calls: calls.count,
            tasks: runningJobs.load(ordering: .relaxed),
            registeredUsers: registrations.count,
            relayedCalls: relayedCalls,
            isDraining: isDraining,
            enginesDown: engines.filter { $0.value.isDown(at: now) }.map(\.key).sorted()
        )
    }

    public var statistics: ServerCounters { counters }

    func count(_ change: (inout ServerCounters) -> Void) { change(&counters) }

    nonisolated var now: MonotonicTime { MonotonicTime(nanoseconds: (NIODeadline.now() - epoch).nanoseconds) }

    // MARK: Calls

    public nonisolated func stack(
        _ stack: SIPStack,
        didReceiveInvite leg: SIPLeg,
        request: SIPRequest,
        source: SIPSource
    ) {
        assumeIsolated { $0.accept(leg, request, source) }
    }

    private func accept(_ leg: SIPLeg, _ request: SIPRequest, _ source: SIPSource) {
        counters.callsReceived += 1
        // A call above the limit still gets its fallback, but even routed calls are not without number; emergency calls and
        // those with priority are (RFC 4412 §4.6).
        let exceedsCapacity =
            calls.count + callsBeingStarted >= configuration.maximumCalls
            && AdmissionClass(request, isTrusted: isInTrustDomain(source)) != .priority
        let isFull = exceedsCapacity && calls.count >= configuration.maximumCalls * 2
        guard !isDraining, !isFull else { return refuse(leg, .serviceUnavailable, retryAfter: Int.random(in: 1...10)) }
        let incoming: ISCRequest
        do throws(SIPParseError) {
            guard try isKnown(request.uri().scheme, of: request, from: source) else {
                return refuse(leg, .unsupportedURIScheme)
            }
            // The stack has taken away what a sender outside of the trust domain asserts.
            incoming = try ISCRequest(request) { isOwn($0) }
        } catch {
            return refuse(leg, .badRequest, reason: "Bad Request: \(error.field?.rawValue ?? "") \(error.fault.text)")
        }
        guard !request.isForEmergencyService else {
            return begin(incoming, leg, EmergencyCallService.registration, exceedsCapacity: false)
        }
        let missing = RouteingB2BUA.unsupportedExtensions(in: request).filter { !$0.equalsIgnoringCase("replaces") }
        guard missing.isEmpty else {
            return refuse(leg, .badExtension, headers: CallCore.unsupported(missing))
        }
        if request.bringsContent, incoming.sessionDescription == nil {
            return refuse(leg, .unsupportedMediaType, headers: .acceptedContent)
        }
        guard Self.takesDescription(request) else { return refuse(leg, .notAcceptable) }
        guard !request.headers.contains(.replaces) else { return replace(incoming, leg, source) }
        guard let registration = service(for: incoming) else { return refuse(leg, .notFound) }
        begin(incoming, leg, registration, exceedsCapacity: exceedsCapacity)
    }

    private func begin(
        _ incoming: ISCRequest, _ leg: SIPLeg, _ registration: ServiceRegistration, exceedsCapacity: Bool
    ) {
        let call = CallCore(
            server: self,
            leg: leg,
            request: incoming,
            session: nextSession(incoming.request.headers.first(.callID) ?? ""),
            service: registration.name,
            exceedsCapacity: exceedsCapacity
        )
        calls[ObjectIdentifier(call)] = call
        let service = registration.service
        spawn(onEventLoop: service.runsOnEventLoop) {
            await call.note("invite", "\(incoming.request.requestURI) for \(incoming.servedUser?.identity ?? "-")")
            do {
                try await service.handle(IncomingCall(call))
            } catch CallError.callerGone {
                // Nothing left to do for anybody.
            } catch {
                await call.serviceFailed(error)
            }
        }
    }

    /// Names the media of a call.
    func nextSession(_ name: String) -> MediaSessionID {
        lastSession += 1
        return MediaSessionID("\(lastSession)-\(name)")
    }

    func registration(named name: String) -> ServiceRegistration? {
        (services + [defaultService].compactMap { $0 }).first { $0.name == name }
    }

    /// Whether a Request-URI of that scheme can be served. An emergency service has no address: a request for one is only
    /// passed on.
    func isKnown(_ scheme: SIPURI.Scheme, of request: SIPRequest, from source: SIPSource) -> Bool {
        switch scheme {
        case .sip, .sips, .tel: true
        case .other: request.isForEmergencyService && isOnItsWay(request, from: source)
        }
    }

    /// Whether the sender of an INVITE can be answered with a session description (RFC 3261 §20.1).
    private static func takesDescription(_ request: SIPRequest) -> Bool {
        guard request.headers.contains(.accept), let types = try? request.headers.acceptedTypes() else { return true }
        return types.contains { type in
            type.isType("application", "sdp") || type.isType("application", "*") || type.isType("*", "*")
                || type.isMultipart
        }
    }

    func refuse(
        _ leg: SIPLeg,
        _ status: StatusCode,
        reason: String? = nil,
        retryAfter: Int? = nil,
        headers: SIPHeaders = SIPHeaders()
    ) {
        counters.callsRejected += 1
        var headers = headers
        if let retryAfter { headers.append(.retryAfter, String(retryAfter)) }
        let content = MessageContent(headers: headers)
        spawn { await leg.respond(status, reason: reason, content) }
    }

    private func service(for incoming: ISCRequest) -> ServiceRegistration? {
        let info = incoming.servedUser.flatMap { registrations.serviceInfo(of: $0.identity, at: now) }
        return services.first { $0.match.holds(for: incoming, serviceInfo: info) } ?? defaultService
    }

    func isTrusted(_ source: SIPSource) -> Bool {
        guard let address = try? SocketAddress(ipAddress: source.address, port: 0) else { return false }
        return stack.configuration.policy.isTrusted(address)
    }

    /// Whether what the sender asserts of users is believed.
    func isInTrustDomain(_ source: SIPSource) -> Bool {
        guard let address = try? SocketAddress(ipAddress: source.address, port: 0) else { return false }
        return stack.configuration.policy.isInTrustDomain(address)
    }

    /// Whether a URI of Route names this server: a name of it with whatever port, or an address listened on.
    func isOwn(_ uri: SIPURI) -> Bool {
        ownHosts.contains(uri.host.lowercased()) || stack.assumeIsolated { $0.isListening(at: uri) }
    }

    func remove(_ call: CallCore, _ record: CallRecord) {
        guard calls.removeValue(forKey: ObjectIdentifier(call)) != nil else { return }
        switch record.outcome {
        case .answered: counters.callsAnswered += 1
        case .routed: counters.callsRouted += 1
        case .rejected, .failed: counters.callsRejected += 1
        case .cancelled, nil: counters.callsCancelled += 1
        }
        logger.info(
            "call ended",
            metadata: [
                "sip.call_id": "\(record.callID)",
                "call.service": "\(record.service)",
                "call.outcome": "\(record.outcome?.rawValue ?? "cancelled")",
                "call.decision_ms": "\(record.decisionMilliseconds.map { Int($0) } ?? -1)",
                "ims.icid": "\(call.request.chargingID ?? "")",
            ]
        )
        for observer in observers { observer.callEnded(record) }
        if calls.isEmpty { resumeDrained() }
    }
}
