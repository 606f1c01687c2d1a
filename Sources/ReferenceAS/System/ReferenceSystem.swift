import ApplicationServer
import Logging
import Media
import MediaTransport
import NIOCore
import Operations
import SIP
import SIPTransport
import Workflows

/// One deployable application server: stack, media plane, services and metrics, wired from a configuration.
public final class ReferenceSystem: Sendable {
    public let configuration: ASConfiguration
    public let stack: SIPStack
    public let media: InProcessMediaPlane
    public let server: SIPApplicationServer
    public let metrics: MetricsRegistry
    /// Calls that have ended.
    public let archive: CallArchive
    /// Hides who took part in calls, in the log and from those who may only read.
    let mask: IdentityMask
    private let details: CallDetailFile?
    private let http: OutboundHTTPClient
    private let speech: SpeechFiles?

    /// Nothing is open before ``start()``.
    ///
    /// - Throws: ``SystemError``, `MediaPlaneError`, a fault of a secret: words for the operator.
    public init(
        configuration: ASConfiguration,
        group: any EventLoopGroup,
        observers: [any CallObserver] = [],
        logger: Logger
    ) throws {
        self.configuration = configuration
        stack = SIPStack(configuration: try configuration.stackConfiguration(), eventLoop: group.next(), logger: logger)
        media = try InProcessMediaPlane(
            configuration: configuration.mediaConfiguration,
            eventLoopGroup: group,
            logger: logger
        )
        metrics = MetricsRegistry()
        archive = CallArchive(capacity: configuration.admin.keptCalls)
        mask = try configuration.log.maskKey.map { IdentityMask(key: Array(try $0.resolve().utf8)) } ?? IdentityMask()
        details = CallDetailFile(configuration.cdr, mask: mask, logger: logger)
        let workflows = try configuration.workflows.sorted { $0.key < $1.key }.map { try $1.resolved(named: $0) }
        http = OutboundHTTPClient(rules: configuration.http.rules, group: group)
        let runner = WorkflowRunner(
            workflows: workflows,
            client: http,
            limits: WorkflowLimits(
                total: configuration.http.maxWorkflows, perCall: configuration.http.maxWorkflowsPerCall)
        )
        let workflowMetrics = WorkflowMetrics(workflows.map(\.name), metrics)
        speech = try SpeechFiles(configuration.speech, rules: configuration.http.rules, group: group)
        let (services, fallback) = try configuration.serviceRegistrations(
            ServiceParts(
                tools: { [metrics = workflowMetrics] in WorkflowTools($0, of: runner, metrics) },
                source: { [http, metrics, hasSpeech = speech != nil] in
                    try WebhookSource($0, named: $1, hasSpeech: hasSpeech, http, metrics)
                },
                speech: speech
            )
        )
        server = SIPApplicationServer(
            configuration: configuration.serverConfiguration,
            stack: stack,
            media: media,
            services: services,
            defaultService: fallback,
            observers: [
                CallMetrics(metrics), archive,
                CallLog(mask: configuration.log.personalData ? nil : mask, logger: logger),
            ]
                + [details].compactMap { $0 } + observers,
            logger: logger
        )
        QueueMetrics.register(services + [fallback].compactMap { $0 }, in: metrics)
        SystemMetrics.register(server: server, media: media, in: metrics)
    }

    /// Opens the SIP sockets, after a pair of RTP ports has shown that calls will get theirs.
    ///
    /// - Throws: ``SystemError``, `SIPBindError`; nothing is open then.
    public func start() async throws {
        try await checkPorts(at: configuration.media.address, of: "media.address")
        if let other = configuration.media.otherAddress { try await checkPorts(at: other, of: "media.otherAddress") }
        try await server.start()
    }

    private func checkPorts(at address: String, of key: String) async throws {
        let probe = MediaSessionID("start")
        _ = await media.open(probe)
        let result: Result<LocalMediaAddress, MediaPlaneError>
        do throws(MediaPlaneError) {
            result = .success(try await media.allocateLeg(probe, towards: address))
        } catch {
            result = .failure(error)
        }
        await media.release(probe)
        if case .failure(let error) = result {
            throw SystemError(
                "no RTP port of \(configuration.media.ports) can be opened on \(address): \(error); "
                    + "is \(key) one of this machine, are the ports free?"
            )
        }
    }

    /// Runs until ``shutDown(within:)`` is through.
    public func run() async { await server.run() }

    /// Finishes the calls under way, or hangs them up after `limit`, and gives everything back.
    public func shutDown(within limit: Duration) async {
        await server.shutDown(within: limit)
        await media.shutdown()
        await http.shutDown()
        await speech?.shutDown()
        await details?.flush()
    }
}
