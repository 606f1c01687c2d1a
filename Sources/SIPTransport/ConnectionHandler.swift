import NIOCore
import SIP

/// One connection: cuts the stream into messages, watches that they come to an end, and that the peer reads ours.
///
/// Lives on the event loop of its channel, which need not be that of the stack. A keep-alive (RFC 5626 §3.5.1) is
/// answered, and puts no deadline off.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let stack: SIPStack
    private let source: SIPSource
    private let deadlines: ConnectionDeadlines
    private let isFirstMessageDue: Bool
    private var framer: StreamFramer
    private var unfinished: ConnectionDeadlines.Deadline?
    private var isReadingBody = false
    private var isAtFault = false
    private var first: ConnectionDeadlines.Deadline?
    private let keepAlive: KeepAlive?

    /// - Parameters:
    ///   - deadlines: Of the event loop of the channel.
    ///   - isFirstMessageDue: The peer has opened the connection, and must say what for.
    ///   - keepAlive: Of a connection that we have opened; `nil`: no pings.
    init(
        stack: SIPStack,
        source: SIPSource,
        deadlines: ConnectionDeadlines,
        isFirstMessageDue: Bool,
        keepAlive: KeepAlive.Settings? = nil
    ) {
        self.stack = stack
        self.source = source
        self.deadlines = deadlines
        self.isFirstMessageDue = isFirstMessageDue
        framer = StreamFramer(limits: stack.configuration.limits)
        let counters = stack.sharedCounters
        self.keepAlive = keepAlive.map { settings in
            KeepAlive(settings) { counters.add(\.connectionsTimedOut) }
        }
    }

    func channelActive(context: ChannelHandlerContext) {
        keepAlive?.start(on: context.channel)
        context.fireChannelActive()
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if isFirstMessageDue { first = deadlines.begin(.firstMessage, for: context.channel) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isAtFault else { return }
        framer.append(unwrapInboundIn(data).readableBytesView)
        var messages: [SIPMessage] = []
        var pings = 0
        // One write for all of a read, however many there are.
        defer { if pings > 0 { answer(pings, context) } }
        do throws(SIPParseError) {
            while let frame = try framer.next() {
                stopWaiting()
                switch frame {
                case .message(let message):
                    deadlines.end(&first)
                    messages.append(message)
                case .ping: pings += 1
                case .pong: if keepAlive?.receivedPong(on: context.channel) == true { framer.acceptPong() }
                }
            }
        } catch {
            handOver(messages, context)
            isAtFault = true
            stopWaiting()
            handOver(.fault(framer.pending, error), context)
            return
        }
        handOver(messages, context)
        guard framer.pendingOctets > 0 else { return }
        if framer.isReadingBody, !isReadingBody {
            stopWaiting()
            isReadingBody = true
            unfinished = deadlines.begin(.body, for: context.channel)
        } else if unfinished == nil {
            unfinished = deadlines.begin(.headerSection, for: context.channel)
        }
    }

    private func answer(_ pings: Int, _ context: ChannelHandlerContext) {
        let pongs = String(repeating: "\r\n", count: pings)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: pongs)), promise: nil)
    }

    private func handOver(_ messages: [SIPMessage], _ context: ChannelHandlerContext) {
        if !messages.isEmpty { handOver(.messages(messages), context) }
    }

    private func handOver(_ content: MessageHandover.Item.Content, _ context: ChannelHandlerContext) {
        let item = MessageHandover.Item(content: content, source: source, channel: context.channel, arrival: .now())
        if stack.handOver(item) { try? context.channel.syncOptions?.setOption(.autoRead, value: false) }
    }

    private func stopWaiting() {
        deadlines.end(&unfinished)
        isReadingBody = false
    }

    /// The queue has reached its limit: a peer that does not read is given up.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !context.channel.isWritable {
            stack.sharedCounters.add(\.connectionsTimedOut)
            context.close(promise: nil)
        }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stopWaiting()
        keepAlive?.stop()
        deadlines.end(&first)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
