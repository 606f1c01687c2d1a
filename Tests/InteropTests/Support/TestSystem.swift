import ApplicationServer
import Foundation
import LocalEngine
import Logging
import MediaTransport
import NIOPosix
import ReferenceAS
import SIP
import SIPTransport
import Synchronization
import Testing

/// A whole application server with its engine, in this process.
struct TestSystem: Laboratory {
    let addresses: Addresses
    let system: ReferenceSystem
    let engine: LocalEngineServer
    let records: RecordKeeper

    var server: SIPApplicationServer { system.server }
    var stack: SIPStack { system.stack }
    var media: InProcessMediaPlane { system.media }
    var hasShortTimers: Bool { system.configuration.sip.timers.t1 <= .milliseconds(50) }

    static let logger: Logger = {
        var logger = Logger(label: "sidetone.interop")
        logger.logLevel = .critical
        return logger
    }()

    /// 64·T1, for which transactions outlive their calls, is 1.28 s. T2 is as long, so that no answer that takes its time has
    /// a 100 before it (RFC 4320 §4.1), which few scenarios expect.
    static let shortTimers = SIPTimers(t1: .milliseconds(20), t2: .milliseconds(1_280), t4: .milliseconds(200))

    /// Starts engine and server, runs `body`, waits until nothing is left of the calls, and stops both whatever happens.
    static func run(
        engine behaviour: LocalEngineBehaviour = .normal,
        dialogue: Dialogue = .standard,
        addresses: Addresses = Addresses(),
        configure change: Change? = nil,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (TestSystem) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let engine = LocalEngineServer(
            configuration: LocalEngineConfiguration(
                host: addresses.engine, port: 0, dialogue: dialogue, behaviour: behaviour),
            group: group,
            logger: logger
        )
        let port = try await engine.start()
        var configuration = Self.configuration(addresses, enginePort: port)
        change?.apply(&configuration, addresses)
        let records = RecordKeeper()
        let system: ReferenceSystem
        do {
            system = try ReferenceSystem(
                configuration: configuration, group: group, observers: [records], logger: logger)
            try await system.start()
        } catch {
            await engine.stop()
            throw error
        }
        let lab = TestSystem(addresses: addresses, system: system, engine: engine, records: records)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await system.run() }
            let before = await lab.holdings()
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(lab))
            } catch {
                result = .failure(error)
            }
            await lab.expectNothingLeft(since: before, sourceLocation)
            await system.shutDown(within: .zero)
            await engine.stop()
            try result.get()
        }
    }

    private static func configuration(_ addresses: Addresses, enginePort: Int) -> ASConfiguration {
        var configuration = ASConfiguration.defaults
        configuration.sip.listen = [
            ListenAddress(transport: .udp, host: addresses.server, port: UInt16(Addresses.sipPort)),
            ListenAddress(transport: .tcp, host: addresses.server, port: UInt16(Addresses.sipPort)),
        ]
        // A busy machine is no overload; the tests of overload have targets of their own.
        configuration.sip.overload.latency = .seconds(1)
        configuration.sip.overload.processor = 100
        configuration.media.address = addresses.server
        configuration.engines[0].url = "ws://\(addresses.engine):\(enginePort)/v1/realtime"
        configuration.fallback["pbx"]?.uri = "sip:\(addresses.pbx):\(Addresses.pbxPort)"
        return configuration
    }

    // MARK: Peers

    var uri: String { "sip:\(addresses.server):\(Addresses.sipPort)" }

    /// A caller's scenario, begun.
    func caller(
        _ scenario: String,
        _ transport: SIPp.Transport = .udp,
        pause: Duration = .milliseconds(200),
        port: Int = Addresses.sipPort,
        keys: [String: String] = [:],
        echoes: Bool = false
    ) throws -> SIPp {
        try SIPp(
            scenario,
            at: addresses.caller,
            port: port,
            target: "\(addresses.server):\(Addresses.sipPort)",
            transport: transport,
            pause: pause,
            keys: keys,
            echoes: echoes
        )
    }

    /// The scenario of the legacy PBX, listening.
    func pbx(
        _ scenario: String,
        _ transport: SIPp.Transport = .udp,
        pause: Duration = .milliseconds(200),
        port: Int = Addresses.pbxPort
    ) async throws -> SIPp {
        try await SIPp.listening(scenario, at: addresses, transport: transport, pause: pause, port: port)
    }

    // MARK: State

    /// Waits until no call holds anything. Transactions outlive calls by design and are not asked about.
    func expectIdle(sourceLocation: SourceLocation = #_sourceLocation) async {
        let isIdle = await eventually { await holdings().isIdle }
        if !isIdle { Issue.record("still there: \(await holdings())", sourceLocation: sourceLocation) }
    }

    /// The record of the call that ended last, after `count` have ended.
    func record(_ count: Int = 1) async throws -> CallRecord {
        _ = await eventually { records.all.count >= count }
        return try #require(records.all.count == count ? records.all.last : nil, "\(records.all.count) calls ended")
    }
}

extension ASConfiguration.SIPSettings {
    mutating func setTimers(_ wanted: SIPTimers) {
        timers.t1 = wanted.t1
        timers.t2 = wanted.t2
        timers.t4 = wanted.t4
    }
}

/// What a test wants configured in another way.
struct Change {
    let apply: (inout ASConfiguration, Addresses) -> Void

    init(_ apply: @escaping (inout ASConfiguration, Addresses) -> Void) {
        self.apply = apply
    }
}

/// Keeps the records of calls that ended.
final class RecordKeeper: CallObserver {
    private let records = Mutex<[CallRecord]>([])
    /// What calls do meanwhile.
    let journal = FlowJournal()

    var all: [CallRecord] { records.withLock { $0 } }

    func call(_ callID: String, did entry: CallRecord.Entry) { journal.add(.server, entry.event, entry.detail) }
    func callEnded(_ record: CallRecord) { records.withLock { $0.append(record) } }
}

extension CallRecord {
    func has(_ event: String) -> Bool { entries.contains { $0.event == event } }

    /// The details of each such event, in order.
    func details(_ event: String) -> [String] { entries.filter { $0.event == event }.map(\.detail) }
}
