import NIOCore
import SIP

/// One TCP connection: cuts the stream into messages and watches that they keep coming to an end.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let stack: SIPStack
    private let source: SIPSource
    private let messageTime: TimeAmount
    private var framer: StreamFramer
    private var unfinished: Scheduled<Void>?

    /// - Parameter messageTime: A message must be complete this long after its first octet.
    init(stack: SIPStack, source: SIPSource, limits: SIPLimits, messageTime: TimeAmount) {
        self.stack = stack
        self.source = source
        self.messageTime = messageTime
        framer = StreamFramer(limits: limits)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        let source = source
        framer.append(buffer.readableBytesView)
        buffer.clear()
        do throws(SIPParseError) {
            while let frame = try framer.next() {
                unfinished?.cancel()
                unfinished = nil
                switch frame {
                case .message(let message): stack.assumeIsolated { $0.receive(message, from: source) }
                case .ping: context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "\r\n")), promise: nil)
                case .pong: break
                }
            }
        } catch {
            let pending = framer.pending
            stack.assumeIsolated { $0.refuse(pending, because: error, from: source) }
            context.close(promise: nil)
            return
        }
        if framer.pendingOctets > 0, unfinished == nil {
            let channel = context.channel
            unfinished = context.eventLoop.scheduleTask(in: messageTime) { channel.close(promise: nil) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        unfinished?.cancel()
        unfinished = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
