/// The octets that a parsed value keeps, with the places of its parts in them: those of the message that it stands in, so
/// that reading a field copies nothing, or a copy.
///
/// Who keeps a value keeps the header section that it came in.
public struct KeptOctets: Sendable {
    let octets: [UInt8]
    /// Where the value begins.
    let start: Int

    init(_ octets: [UInt8], from start: Int) {
        self.octets = octets
        self.start = start
    }

    init(copying bytes: Span<UInt8>) {
        octets = bytes.octets(0..<bytes.count)
        start = 0
    }
}
