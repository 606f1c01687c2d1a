extension Duration {
    private static let units: [(suffix: String, microseconds: Int64)] = [
        ("us", 1), ("ms", 1_000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000),
    ]

    /// A whole number and its unit: `us`, `ms`, `s`, `m` or `h`.
    ///
    /// - Returns: `nil` without a unit, with a sign or a fraction, or beyond 2⁶³ µs.
    init?(configurationText text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits),
            let unit = Self.units.first(where: { $0.suffix == text[digits.endIndex...] })
        else { return nil }
        let (microseconds, overflowed) = number.multipliedReportingOverflow(by: unit.microseconds)
        if overflowed { return nil }
        self = .microseconds(microseconds)
    }

    /// The same, in the largest of `s`, `ms` and `us` that leaves no fraction.
    var configurationText: String {
        let (seconds, attoseconds) = components
        let microseconds = attoseconds / 1_000_000_000_000
        if microseconds == 0 { return "\(seconds)s" }
        if microseconds % 1_000 == 0 { return "\(seconds * 1_000 + microseconds / 1_000)ms" }
        return "\(seconds * 1_000_000 + microseconds)us"
    }
}
