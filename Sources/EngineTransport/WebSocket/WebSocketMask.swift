import Glibc

/// Masking of payloads (RFC 6455 §5.3).
enum WebSocketMask {
    /// Writes the octets of `source`, masked or unmasked with `key`, to the beginning of `target`, which is at least as
    /// long.
    ///
    /// - Parameter key: Its first octet is in the highest place.
    static func copy(_ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer, key: UInt32) {
        // In the order of memory, whatever that of the machine.
        let pair = UInt64(key.bigEndian) << 32 | UInt64(key.bigEndian)
        let words = min(source.count, target.count) / 8
        for index in 0..<words {
            let word = source.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
            target.storeBytes(of: word ^ pair, toByteOffset: index * 8, as: UInt64.self)
        }
        for index in words * 8..<min(source.count, target.count) {
            target[index] = source[index] ^ UInt8(truncatingIfNeeded: key >> (24 - 8 * UInt32(index % 4)))
        }
    }
}

/// Keys that cannot be guessed (RFC 6455 §10.3), out of random octets that are fetched many at a time.
struct WebSocketMaskKeys {
    /// As many as `getentropy` gives at once: 256 octets.
    private static let count = 64

    private var keys: [UInt32] = []

    mutating func next() -> UInt32 {
        if let key = keys.popLast() { return key }
        keys.append(contentsOf: repeatElement(0, count: Self.count))
        let isFilled = keys.withUnsafeMutableBytes { getentropy($0.baseAddress, $0.count) == 0 }
        if !isFilled { for index in keys.indices { keys[index] = .random(in: .min ... .max) } }
        return keys.popLast() ?? .random(in: .min ... .max)
    }
}
