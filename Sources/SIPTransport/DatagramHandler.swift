import NIOCore
import SIP

/// Hands each datagram of one UDP socket to the stack.
final class DatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let stack: SIPStack
    private let flow: FlowID

    init(stack: SIPStack, flow: FlowID) {
        self.stack = stack
        self.flow = flow
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let flow = flow
        stack.assumeIsolated { $0.receive(datagram: envelope, on: flow) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        let flow = flow
        stack.assumeIsolated { $0.receivedDatagrams(on: flow) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A datagram socket outlives what one peer's ICMP errors report.
    }
}
