import NIOCore
import NIOWebSocket

/// Frames that wait to be written, one after the other in one buffer, which is used again and again.
struct WebSocketFrameWriter {
    /// Octets from which on what waits should be handed to the socket without waiting for more.
    static let enough = 64 * 1_024

    /// What waits.
    private(set) var buffer = ByteBuffer()
    private let masks: Bool
    private var keys = WebSocketMaskKeys()

    /// - Parameter masks: A client masks what it sends, a server does not (RFC 6455 §5.1).
    init(masks: Bool) {
        self.masks = masks
    }

    mutating func append(_ opcode: WebSocketOpcode, _ payload: Span<UInt8>) {
        let count = payload.count
        let mask: UInt8 = masks ? 0x80 : 0
        buffer.reserveCapacity(minimumWritableBytes: count + 14)
        buffer.writeInteger(0x80 | UInt8(webSocketOpcode: opcode))
        if count < 126 {
            buffer.writeInteger(UInt8(count) | mask)
        } else if count <= UInt16.max {
            buffer.writeMultipleIntegers(126 | mask, UInt16(count))
        } else {
            buffer.writeMultipleIntegers(127 | mask, UInt64(count))
        }
        var written = buffer  // Taken out, so that the closure need not hold `self`.
        buffer = ByteBuffer()
        let key = masks ? keys.next() : nil
        payload.withUnsafeBytes { source in
            guard let key else {
                written.writeBytes(source)
                return
            }
            written.writeInteger(key)
            written.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
                WebSocketMask.copy(source, to: target, key: key)
                return count
            }
        }
        buffer = written
    }

    /// What waited has been handed on. Its memory is used again if the socket has taken it all, and was not too much.
    mutating func clear() {
        if buffer.capacity > 2 * Self.enough { buffer = ByteBuffer() } else { buffer.clear() }
    }
}
