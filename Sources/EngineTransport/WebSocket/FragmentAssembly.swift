import NIOCore
import NIOWebSocket

/// Puts the fragments of a message together (RFC 6455 §5.4) within limits.
struct FragmentAssembly {
    enum Result {
        case incomplete
        case message(ByteBuffer)
        case refused(String, WebSocketErrorCode)
    }

    let maximumSize: Int
    let maximumFragments: Int
    private var partial: ByteBuffer?
    private var fragments = 0

    init(maximumSize: Int, maximumFragments: Int) {
        self.maximumSize = maximumSize
        self.maximumFragments = maximumFragments
    }

    mutating func append(_ frame: WebSocketFrame) -> Result {
        var data = frame.unmaskedData
        switch (frame.opcode, partial == nil) {
        case (.binary, _):
            return .refused("binary message", .unacceptableData)
        case (.text, true) where frame.fin:
            guard data.readableBytes <= maximumSize else { return tooLarge }
            return .message(data)
        case (.text, true):
            guard data.readableBytes <= maximumSize else { return tooLarge }
            partial = data
            fragments = 1
            return .incomplete
        case (.continuation, false):
            break
        default:
            return .refused("fragments out of order", .protocolError)
        }
        guard var whole = partial else { return .incomplete }
        partial = nil  // So that the bytes have one owner and grow in place.
        fragments += 1
        guard fragments <= maximumFragments else { return .refused("too many fragments", .policyViolation) }
        guard whole.readableBytes + data.readableBytes <= maximumSize else { return tooLarge }
        whole.writeBuffer(&data)
        if frame.fin {
            fragments = 0
            return .message(whole)
        }
        partial = whole
        return .incomplete
    }

    mutating func reset() {
        partial = nil
        fragments = 0
    }

    private var tooLarge: Result { .refused("message longer than \(maximumSize) bytes", .messageTooLarge) }
}
