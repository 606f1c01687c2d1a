/// A first-in-first-out queue of bytes that grows to a limit and gives large memory back when it runs empty.
struct ByteRing {
    private static let smallest = 16 * 1_024
    private static let keptWhenEmpty = 128 * 1_024

    let limit: Int
    private(set) var count = 0
    private var storage: [UInt8] = []
    private var head = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// Appends as much as fits; the number of bytes taken.
    mutating func append(_ bytes: Span<UInt8>) -> Int {
        let taken = min(bytes.count, limit - count)
        guard taken > 0 else { return 0 }
        grow(to: count + taken)
        let start = (head + count) % storage.count
        let first = min(taken, storage.count - start)
        bytes.withUnsafeBufferPointer { source in
            storage.withUnsafeMutableBufferPointer { target in
                _ = target[start..<start + first].update(fromContentsOf: source[0..<first])
                _ = target[0..<taken - first].update(fromContentsOf: source[first..<taken])
            }
        }
        count += taken
        return taken
    }

    /// Moves at most `length` bytes to the end of `target`; the number moved.
    mutating func take(_ length: Int, into target: inout [UInt8]) -> Int {
        let taken = min(length, count)
        guard taken > 0 else { return 0 }
        let first = min(taken, storage.count - head)
        target.append(contentsOf: storage[head..<head + first])
        if first < taken { target.append(contentsOf: storage[0..<taken - first]) }
        head = (head + taken) % storage.count
        count -= taken
        if count == 0 { removeAll() }
        return taken
    }

    mutating func discard(_ length: Int) {
        let dropped = min(length, count)
        guard dropped > 0 else { return }
        head = (head + dropped) % storage.count
        count -= dropped
        if count == 0 { removeAll() }
    }

    mutating func removeAll() {
        head = 0
        count = 0
        if storage.count > Self.keptWhenEmpty { storage = [] }
    }

    private mutating func grow(to needed: Int) {
        guard needed > storage.count else { return }
        var size = max(storage.count, Self.smallest)
        while size < needed { size *= 2 }
        var larger: [UInt8] = []
        larger.reserveCapacity(size)
        if count > 0 {
            let first = min(count, storage.count - head)
            larger.append(contentsOf: storage[head..<head + first])
            larger.append(contentsOf: storage[0..<count - first])
        }
        larger.append(contentsOf: repeatElement(0, count: size - larger.count))
        storage = larger
        head = 0
    }
}
