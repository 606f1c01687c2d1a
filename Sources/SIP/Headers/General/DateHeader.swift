/// When a message was first sent (RFC 3261 §20.17): `Sat, 13 Nov 2010 23:29:00 GMT`, the form of RFC 1123 and no other.
public struct DateHeader: HeaderValue {
    /// Since the beginning of 1970, UTC, without leap seconds; in the years 0...9999.
    public var secondsSince1970: Int {
        didSet { secondsSince1970 = min(max(secondsSince1970, Self.range.lowerBound), Self.range.upperBound) }
    }

    /// - Parameter secondsSince1970: Of the years 0...9999; the nearest of them where it is another.
    public init(secondsSince1970: Int) {
        self.secondsSince1970 = min(max(secondsSince1970, Self.range.lowerBound), Self.range.upperBound)
    }

    private static let range = -62_167_219_200...253_402_300_799
    private static let weekdays: [StaticString] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The day of the week is read and not compared with the date.
    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        _ = try Self.name(of: Self.weekdays, &scanner, bytes)
        try scanner.separator(.comma, bytes)
        let day = try Self.digits(2, 1...31, &scanner, bytes)
        try scanner.requireWhitespace(bytes)
        let month = try Self.name(of: Self.months, &scanner, bytes) + 1
        try scanner.requireWhitespace(bytes)
        let year = try Self.digits(4, 0...9_999, &scanner, bytes)
        guard day <= Self.days(in: month, of: year) else { try scanner.refuse(.numberOutOfRange, bytes) }
        try scanner.requireWhitespace(bytes)
        let hour = try Self.digits(2, 0...23, &scanner, bytes)
        try scanner.separator(.colon, bytes)
        let minute = try Self.digits(2, 0...59, &scanner, bytes)
        try scanner.separator(.colon, bytes)
        // A leap second is the one behind it.
        let second = try Self.digits(2, 0...60, &scanner, bytes)
        try scanner.requireWhitespace(bytes)
        try scanner.literal("GMT", bytes)
        try scanner.end(bytes)
        let days = Self.daysSince1970(year, month, day)
        self.init(secondsSince1970: days * 86_400 + hour * 3_600 + minute * 60 + second)
    }

    public var description: String {
        let second = (secondsSince1970 % 86_400 + 86_400) % 86_400
        let days = (secondsSince1970 - second) / 86_400
        let (year, month, day) = Self.date(daysSince1970: days)
        // 1970 began on a Thursday.
        let weekday = ((days + 4) % 7 + 7) % 7
        let time = [second / 3_600, second / 60 % 60, second % 60].map { Self.text($0, 2) }.joined(separator: ":")
        return
            "\(Self.weekdays[weekday]), \(Self.text(day, 2)) \(Self.months[month - 1]) \(Self.text(year, 4)) \(time) GMT"
    }

    // MARK: Parts

    private static func name(
        of names: [StaticString],
        _ scanner: inout FieldScanner,
        _ bytes: Span<UInt8>
    ) throws(SIPParseError) -> Int {
        let place = scanner.offset..<scanner.offset + 3
        for index in names.indices where place.upperBound <= bytes.count {
            guard bytes.equalsIgnoringCase(names[index], at: place) else { continue }
            scanner.skip(3)
            return index
        }
        try scanner.refuse(.expectedToken, bytes)
    }

    private static func digits(
        _ count: Int,
        _ range: ClosedRange<Int>,
        _ scanner: inout FieldScanner,
        _ bytes: Span<UInt8>
    ) throws(SIPParseError) -> Int {
        let start = scanner.offset
        let value = Int(truncatingIfNeeded: try scanner.number(bytes, limit: 9_999))
        guard scanner.offset == start + count, range.contains(value) else {
            try scanner.refuse(.numberOutOfRange, bytes)
        }
        return value
    }

    private static func text(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(width - digits.utf8.count, 0)) + digits
    }

    // MARK: Calendar

    private static func isLeap(_ year: Int) -> Bool {
        year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days of all years before `year`, from the year 0 on.
    private static func days(before year: Int) -> Int {
        guard year > 0 else { return 0 }
        let last = year - 1
        return year * 365 + last / 4 - last / 100 + last / 400 + 1
    }

    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let months = (1..<month).reduce(0) { $0 + days(in: $1, of: year) }
        return days(before: year) - days(before: 1_970) + months + day - 1
    }

    private static func date(daysSince1970: Int) -> (year: Int, month: Int, day: Int) {
        var rest = daysSince1970 + days(before: 1_970)
        // Never behind the year that is sought, and at most 28 before it.
        var year = rest / 366
        while days(before: year + 1) <= rest { year += 1 }
        rest -= days(before: year)
        var month = 1
        while rest >= days(in: month, of: year) {
            rest -= days(in: month, of: year)
            month += 1
        }
        return (year, month, rest + 1)
    }
}

extension SIPHeaders {
    public func date() throws(SIPParseError) -> DateHeader? { try value(of: .date) }
}
