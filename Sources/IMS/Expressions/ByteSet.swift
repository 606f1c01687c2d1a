/// A set of byte values.
struct ByteSet: Sendable, Hashable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    init() {}

    init(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { insert(byte) }
    }

    /// What `.` stands for: every byte but NUL (POSIX XBD §9.4.4).
    static var any: ByteSet { ByteSet(1...255) }

    func contains(_ byte: UInt8) -> Bool {
        let bit: UInt64 = 1 << UInt64(byte & 63)
        return switch byte >> 6 {
        case 0: words.0 & bit != 0
        case 1: words.1 & bit != 0
        case 2: words.2 & bit != 0
        default: words.3 & bit != 0
        }
    }

    mutating func insert(_ byte: UInt8) {
        let bit: UInt64 = 1 << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: words.0 |= bit
        case 1: words.1 |= bit
        case 2: words.2 |= bit
        default: words.3 |= bit
        }
    }

    mutating func formUnion(_ other: ByteSet) {
        words.0 |= other.words.0
        words.1 |= other.words.1
        words.2 |= other.words.2
        words.3 |= other.words.3
    }

    /// Every byte that is not in the set, NUL excepted.
    var inverted: ByteSet {
        var result = ByteSet()
        for byte in UInt8(1)...255 where !contains(byte) { result.insert(byte) }
        return result
    }

    /// The set with the other case of each ASCII letter added.
    var withBothCases: ByteSet {
        var result = self
        for upper in UInt8(ascii: "A")...UInt8(ascii: "Z") {
            let lower = upper + 32
            if contains(upper) { result.insert(lower) }
            if contains(lower) { result.insert(upper) }
        }
        return result
    }

    static func == (left: ByteSet, right: ByteSet) -> Bool {
        left.words == right.words
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}

extension ByteSet {
    static let digits = ByteSet(UInt8(ascii: "0")...UInt8(ascii: "9"))
    static let upper = ByteSet(UInt8(ascii: "A")...UInt8(ascii: "Z"))
    static let lower = ByteSet(UInt8(ascii: "a")...UInt8(ascii: "z"))
    static let space = ByteSet([0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D])

    static var alpha: ByteSet { union(upper, lower) }
    static var alnum: ByteSet { union(alpha, digits) }
    /// Letters, digits and `_`: the GNU `\w`.
    static var word: ByteSet { union(alnum, ByteSet([UInt8(ascii: "_")])) }

    private static func union(_ left: ByteSet, _ right: ByteSet) -> ByteSet {
        var result = left
        result.formUnion(right)
        return result
    }

    /// The bytes of a POSIX character class in the C locale, or `nil` for a name that is not one.
    static func characterClass(_ name: [UInt8]) -> ByteSet? {
        switch String(decoding: name, as: UTF8.self) {
        case "alpha": alpha
        case "digit": digits
        case "alnum": alnum
        case "upper": upper
        case "lower": lower
        case "space": space
        case "blank": ByteSet([0x20, 0x09])
        case "punct": ByteSet((0x21...0x7E).filter { !alnum.contains($0) })
        case "print": ByteSet(0x20...0x7E)
        case "graph": ByteSet(0x21...0x7E)
        case "cntrl": ByteSet(Array(0...0x1F) + [0x7F])
        case "xdigit": ByteSet("0123456789abcdefABCDEF".utf8)
        default: nil
        }
    }
}
