/// A part of a value as it stands in the octets of its message: what is compared, hashed or looked up needs no string.
///
/// Who keeps it keeps the header section that it came in; ``string`` makes what may be kept.
package struct KeptText: Sendable {
    private let octets: [UInt8]
    private let part: OctetRange

    /// `nil` when the part is absent.
    init?(_ part: OctetRange, of octets: [UInt8]) {
        guard part.isPresent else { return nil }
        self.octets = octets
        self.part = part
    }

    init(_ text: String) {
        octets = Array(text.utf8)
        part = OctetRange(0..<octets.count)
    }

    package var count: Int { part.range.count }

    /// Octets that are no UTF-8 become U+FFFD.
    package var string: String { octets.span.string(part.range) }

    /// A copy of the octets alone.
    package var copy: [UInt8] { octets.span.octets(part.range) }

    package func hasPrefix(_ prefix: StaticString) -> Bool {
        let range = part.range
        guard range.count >= prefix.utf8CodeUnitCount else { return false }
        return octets.span.equals(prefix, at: range.lowerBound..<range.lowerBound + prefix.utf8CodeUnitCount)
    }

    /// Compares ASCII letters without case, everything else exactly.
    package func equalsIgnoringCase(_ other: String) -> Bool {
        octets.span.equalsIgnoringCase(other, at: part.range)
    }

    package func equalsIgnoringCase(_ other: KeptText) -> Bool {
        octets.span.equalsIgnoringCase(other.octets.span.extracting(other.part.range), at: part.range)
    }

    /// As ``Swift/String/hashExactly(into:)`` of a string of the same octets.
    package func hashExactly(into hasher: inout Hasher) {
        octets.span.extracting(part.range).withUnsafeBytes { hasher.combine(bytes: $0) }
        hasher.combine(0xFF as UInt8)
    }
}
