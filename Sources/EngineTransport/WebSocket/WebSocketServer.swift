import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// A WebSocket server on one address, for local engines and for tests.
public final class WebSocketServer: Sendable {
    /// What is done with a handshake.
    public enum Decision: Sendable, Hashable {
        case accept
        /// Accept, and choose this one of the subprotocols that the client offers.
        case acceptSubprotocol(String)
        /// Answer with this HTTP status instead of 101.
        case refuse(status: Int)
        /// Leave the request without an answer.
        case ignore
    }

    public struct Request: Sendable, Hashable {
        /// Path without the query.
        public var path: String
        /// Path and query.
        public var target: String
        /// The value of `Authorization`.
        public var authorization: String?
        /// The header fields in order, names as they came.
        public var headers: [Header]

        public struct Header: Sendable, Hashable {
            public var name: String
            public var value: String
        }

        /// The value of the first field of this name, in any spelling of case.
        public func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    private let channel: any Channel

    private init(channel: any Channel) {
        self.channel = channel
    }

    /// The port that was bound.
    public var port: Int { channel.localAddress?.port ?? 0 }

    /// Binds and begins to accept.
    ///
    /// - Parameters:
    ///   - port: 0 lets the system choose.
    ///   - tls: `nil` for `ws`.
    ///   - decide: Called for each handshake on the loop of its connection.
    ///   - open: Makes the owner of an accepted connection, on the loop of that connection, before anything is read.
    public static func bind(
        host: String,
        port: Int,
        group: any EventLoopGroup,
        tls: NIOSSLContext? = nil,
        options: WebSocketConnectionOptions = WebSocketConnectionOptions(),
        decide: @escaping @Sendable (Request) -> Decision,
        open: @escaping @Sendable (any EventLoop) -> any WebSocketServerHandler
    ) async throws -> WebSocketServer {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Self.configure(channel, tls, options, decide, open)
                }
            }
        return WebSocketServer(channel: try await bootstrap.bind(host: host, port: port).get())
    }

    /// Stops accepting. Open connections are their owners' business.
    public func close() async {
        try? await channel.close()
    }

    private static func configure(
        _ channel: any Channel,
        _ tls: NIOSSLContext?,
        _ options: WebSocketConnectionOptions,
        _ decide: @escaping @Sendable (Request) -> Decision,
        _ open: @escaping @Sendable (any EventLoop) -> any WebSocketServerHandler
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        let closer = SocketCloser()
        try pipeline.addHandler(closer)
        if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
        let answer = HandshakeAnswer(decide)
        let boundAnswer = NIOLoopBound(answer, eventLoop: channel.eventLoop)
        let upgrader = WebSocketServerUpgrade(
            accepts: { boundAnswer.value.decide($0).acceptance },
            open: { channel in
                let pipeline = channel.pipeline.syncOperations
                let handler = open(channel.eventLoop)
                let connection = WebSocketConnection(
                    channel: channel, closer: closer, role: .server, options: options, handler: handler)
                try pipeline.addHandler(WebSocketFrameHandler(connection))
                _ = pipeline.removeHandler(boundAnswer.value)
                handler.webSocketDidOpen(connection)
            }
        )
        try pipeline.configureHTTPServerPipeline(
            withServerUpgrade: (upgraders: [upgrader], completionHandler: { _ in }))
        try pipeline.addHandler(answer)
    }
}

/// The owner of a connection that a ``WebSocketServer`` accepted.
public protocol WebSocketServerHandler: WebSocketHandler {
    /// The first call.
    func webSocketDidOpen(_ connection: WebSocketConnection)
}

/// Answers requests that do not become WebSocket connections.
private final class HandshakeAnswer: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// From the connection to the end of its handshake.
    private static let timeAllowed = TimeAmount.seconds(10)

    private let decideRequest: @Sendable (WebSocketServer.Request) -> WebSocketServer.Decision
    private var decision: WebSocketServer.Decision?
    private var deadline: Scheduled<Void>?

    init(_ decide: @escaping @Sendable (WebSocketServer.Request) -> WebSocketServer.Decision) {
        decideRequest = decide
    }

    func decide(_ head: HTTPRequestHead) -> WebSocketServer.Decision {
        let request = WebSocketServer.Request(
            path: String(head.uri.prefix { $0 != "?" }),
            target: head.uri,
            authorization: head.headers.first(name: "Authorization"),
            headers: head.headers.map { WebSocketServer.Request.Header(name: $0.name, value: $0.value) }
        )
        let decided = decideRequest(request)
        decision = decided
        return decided
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: Self.timeAllowed) { channel.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data) else { return }
        let status: Int
        switch decision ?? decide(head) {
        case .refuse(let refused): status = refused
        case .accept, .acceptSubprotocol: status = 426
        case .ignore: return
        }
        let headers = HTTPHeaders([("Content-Length", "0"), ("Connection", "close")])
        let response = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers)
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        let boundContext = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in boundContext.value.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The upgrader reports a refused handshake as an error and then passes the request on.
        if error is NIOWebSocketUpgradeError { return }
        context.close(promise: nil)
    }
}

extension WebSocketServer.Decision {
    /// The fields that the answer to an accepted handshake has more; `nil` if it is not accepted.
    fileprivate var acceptance: HTTPHeaders? {
        switch self {
        case .accept: HTTPHeaders()
        case .acceptSubprotocol(let name): HTTPHeaders([("Sec-WebSocket-Protocol", name)])
        case .refuse, .ignore: nil
        }
    }
}
