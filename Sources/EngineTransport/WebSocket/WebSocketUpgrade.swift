import NIOCore
import NIOHTTP1
import NIOWebSocket

/// The handshake of a client, by NIO's upgrader, without its handlers for frames.
struct WebSocketClientUpgrade: NIOHTTPClientProtocolUpgrader, Sendable {
    private let handshake = NIOWebSocketClientUpgrader { channel, _ in channel.eventLoop.makeSucceededVoidFuture() }
    /// Adds the handlers of the connection.
    private let open: @Sendable (any Channel) throws -> Void

    init(_ open: @escaping @Sendable (any Channel) throws -> Void) {
        self.open = open
    }

    var supportedProtocol: String { handshake.supportedProtocol }
    var requiredUpgradeHeaders: [String] { handshake.requiredUpgradeHeaders }

    func addCustom(upgradeRequestHeaders: inout HTTPHeaders) {
        handshake.addCustom(upgradeRequestHeaders: &upgradeRequestHeaders)
    }

    func shouldAllowUpgrade(upgradeResponse: HTTPResponseHead) -> Bool {
        handshake.shouldAllowUpgrade(upgradeResponse: upgradeResponse)
    }

    func upgrade(context: ChannelHandlerContext, upgradeResponse: HTTPResponseHead) -> EventLoopFuture<Void> {
        let channel = context.channel
        return channel.eventLoop.makeCompletedFuture { try open(channel) }
    }
}

/// The handshake of a server, by NIO's upgrader, without its handlers for frames.
struct WebSocketServerUpgrade: HTTPServerProtocolUpgrader, Sendable {
    private let handshake: NIOWebSocketServerUpgrader
    /// Adds the handlers of the connection.
    private let open: @Sendable (any Channel) throws -> Void

    /// - Parameter accepts: What a request is answered with beside 101; `nil` to leave the request alone.
    init(
        accepts: @escaping @Sendable (HTTPRequestHead) -> HTTPHeaders?,
        open: @escaping @Sendable (any Channel) throws -> Void
    ) {
        handshake = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeSucceededFuture(accepts(head))
            },
            upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() }
        )
        self.open = open
    }

    var supportedProtocol: String { handshake.supportedProtocol }
    var requiredUpgradeHeaders: [String] { handshake.requiredUpgradeHeaders }

    func buildUpgradeResponse(
        channel: any Channel,
        upgradeRequest: HTTPRequestHead,
        initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders> {
        handshake.buildUpgradeResponse(
            channel: channel,
            upgradeRequest: upgradeRequest,
            initialResponseHeaders: initialResponseHeaders
        )
    }

    func upgrade(context: ChannelHandlerContext, upgradeRequest: HTTPRequestHead) -> EventLoopFuture<Void> {
        let channel = context.channel
        return channel.eventLoop.makeCompletedFuture { try open(channel) }
    }
}
