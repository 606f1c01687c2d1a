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

    /// What a request is answered with that is no handshake.
    public struct Response: Sendable, Hashable {
        public var status: Int
        public var contentType: String
        public var body: [UInt8]

        public init(status: Int, contentType: String, body: [UInt8]) {
            self.status = status
            self.contentType = contentType
            self.body = body
        }
    }

    /// Answers a POST with its body, which has at most ``maximumBody`` octets.
    public typealias Responder = @Sendable (Request, [UInt8]) async -> Response

    public static let maximumBody = 65_536

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
    ///   - respond: Answers POSTs; `nil`: they are refused as handshakes that they are not.
    public static func bind(
        host: String,
        port: Int,
        group: any EventLoopGroup,
        tls: NIOSSLContext? = nil,
        options: WebSocketConnectionOptions = WebSocketConnectionOptions(),
        decide: @escaping @Sendable (Request) -> Decision,
        open: @escaping @Sendable (any EventLoop) -> any WebSocketServerHandler,
        respond: Responder? = nil
    ) async throws -> WebSocketServer {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Self.configure(channel, tls, options, decide, open, respond)
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
        _ open: @escaping @Sendable (any EventLoop) -> any WebSocketServerHandler,
        _ respond: Responder?
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        let closer = SocketCloser()
        try pipeline.addHandler(closer)
        if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
        let answer = HandshakeAnswer(decide, respond)
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
