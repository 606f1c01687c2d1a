// Arbitrary bytes as a stream: the frames do not depend on how the stream is cut.

func fuzz(_ octets: UnsafeBufferPointer<UInt8>) {
    let input = Array(octets)
    guard let first = input.first else { return }
    let bytes = Array(input.dropFirst())
    let whole = frames(bytes, step: bytes.count)
    let pieces = frames(bytes, step: Int(first) + 1)
    precondition(whole == pieces)
}

/// What comes out when `step` octets arrive at a time, up to the first error. CR LF CR LF that arrives in two pieces is
/// told apart later, so keep-alives are left out.
private func frames(_ bytes: [UInt8], step: Int) -> [SIPMessage] {
    var framer = StreamFramer()
    var messages: [SIPMessage] = []
    var rest = bytes[...]
    while !rest.isEmpty {
        framer.append(rest.prefix(step))
        rest = rest.dropFirst(step)
        do throws(SIPParseError) {
            while let frame = try framer.next() {
                if case .message(let message) = frame { messages.append(message) }
            }
        } catch {
            return messages
        }
    }
    return messages
}
