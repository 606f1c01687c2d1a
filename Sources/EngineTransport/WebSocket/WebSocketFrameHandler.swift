import NIOCore
import NIOWebSocket

/// Ties a ``WebSocketConnection`` to its pipeline: cuts the bytes of the channel into frames (RFC 6455 §5.2).
///
/// A frame that came whole is handed on where it lies. What is kept of one that did not is at most a message long.
final class WebSocketFrameHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Octets of memory for the beginnings of frames that are kept while there is none.
    private static let kept = 64 * 1_024

    private let connection: WebSocketConnection
    /// The beginning of a frame.
    private var pending = ByteBuffer()
    private var unmasked: [UInt8] = []
    /// What comes after a fault cannot be understood.
    private var isFaulty = false

    init(_ connection: WebSocketConnection) {
        self.connection = connection
    }

    func handlerAdded(context: ChannelHandlerContext) {
        connection.attach(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        connection.detach()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        guard !isFaulty else { return }
        guard pending.readableBytes > 0 else {
            readFrames(&bytes)
            if bytes.readableBytes > 0 { pending.writeBuffer(&bytes) }
            return
        }
        var whole = pending  // Taken out, so that it has one owner.
        pending = ByteBuffer()
        whole.writeBuffer(&bytes)
        readFrames(&whole)
        if whole.readableBytes > 0 {
            whole.discardReadBytes()
        } else if whole.capacity <= Self.kept {
            whole.clear()
        } else {
            whole = ByteBuffer()
        }
        pending = whole
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection.detach()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection.receive(error: error)
    }

    /// Hands on all frames that are whole; what is left is the beginning of one.
    private func readFrames(_ bytes: inout ByteBuffer) {
        while true {
            let head: WebSocketFrameHead?
            do throws(WebSocketFrameHead.Fault) {
                head = try WebSocketFrameHead(
                    reading: bytes.readableBytesUInt8Span, maximumPayload: connection.maximumPayload)
            } catch {
                isFaulty = true
                bytes.clear()
                return connection.receive(error)
            }
            guard let head, bytes.readableBytes - head.length >= head.payloadLength else { return }
            bytes.moveReaderIndex(forwardBy: head.length)
            if let key = head.maskKey {
                unmask(bytes, head, key)
            } else {
                connection.receive(head, bytes.readableBytesUInt8Span.extracting(first: head.payloadLength))
            }
            bytes.moveReaderIndex(forwardBy: head.payloadLength)
        }
    }

    private func unmask(_ bytes: ByteBuffer, _ head: WebSocketFrameHead, _ key: UInt32) {
        var payload = unmasked  // Taken out, so that it is used again without a copy.
        unmasked = []
        payload.removeAll(keepingCapacity: true)
        payload.append(contentsOf: repeatElement(0, count: head.payloadLength))
        bytes.withUnsafeReadableBytes { source in
            payload.withUnsafeMutableBytes { target in
                WebSocketMask.copy(
                    UnsafeRawBufferPointer(rebasing: source[..<head.payloadLength]), to: target, key: key)
            }
        }
        connection.receive(head, payload.span)
        if payload.count <= Self.kept { unmasked = payload }
    }
}
