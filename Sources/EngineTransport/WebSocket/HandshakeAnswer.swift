import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Answers requests that do not become WebSocket connections.
final class HandshakeAnswer: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// From the connection to the end of its handshake.
    private static let timeAllowed = TimeAmount.seconds(10)

    private let decideRequest: @Sendable (WebSocketServer.Request) -> WebSocketServer.Decision
    private let respond: WebSocketServer.Responder?
    private var decision: WebSocketServer.Decision?
    /// A POST whose body is coming.
    private var post: (request: WebSocketServer.Request, body: [UInt8])?
    private var deadline: Scheduled<Void>?

    init(
        _ decide: @escaping @Sendable (WebSocketServer.Request) -> WebSocketServer.Decision,
        _ respond: WebSocketServer.Responder?
    ) {
        decideRequest = decide
        self.respond = respond
    }

    private static func request(_ head: HTTPRequestHead) -> WebSocketServer.Request {
        WebSocketServer.Request(
            path: String(head.uri.prefix { $0 != "?" }),
            target: head.uri,
            authorization: head.headers.first(name: "Authorization"),
            headers: head.headers.map { WebSocketServer.Request.Header(name: $0.name, value: $0.value) }
        )
    }

    func decide(_ head: HTTPRequestHead) -> WebSocketServer.Decision {
        let decided = decideRequest(Self.request(head))
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
        switch unwrapInboundIn(data) {
        case .head(let head) where head.method == .POST && respond != nil && decision == nil:
            post = (Self.request(head), [])
        case .head(let head):
            answer(head, context)
        case .body(let part):
            guard let length = post?.body.count else { return }
            guard length + part.readableBytes <= WebSocketServer.maximumBody else {
                post = nil
                return send(413, context: context)
            }
            post?.body.append(contentsOf: part.readableBytesView)
        case .end:
            guard let post, let respond else { return }
            self.post = nil
            let boundContext = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.makeFutureWithTask { await respond(post.request, post.body) }.whenSuccess { response in
                let (handler, context) = boundContext.value
                guard context.channel.isActive else { return }
                handler.send(response.status, response.contentType, response.body, context: context)
            }
        }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        switch decision ?? decide(head) {
        case .refuse(let refused): send(refused, context: context)
        case .accept, .acceptSubprotocol: send(426, context: context)
        case .ignore: break
        }
    }

    /// Answers, and closes the connection.
    private func send(
        _ status: Int,
        _ contentType: String? = nil,
        _ body: [UInt8] = [],
        context: ChannelHandlerContext
    ) {
        var headers = HTTPHeaders([("Content-Length", "\(body.count)"), ("Connection", "close")])
        if let contentType { headers.add(name: "Content-Type", value: contentType) }
        let response = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers)
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        if !body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        }
        let boundContext = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in boundContext.value.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The upgrader reports a refused handshake as an error and then passes the request on.
        if error is NIOWebSocketUpgradeError { return }
        context.close(promise: nil)
    }
}
