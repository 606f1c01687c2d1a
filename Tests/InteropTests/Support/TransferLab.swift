import ApplicationServer
import Logging
import Media
import MediaTransport
import NIOPosix
import SIP
import SIPTransport
import Synchronization
import Testing

/// An application server without an engine, whose only service answers a call and sends it on.
struct TransferLab: Laboratory {
    let addresses: Addresses
    let server: SIPApplicationServer
    let stack: SIPStack
    let media: InProcessMediaPlane
    let records: RecordKeeper
    let service: TransferringService

    var hasShortTimers: Bool { stack.configuration.timers.t1 <= .milliseconds(50) }

    /// What is unlike the plan with one target and one way.
    struct Variation {
        var change: (inout TransferPlan, Addresses) -> Void = { _, _ in }
        var handOver: (@Sendable (AnsweredCall) async -> HandOverWriter)?
        var stack: (inout SIPStackConfiguration) -> Void = { _ in }
        var addresses = Addresses()
        var timers = TestSystem.shortTimers
        var outbound: OutboundSettings?
        /// After which a target is given up that has sent nothing.
        var silenceTime = Duration.seconds(1)
        /// The media plane as the server has it.
        var plane: (InProcessMediaPlane) -> any MediaPlane = { $0 }

        /// As ``TransferLab/run(_:transport:ringTime:sourceLocation:_:)``.
        func run(
            _ method: TransferMethod,
            transport: SIPp.Transport = .udp,
            ringTime: Duration = .seconds(10),
            sourceLocation: SourceLocation = #_sourceLocation,
            _ body: (TransferLab) async throws -> Void
        ) async throws {
            let lab = try TransferLab(method, transport, ringTime, self)
            try await lab.run(sourceLocation, body)
        }
    }

    static func changing(_ change: @escaping (inout TransferPlan, Addresses) -> Void) -> Variation {
        Variation(change: change)
    }

    static func handingOver(_ writer: @escaping @Sendable (AnsweredCall) async -> HandOverWriter) -> Variation {
        Variation(handOver: writer)
    }

    /// Starts the server, runs `body`, waits until nothing is left of the call, and stops.
    static func run(
        _ method: TransferMethod,
        transport: SIPp.Transport = .udp,
        ringTime: Duration = .seconds(10),
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (TransferLab) async throws -> Void
    ) async throws {
        try await Variation().run(
            method, transport: transport, ringTime: ringTime, sourceLocation: sourceLocation, body)
    }

