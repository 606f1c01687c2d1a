import Glibc

/// The lines of a message up to the first empty one, without their ends, for what is decided before it is parsed.
struct HeaderLines: Sequence, IteratorProtocol {
    let bytes: UnsafeRawBufferPointer
    private var start = 0

    init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    mutating func next() -> Slice<UnsafeRawBufferPointer>? {
        let lineFeed = bytes[start...].offset(of: 0x0A) ?? bytes.count
        let end = lineFeed > start && bytes[lineFeed - 1] == 0x0D ? lineFeed - 1 : lineFeed
        guard end > start else { return nil }
        defer { start = Swift.min(lineFeed + 1, bytes.count) }
        return bytes[start..<end]
    }
}

/// Searching and comparing of octets, with texts that are known when the program is built.
extension Slice<UnsafeRawBufferPointer> {
    /// Where `octet` stands first.
    func offset(of octet: UInt8) -> Int? {
        guard let base = base.baseAddress, let found = memchr(base + startIndex, Int32(octet), count) else {
            return nil
        }
        return base.distance(to: UnsafeRawPointer(found))
    }

    @inline(__always)
    func starts(with text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount && begins(text) { $0 }
    }

    /// Compares letters without case.
    ///
    /// - Parameter text: In lower case.
    @inline(__always)
    func starts(withLowercase text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount && begins(text) { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }
    }

    /// What follows `text` where that stands first, its letters compared without case.
    ///
    /// - Parameter text: In lower case; begins with what is no letter.
    @inline(__always)
    func index(behind text: StaticString) -> Int? {
        var start = startIndex
        while let found = self[start...].offset(of: text.utf8Start[0]) {
            if self[found...].starts(withLowercase: text) { return found + text.utf8CodeUnitCount }
            start = found + 1
        }
        return nil
    }

    /// What follows the colon, without spaces before it; `nil` without a colon.
    var fieldValue: Slice<UnsafeRawBufferPointer>? {
        offset(of: UInt8(ascii: ":")).map { self[($0 + 1)...].drop { $0 == 0x20 || $0 == 0x09 } }
    }

    /// - Parameter text: Not longer than the slice.
    @inline(__always)
    private func begins(_ text: StaticString, _ fold: (UInt8) -> UInt8) -> Bool {
        for offset in 0..<text.utf8CodeUnitCount where fold(self[startIndex + offset]) != text.utf8Start[offset] {
            return false
        }
        return true
    }
}
