/// Puts the two octets of a sample together when a sender has cut its stream between them.
struct SampleJoiner: Sendable {
    private var rest: UInt8?

    /// Whether the message begins and ends between two samples.
    func isAligned(_ message: Span<UInt8>) -> Bool {
        rest == nil && message.count.isMultiple(of: 2)
    }

    /// The whole samples that are there now.
    mutating func join(_ message: Span<UInt8>) -> [UInt8] {
        var audio: [UInt8] = []
        audio.reserveCapacity(message.count + 1)
        if let rest { audio.append(rest) }
        audio.append(message)
        rest = audio.count.isMultiple(of: 2) ? nil : audio.popLast()
        return audio
    }
}

extension [UInt8] {
    mutating func append(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
    }
}
