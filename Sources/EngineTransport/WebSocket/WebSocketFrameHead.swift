import NIOWebSocket

/// What stands before the payload of a frame (RFC 6455 §5.2).
struct WebSocketFrameHead: Equatable {
    enum Fault: Error {
        /// The payload is longer than allowed.
        case tooLong
        /// A control frame in fragments, or with more than 125 octets (§5.5).
        case control
    }

    var isFinal: Bool
    var hasReservedBits: Bool
    var opcode: WebSocketOpcode
    /// The four octets of the key, the first in the highest place; `nil` for a frame that is not masked.
    var maskKey: UInt32?
    /// Octets of the head itself.
    var length: Int
    var payloadLength: Int

    /// Reads the head at the beginning of `bytes`; `nil` if it is not all there yet.
    ///
    /// - Throws: As soon as the length is known, so that nothing of a payload is waited for that is not wanted.
    init?(reading bytes: Span<UInt8>, maximumPayload: Int) throws(Fault) {
        guard bytes.count >= 2, let opcode = WebSocketOpcode(encodedWebSocketOpcode: bytes[0] & 0x0F) else {
            return nil
        }
        let (short, isMasked) = (Int(bytes[1] & 0x7F), bytes[1] & 0x80 != 0)
        let lengthOctets = short == 127 ? 8 : short == 126 ? 2 : 0
        guard bytes.count >= 2 + lengthOctets else { return nil }
        var wide = lengthOctets == 0 ? UInt64(short) : 0
        for index in 0..<lengthOctets { wide = wide << 8 | UInt64(bytes[2 + index]) }
        guard wide <= UInt64(maximumPayload) else { throw .tooLong }
        isFinal = bytes[0] & 0x80 != 0
        hasReservedBits = bytes[0] & 0x70 != 0
        self.opcode = opcode
        payloadLength = Int(wide)
        if opcode.isControlOpcode, !isFinal || lengthOctets > 0 { throw .control }
        length = 2 + lengthOctets + (isMasked ? 4 : 0)
        guard bytes.count >= length else { return nil }
        if isMasked {
            var key: UInt32 = 0
            for index in length - 4..<length { key = key << 8 | UInt32(bytes[index]) }
            maskKey = key
        } else {
            maskKey = nil
        }
    }
}
