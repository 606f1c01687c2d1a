import Codecs
import Glibc
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import VoiceEngine

/// The way from an endpoint to a session that is ready, or to the one error that says why not.
///
/// Confined to the event loop of its promise, which is what makes `@unchecked Sendable` right. It stands in the
/// pipeline until the WebSocket handshake is done.
final class EngineConnectAttempt: ChannelInboundHandler, RemovableChannelHandler, @unchecked Sendable {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let endpoint: EngineEndpoint
    private let configuration: EngineSessionConfiguration
    private let allowed: Duration
    private let logger: Logger
    private let handler: any EngineConnectionHandler
    private let promise: EventLoopPromise<EngineConnection>
    private let eventLoop: any EventLoop
    private let closer = SocketCloser()
    private var deadline: Scheduled<Void>?
    private var isFinished = false
    private var session: any EngineSession
    private var requestTarget = "/"
    private var requestHeaders = HTTPHeaders()

    init(
        endpoint: EngineEndpoint,
        configuration: EngineSessionConfiguration,
        allowed: Duration,
        logger: Logger,
        handler: any EngineConnectionHandler,
        promise: EventLoopPromise<EngineConnection>
    ) {
        self.endpoint = endpoint
        self.configuration = configuration
        session = endpoint.dialect.makeSession(configuration, options: endpoint.options)
        self.allowed = allowed
        self.logger = logger
        self.handler = handler
        self.promise = promise
        self.eventLoop = promise.futureResult.eventLoop
    }

    func start() {
        let url: WebSocketURL
        do {
            url = try WebSocketURL(parsing: endpoint.url)
        } catch {
            return fail(.invalidURL("\(error) is not usable: ws://host[:port]/path or wss://host[:port]/path expected"))
        }
        if let apiKey = endpoint.apiKey, !apiKey.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
            return fail(.invalidURL("the API key has characters that no HTTP header can carry"))
        }
        let handshake = session.handshake(EngineHandshakeContext(endpoint, url))
        guard handshake.isWritable else {
            return fail(
                .invalidURL("the handshake of \(endpoint.dialect.rawValue) has characters that HTTP cannot carry"))
        }
        for header in handshake.headers { requestHeaders.add(name: header.name, value: header.value) }
        if !handshake.subprotocols.isEmpty {
            requestHeaders.add(name: "Sec-WebSocket-Protocol", value: handshake.subprotocols.joined(separator: ", "))
        }
        requestHeaders.add(name: "Host", value: url.hostHeader)
        requestHeaders.add(name: "Content-Length", value: "0")
        requestTarget = handshake.target
        deadline = eventLoop.scheduleTask(in: TimeAmount(allowed)) { self.fail(.timedOut(after: self.allowed)) }
        guard url.isSecure else { return connect(url, tls: nil) }
        EngineTLS.context(trustRoots: endpoint.trustRootsFile, on: eventLoop).whenComplete { result in
            switch result {
            case .success(let context): self.connect(url, tls: context)
            case .failure(let error):
                let file = self.endpoint.trustRootsFile ?? "the system's"
                self.fail(.unreachable("trust roots (\(file)) cannot be used: \(error)"))
            }
        }
    }

    func succeed(_ connection: EngineConnection) {
        guard !isFinished else { return }
        isFinished = true
        deadline?.cancel()
        deadline = nil
        promise.succeed(connection)
    }

    /// Ends the attempt, and the socket if there is one already.
    func fail(_ error: EngineConnectError) {
        guard !isFinished else { return }
        isFinished = true
        deadline?.cancel()
        deadline = nil
        logger.debug(
            "Engine not reached", metadata: ["engine.name": "\(endpoint.name)", "engine.error": "\(error)"])
        promise.fail(error)
        closer.closeNow()
    }

    private func connect(_ url: WebSocketURL, tls: NIOSSLContext?) {
        guard !isFinished else { return }
        // Bounds what waits in the kernel when the engine does not read: about a second of audio.
        let sendBuffer = max(16_384, configuration.audioFormat.bytesPerMillisecond * 1_000)
        ClientBootstrap(group: eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_sndbuf), value: SocketOptionValue(sendBuffer))
            .channelOption(.writeBufferWaterMark, value: configuration.audioFormat.writeBufferWaterMark)
            .connectTimeout(TimeAmount(allowed))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.configure(channel, url, tls) }
            }
            .connect(host: url.host, port: url.port)
            .whenComplete { result in
                switch result {
                case .success: if self.isFinished { self.closer.closeNow() }
                case .failure(let error): self.fail(.connecting(to: url, failed: error, allowed: self.allowed))
                }
            }
    }

    private func configure(_ channel: any Channel, _ url: WebSocketURL, _ tls: NIOSSLContext?) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(closer)
        if let tls {
            let isAddress = (try? SocketAddress(ipAddress: url.host, port: 0)) != nil
            try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : url.host))
        }
        let upgrader = WebSocketClientUpgrade { channel in try self.upgraded(channel, self.session) }
        try pipeline.addHTTPClientHandlers(
            leftOverBytesStrategy: .forwardBytes,
            withClientUpgrade: (upgraders: [upgrader], completionHandler: { _ in })
        )
        try pipeline.addHandler(self)
    }

    private func upgraded(_ channel: any Channel, _ session: any EngineSession) throws {
        let pipeline = channel.pipeline.syncOperations
        _ = pipeline.removeHandler(self)
        guard !isFinished else { return closer.closeNow() }
        let connection = EngineConnection(
            session: session, attempt: self, eventLoop: eventLoop, logger: logger, handler: handler)
        let socket = WebSocketConnection(
            channel: channel,
            closer: closer,
            role: .client,
            options: WebSocketConnectionOptions(maximumMessageSize: session.maximumMessageSize),
            handler: connection
        )
        try pipeline.addHandler(WebSocketFrameHandler(socket))
        connection.begin(socket)
    }

    // MARK: - In the pipeline, until the handshake is done

    func channelActive(context: ChannelHandlerContext) {
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: requestTarget, headers: requestHeaders)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    /// Only a response that did not upgrade comes here.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data) else { return }
        fail(.refused(status: Int(head.status.code)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case let upgradeError as NIOHTTPClientUpgradeError:
            fail(.protocolViolation("the WebSocket handshake was not accepted: \(upgradeError)"))
        case is HTTPParserError:
            fail(.protocolViolation("the answer to the WebSocket handshake is not HTTP: \(error)"))
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            fail(.unreachable("TLS failed: \(error); is the certificate's issuer in the trust roots file?"))
        default:
            fail(.unreachable("the connection failed: \(error)"))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(.unreachable("the connection ended before the WebSocket handshake was answered"))
        context.fireChannelInactive()
    }
}

