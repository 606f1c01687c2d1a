import ApplicationServer
import MediaTransport
import NIOPosix
import SIP
import SIPTransport
import Testing

/// An application server without an engine, whose only service answers and leaves the rest to the caller.
struct AnsweringLab: Laboratory {
    /// What a test wants configured in another way.
    struct Settings {
        var stack: SIPStackConfiguration
        var server = ApplicationServerConfiguration()
        /// Where media is received.
        var mediaAddress: String
        var otherMediaAddress: String?
        /// What is done in a call.
        var service = AnsweringService()
    }

    let addresses: Addresses
    let server: SIPApplicationServer
    let stack: SIPStack
    let media: InProcessMediaPlane
    let records: RecordKeeper
    let service: AnsweringService

    struct Change {
        let apply: (inout Settings) -> Void

        init(_ apply: @escaping (inout Settings) -> Void) {
            self.apply = apply
        }
    }

    /// Starts the server, runs `body`, waits until nothing is left of the call, transactions included, and stops.
    static func run(
        sourceLocation: SourceLocation = #_sourceLocation,
        configure change: Change = Change { _ in },
        _ body: (AnsweringLab) async throws -> Void
    ) async throws {
        let lab = try AnsweringLab(change.apply)
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
            await lab.expectNothingLeft(since: before, sourceLocation)
            await lab.server.shutDown(within: .zero)
            await lab.media.shutdown()
            try result.get()
        }
    }

    private init(_ change: (inout Settings) -> Void) throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let addresses = Addresses()
        self.addresses = addresses
        records = RecordKeeper()
        var settings = Settings(
            stack: SIPStackConfiguration(
                listeners: [.udp, .tcp].map { transport in
                    SIPListener(transport: transport, host: addresses.server, port: UInt16(Addresses.sipPort))
                },
                policy: PeerPolicy(trusted: [.loopback]),
                timers: TestSystem.shortTimers
            ),
            mediaAddress: addresses.server
        )
        settings.stack.overload = .unlimited
        change(&settings)
        service = settings.service
        stack = SIPStack(configuration: settings.stack, eventLoop: group.next(), logger: TestSystem.logger)
        media = try InProcessMediaPlane(
            configuration: MediaPlaneConfiguration(
                address: settings.mediaAddress, otherAddress: settings.otherMediaAddress),
            eventLoopGroup: group,
            logger: TestSystem.logger
        )
        server = SIPApplicationServer(
            configuration: settings.server,
            stack: stack,
            media: media,
            services: [ServiceRegistration(name: "answer", service: service)],
            observers: [records],
            logger: TestSystem.logger
        )
    }

    /// A caller's scenario, begun.
    func caller(
        _ scenario: String,
        _ transport: SIPp.Transport = .udp,
        pause: Duration = .milliseconds(100)
    ) throws -> SIPp {
        try SIPp(
            scenario,
            at: addresses.caller,
            target: "\(addresses.server):\(Addresses.sipPort)",
            transport: transport,
            pause: pause
        )
    }

    /// The record of the only call, once it has ended.
    func record() async throws -> CallRecord {
        _ = await eventually { !records.all.isEmpty }
        return try #require(records.all.count == 1 ? records.all.first : nil, "\(records.all.count) calls ended")
    }
}
