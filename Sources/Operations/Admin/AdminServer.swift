import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// The operator's HTTP server, on a listener of its own:
///
/// - `GET /healthz`: 200 while the process works, 503 if it should be restarted;
/// - `GET /readyz`: 200 if calls may come, 503 with the reasons if not;
/// - `GET /metrics`: Prometheus text, with a bearer token if one is set;
/// - `/api/calls` and below: what ``CallControl`` answers.
///
/// Everything else is 404. No response repeats what the request said. Header blocks, bodies, connections and idle
/// time are bounded.
public struct AdminServer: Service {
    public struct Configuration: Sendable {
        /// Address to listen on.
        public var host: String
        /// 0: any free port, told to `onListening`.
        public var port: Int
        /// If set, everything but the health endpoints needs `Authorization: Bearer <token>` (RFC 6750 §2.1).
        public var bearerToken: String?
        /// A second token, which is good for GET and HEAD only.
        public var readToken: String?
        /// Connections beyond this wait to be accepted.
        public var maximumConnections = 64
        /// How long a connection may stay without a request.
        public var idleTimeout: Duration = .seconds(30)

        public init(
            host: String = "127.0.0.1",
            port: Int = 8_080,
            bearerToken: String? = nil,
            readToken: String? = nil
        ) {
            self.readToken = readToken
            self.host = host
            self.port = port
            self.bearerToken = bearerToken
        }
    }

    /// Bytes of a request body.
    static let maximumBodyBytes = 1_024 * 1_024

    private let configuration: Configuration
    private let responder: RouterResponder<AdminContext>
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - calls: Answers `/api/calls`; without it that is 404.
    ///   - routes: Adds routes of others, which the token protects as well.
    ///   - onListening: Called with the port when the server accepts connections.
    public init(
        configuration: Configuration,
        metrics: MetricsRegistry,
        health: any HealthSource,
        logger: Logger,
        calls: (any CallControl)? = nil,
        routes: (Router<AdminContext>) -> Void = { _ in },
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.logger = logger
        self.onListening = onListening
        let router = Router(context: AdminContext.self)
        router.add(middleware: RequestLimits(maximumBodyBytes: Self.maximumBodyBytes))
        router.add(
            middleware: AccessControl(
                token: configuration.bearerToken, readToken: configuration.readToken, logger: logger))
        HealthRoutes(health: health).add(to: router)
        router.get("/metrics") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: PrometheusText.contentType, .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: await metrics.exposition()))
            )
        }
        if let calls { CallRoutes(control: calls).add(to: router) }
        routes(router)
        responder = router.buildResponder()
    }

    /// Serves until the task is cancelled or a graceful shutdown asks it to stop.
    ///
    /// - Throws: If the address cannot be bound.
    public func run() async throws {
        let application = Application(
            responder: responder,
            server: .http1(
                configuration: HTTP1Channel.Configuration(
                    idleTimeout: TimeAmount(configuration.idleTimeout),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 8 * 1_024,
                        maxHeaderListSize: 16 * 1_024,
                        maxHeaderFieldCount: 100
                    )
                )
            ),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    configuration.maximumConnections,
                    logger: logger
                )
            ),
            onServerRunning: { [logger, onListening] channel in
                let port = channel.localAddress?.port ?? 0
                logger.info("admin server listens", metadata: ["admin.port": "\(port)"])
                await onListening(port)
            },
            logger: logger
        )
        try await application.run()
    }
}