extension EngineConnectError {
    fileprivate static func connecting(to url: WebSocketURL, failed error: any Error, allowed: Duration) -> Self {
        let place = "\(url.host):\(url.port)"
        guard let connectionError = error as? NIOConnectionError else {
            if case ChannelError.connectTimeout = error { return .timedOut(after: allowed) }
            return .unreachable("\(place): \(error)")
        }
        guard let first = connectionError.connectionErrors.first else {
            return .unreachable("\(url.host) does not resolve to an address; check the name and the DNS")
        }
        if case ChannelError.connectTimeout = first.error { return .timedOut(after: allowed) }
        return .unreachable("\(place): \(first.error); is the engine running and the port right?")
    }
}

extension AudioFormat {
    /// The connection counts as behind from 400 ms of audio on, in Base64 with its JSON and framing.
    var writeBufferWaterMark: ChannelOptions.Types.WriteBufferWaterMark {
        let high = 400 * bytesPerMillisecond * 4 / 3 + 20 * 80
        return ChannelOptions.Types.WriteBufferWaterMark(low: high / 2, high: high)
    }
}

extension EngineHandshakeContext {
    fileprivate init(_ endpoint: EngineEndpoint, _ url: WebSocketURL) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        self.init(
            target: url.target,
            authority: url.hostHeader,
            isSecure: url.isSecure,
            apiKey: endpoint.apiKey,
            signingSecret: endpoint.signingSecret,
            options: endpoint.options,
            unixTime: Int64(now.tv_sec),
            entropy: (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        )
    }
}

extension EngineHandshake {
    /// Whether a request can be written from it that says what it is meant to say (RFC 9110 §5.5, RFC 9112 §3).
    fileprivate var isWritable: Bool {
        target.hasPrefix("/") && target.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            && headers.allSatisfy { header in
                !header.name.isEmpty && header.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3A }
                    && header.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            }
            && subprotocols.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x2C } }
    }
}