    private func run(
        _ sourceLocation: SourceLocation,
        _ body: (TransferLab) async throws -> Void
    ) async throws {
        let lab = self
        try await lab.server.start()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await lab.server.run() }
            let before = await lab.holdings()
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(lab))
            } catch {
                result = .failure(error)
            }
            lab.service.letGo()
            await lab.expectNothingLeft(since: before, sourceLocation)
            await lab.server.shutDown(within: .zero)
            await lab.media.shutdown()
            try result.get()
        }
    }

    private init(
        _ method: TransferMethod,
        _ transport: SIPp.Transport,
        _ ringTime: Duration,
        _ variation: Variation
    ) throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let addresses = variation.addresses
        let network = try #require(IPNetwork("127.0.0.0/8"))
        self.addresses = addresses
        records = RecordKeeper()
        let suffix = transport == .tcp ? ";transport=tcp" : ""
        let target = RouteTarget.direct("sip:queue@\(addresses.pbx):\(Addresses.pbxPort)\(suffix)")
        var plan = TransferPlan([TransferPlan.Target(target)], ways: [method])
        variation.change(&plan, addresses)
        service = TransferringService(plan: plan, handOver: variation.handOver)
        var settings = SIPStackConfiguration(
            listeners: [.udp, .tcp].map { transport in
                SIPListener(transport: transport, host: addresses.server, port: UInt16(Addresses.sipPort))
            },
            policy: PeerPolicy(trusted: [network]),
            timers: variation.timers
        )
        settings.overload = .unlimited
        variation.stack(&settings)
        stack = SIPStack(
            configuration: settings,
            eventLoop: group.next(),
            logger: TestSystem.logger
        )
        media = try InProcessMediaPlane(
            configuration: MediaPlaneConfiguration(address: addresses.server),
            eventLoopGroup: group,
            logger: TestSystem.logger
        )
        var configuration = ApplicationServerConfiguration(ringTime: ringTime, silenceTime: variation.silenceTime)
        configuration.outbound = variation.outbound
        server = SIPApplicationServer(
            configuration: configuration,
            stack: stack,
            media: variation.plane(media),
            services: [ServiceRegistration(name: "transfer", service: service)],
            observers: [records, service],
            logger: TestSystem.logger
        )
    }

    // MARK: Peers

    /// A caller's scenario, begun.
    func caller(
        _ scenario: String,
        _ transport: SIPp.Transport = .udp,
        pause: Duration = .milliseconds(200)
    ) throws -> SIPp {
        try SIPp(
            scenario,
            at: addresses.caller,
            target: "\(addresses.server):\(Addresses.sipPort)",
            transport: transport,
            pause: pause,
            keys: ["pbx": addresses.pbx]
        )
    }

    /// The target's scenario, listening.
    func target(
        _ scenario: String,
        _ transport: SIPp.Transport = .udp,
        pause: Duration = .milliseconds(50),
        port: Int = Addresses.pbxPort,
        calls: Int = 1
    ) async throws -> SIPp {
        try await SIPp.listening(
            scenario, at: addresses, transport: transport, pause: pause, port: port, calls: calls)
    }

    /// Plays a call between the two, and checks what comes of the transfer. A caller who is neither transferred nor gone
    /// has to be with us still, and is hung up on.
    ///
    /// - Parameters:
    ///   - pause: Of the caller.
    ///   - ringing: The target's pauses.
    ///   - result: As ``TransferringService/result()``.
    ///   - leasedPairs: Pairs of ports in use after the transfer; `nil`: any.
    ///   - end: `nil`: any.
    @discardableResult
    func play(
        _ caller: String,
        to target: String,
        _ transport: SIPp.Transport = .udp,
        pause: Duration = .milliseconds(200),
        ringing: Duration = .milliseconds(50),
        result: String,
        leasedPairs: Int? = nil,
        end: CallEnd? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> (caller: SIPp, target: SIPp) {
        let target = try await self.target(target, transport, pause: ringing)
        let caller = try self.caller(caller, transport, pause: pause)
        #expect(await service.result() == result, sourceLocation: sourceLocation)
        if let leasedPairs {
            #expect(await media.status().leasedPairs == leasedPairs, sourceLocation: sourceLocation)
        }
        if result == "transferred" || result == "callerGone" {
            await caller.expectSuccess(sourceLocation: sourceLocation)
            await target.expectSuccess(sourceLocation: sourceLocation)
        } else {
            await target.expectSuccess(sourceLocation: sourceLocation)
            await expectCallerKept(sourceLocation: sourceLocation)
            await caller.expectSuccess(sourceLocation: sourceLocation)
        }
        if let end { #expect(await service.end() == end, sourceLocation: sourceLocation) }
        return (caller, target)
    }

    // MARK: State

    /// Checks that the caller's media is still with us after a transfer that failed, and hangs up.
    func expectCallerKept(sourceLocation: SourceLocation = #_sourceLocation) async {
        let isAlone = await eventually { await stack.legCount == 1 }
        #expect(isAlone, "the target's leg is still there", sourceLocation: sourceLocation)
        #expect(await server.status.calls == 1, sourceLocation: sourceLocation)
        #expect(await media.status().leasedPairs == 1, sourceLocation: sourceLocation)
        service.letGo()
    }
}

/// Answers, waits for the ACK, and sends the call on. After a failure it keeps the caller until told otherwise.
final class TransferringService: CallService, CallObserver {
    private struct State {
        var isAcknowledged = false
        var mayLetGo = false
        var result: String?
        var end: CallEnd?
        var hasReturned = false
        var call: AnsweredCall?
    }

    let plan: TransferPlan
    let handOver: (@Sendable (AnsweredCall) async -> HandOverWriter)?
    private let state = Mutex(State())

    init(plan: TransferPlan, handOver: (@Sendable (AnsweredCall) async -> HandOverWriter)?) {
        self.plan = plan
        self.handOver = handOver
    }

    /// The call, once it is answered.
    var answered: AnsweredCall? { state.withLock { $0.call } }

    func call(_ callID: String, did entry: CallRecord.Entry) {
        if entry.event == "ack" { state.withLock { $0.isAcknowledged = true } }
    }

    func callEnded(_ record: CallRecord) {}

    func handle(_ call: consuming IncomingCall) async throws {
        let call = try await call.answer()
        state.withLock { $0.call = call }
        _ = await eventually { state.withLock { $0.isAcknowledged } }
        do {
            let writer = await handOver?(call)
            try await call.transfer(plan, handOver: writer)
            state.withLock { $0.result = "transferred" }
        } catch let error as CallError {
            state.withLock { $0.result = "\(error)" }
            _ = await eventually { state.withLock { $0.mayLetGo } }
            await call.hangUp()
        } catch {
            state.withLock { $0.result = "not a CallError: \(error)" }
            await call.hangUp()
        }
        for await event in call.events {
            switch event {
            case .ended(let end): state.withLock { $0.end = end }
            case .returned: state.withLock { $0.hasReturned = true }
            case .media, .held, .replaced: break
            }
        }
    }

    /// `transferred`, or the error.
    func result() async -> String? {
        _ = await eventually { state.withLock { $0.result != nil } }
        return state.withLock { $0.result }
    }

    /// How the call ended.
    func end() async -> CallEnd? {
        _ = await eventually { state.withLock { $0.end != nil } }
        return state.withLock { $0.end }
    }

    /// The target has hung up, and the caller is here again.
    var hasReturned: Bool { state.withLock { $0.hasReturned } }

    /// The caller may be hung up on.
    func letGo() { state.withLock { $0.mayLetGo = true } }
}
