import Glibc

/// The kernel's random numbers, fetched 32 at a time: a routed call takes eight.
struct BufferedRandomNumberGenerator: RandomNumberGenerator, Sendable {
    private static let capacity = 32
    private var numbers: [UInt64] = []

    mutating func next() -> UInt64 {
        if let number = numbers.popLast() { return number }
        numbers = [UInt64](unsafeUninitializedCapacity: Self.capacity) { buffer, count in
            // All or nothing, for up to 256 octets (getentropy(3)).
            count = getentropy(buffer.baseAddress, Self.capacity * MemoryLayout<UInt64>.size) == 0 ? Self.capacity : 0
        }
        if let number = numbers.popLast() { return number }
        var system = SystemRandomNumberGenerator()
        return system.next()
    }
}
