import NIOCore
import SIP

/// One connection: cuts the stream into messages, watches that they come to an end, and that the peer reads ours.
///
/// A keep-alive (RFC 5626 §3.5.1) is answered, and puts no deadline off.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let stack: SIPStack
    private let source: SIPSource
    private let messageTime: TimeAmount
    private let bodyTime: TimeAmount
    private let firstMessageTime: TimeAmount?
    private var framer: StreamFramer
    private var unfinished: Scheduled<Void>?
    private var isReadingBody = false
    private var first: Scheduled<Void>?
    private let keepAlive: KeepAlive?

    /// - Parameters:
    ///   - messageTime: A header section must be complete this long after its first octet.
    ///   - bodyTime: A body must be complete this long after its header section.
    ///   - keepAlive: Of a connection that we have opened; `nil`: no pings.
    ///   - firstMessageTime: The first message must have come by then; `nil`: whenever it likes.
    init(
        stack: SIPStack,
        source: SIPSource,
        limits: SIPLimits,
        messageTime: TimeAmount,
        bodyTime: TimeAmount,
        firstMessageTime: TimeAmount?,
        keepAlive: KeepAlive.Settings? = nil
    ) {
        self.stack = stack
        self.source = source
        self.messageTime = messageTime
        self.bodyTime = bodyTime
        self.firstMessageTime = firstMessageTime
        framer = StreamFramer(limits: limits)
        self.keepAlive = keepAlive.map { settings in
            KeepAlive(settings) { stack.assumeIsolated { $0.connectionTimedOut() } }
        }
    }

    func channelActive(context: ChannelHandlerContext) {
        keepAlive?.start(on: context.channel)
        context.fireChannelActive()
    }

    func handlerAdded(context: ChannelHandlerContext) {
        first = firstMessageTime.map { expire(after: $0, context) }
    }

    private func expire(after time: TimeAmount, _ context: ChannelHandlerContext) -> Scheduled<Void> {
        let channel = context.channel
        let stack = stack
        return context.eventLoop.scheduleTask(in: time) {
            stack.assumeIsolated { $0.connectionTimedOut() }
            channel.close(promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        let source = source
        framer.append(buffer.readableBytesView)
        buffer.clear()
        do throws(SIPParseError) {
            while let frame = try framer.next() {
                stopWaiting()
                switch frame {
                case .message(let message):
                    first?.cancel()
                    first = nil
                    stack.assumeIsolated { $0.admit(message, from: source) }
                case .ping: context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "\r\n")), promise: nil)
                case .pong: if keepAlive?.receivedPong(on: context.channel) == true { framer.acceptPong() }
                }
            }
        } catch {
            let pending = framer.pending
            stack.assumeIsolated { $0.refuse(pending, because: error, from: source) }
            context.close(promise: nil)
            return
        }
        guard framer.pendingOctets > 0 else { return }
        if framer.isReadingBody, !isReadingBody {
            stopWaiting()
            isReadingBody = true
            unfinished = expire(after: bodyTime, context)
        } else if unfinished == nil {
            unfinished = expire(after: messageTime, context)
        }
    }

    private func stopWaiting() {
        unfinished?.cancel()
        unfinished = nil
        isReadingBody = false
    }

    /// The queue has reached its limit: a peer that does not read is given up.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !context.channel.isWritable {
            stack.assumeIsolated { $0.connectionTimedOut() }
            context.close(promise: nil)
        }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stopWaiting()
        keepAlive?.stop()
        first?.cancel()
        first = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
