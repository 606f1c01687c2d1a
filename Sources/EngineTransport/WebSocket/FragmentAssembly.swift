import NIOWebSocket

/// Puts the fragments of a message together (RFC 6455 §5.4) within limits.
struct FragmentAssembly {
    enum Result {
        case incomplete
        /// - Parameter isBinary: Of the first frame.
        case message([UInt8], isBinary: Bool)
        case refused(String, WebSocketErrorCode)
    }

    let maximumSize: Int
    let maximumFragments: Int
    private var partial: [UInt8]?
    private var isBinary = false
    private var fragments = 0

    init(maximumSize: Int, maximumFragments: Int) {
        self.maximumSize = maximumSize
        self.maximumFragments = maximumFragments
    }

    /// Whether no message has begun.
    var isEmpty: Bool { partial == nil }

    /// Takes a data frame.
    mutating func append(_ opcode: WebSocketOpcode, isFinal: Bool, _ payload: Span<UInt8>) -> Result {
        switch (opcode, partial == nil) {
        case (.text, true): isBinary = false
        case (.binary, true): isBinary = true
        case (.continuation, false): break
        default:
            return .refused("fragments out of order", .protocolError)
        }
        var whole = partial ?? []
        partial = nil  // So that the bytes have one owner and grow in place.
        fragments += 1
        guard fragments <= maximumFragments else { return .refused("too many fragments", .policyViolation) }
        guard whole.count + payload.count <= maximumSize else {
            return .refused("message longer than \(maximumSize) bytes", .messageTooLarge)
        }
        payload.withUnsafeBufferPointer { whole.append(contentsOf: $0) }
        guard isFinal else {
            partial = whole
            return .incomplete
        }
        fragments = 0
        return .message(whole, isBinary: isBinary)
    }

    mutating func reset() {
        partial = nil
        fragments = 0
    }
}
