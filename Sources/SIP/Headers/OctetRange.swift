/// Where a part of a value lies in the octets that the value keeps; absent for a part that is not there.
struct OctetRange: Sendable, Equatable {
    /// The start in the lower half and the end in the upper one: one word, which is kept and handed on as a whole.
    private var bits: UInt64

    static let absent = OctetRange(bits: .max)
    static let empty = OctetRange(bits: 0)

    @inline(__always)
    private init(bits: UInt64) {
        self.bits = bits
    }

    /// - Parameter base: What the offsets of `range` count from.
    @inline(__always)
    init(_ range: Range<Int>, base: Int = 0) {
        let start = UInt32(truncatingIfNeeded: range.lowerBound &+ base)
        let end = UInt32(truncatingIfNeeded: range.upperBound &+ base)
        bits = UInt64(start) | UInt64(end) &<< 32
    }

    @inline(__always)
    private var start: UInt32 { UInt32(truncatingIfNeeded: bits) }
    @inline(__always)
    private var end: UInt32 { UInt32(truncatingIfNeeded: bits &>> 32) }

    @inline(__always)
    var isPresent: Bool { start != .max }

    /// Empty when absent.
    @inline(__always)
    var range: Range<Int> {
        isPresent && start <= end ? Range(uncheckedBounds: (Int(start), Int(end))) : Range(uncheckedBounds: (0, 0))
    }

    func shifted(by distance: Int) -> OctetRange {
        guard isPresent else { return self }
        return range.isEmpty ? .empty : OctetRange(range, base: distance)
    }
}

extension [UInt8] {
    /// The part as text; octets that are no UTF-8 become U+FFFD. `nil` when it is absent.
    func text(_ part: OctetRange) -> String? { part.isPresent ? span.string(part.range) : nil }

    /// Adds a part behind all others.
    mutating func append(part text: String?) -> OctetRange {
        guard let text else { return .absent }
        let start = count
        append(contentsOf: text.utf8)
        return OctetRange(start..<count)
    }

    mutating func append(_ part: OctetRange, of other: [UInt8]) {
        append(other.span.extracting(part.range))
    }
}

/// Whether two parts are the same text.
func areEqual(_ left: OctetRange, of leftOctets: [UInt8], _ right: OctetRange, of rightOctets: [UInt8]) -> Bool {
    guard left.isPresent == right.isPresent else { return false }
    if leftOctets.span.equals(rightOctets.span.extracting(right.range), at: left.range) { return true }
    return leftOctets.text(left) == rightOctets.text(right)
}
