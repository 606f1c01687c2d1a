/// The header section: an ordered multimap that keeps the octets of every field it was parsed from, so that what
/// nobody touches leaves as it came.
///
/// One buffer holds all octets; a table of ranges says where each field lies. Fields that are added are written
/// at the end of the buffer.
public struct SIPHeaders: Sendable {
    private(set) var bytes: [UInt8]
    private(set) var table: [Field]
    private var index: NameIndex
}

extension SIPHeaders {
    public init() {
        self.init(bytes: [], Table())
    }

    /// - Parameter table: Where fields lie in `bytes`.
    init(bytes: [UInt8], _ table: consuming Table) {
        self.init(bytes: bytes, table: table.fields, index: table.index)
    }

    /// Header fields; a field with several comma-separated values counts once.
    public var count: Int { table.count }

    // MARK: Reading

    public func contains(_ name: HeaderName) -> Bool {
        firstField(name) != nil
    }

    /// The value of the first field of that name, unfolded, without surrounding white space.
    public func first(_ name: HeaderName) -> String? {
        firstField(name).map { value(of: $0) }
    }

    /// The values of all fields of that name in order, one string per field.
    public func all(_ name: HeaderName) -> [String] {
        var values: [String] = []
        var place = firstIndex(name, from: 0)
        while place < table.count {
            values.append(value(of: table[place]))
            place = nextIndex(name, after: place)
        }
        return values
    }

    /// Every field in order.
    public var fields: [(name: HeaderName, value: String)] {
        table.map { (self.name(of: $0), value(of: $0)) }
    }

    /// Visits the octets of each field value of that name, folds included, until `body` answers `false`.
    public func withValues(of name: HeaderName, _ body: (Span<UInt8>) -> Bool) {
        let span = bytes.span
        var place = firstIndex(name, from: 0)
        while place < table.count, body(span.extracting(table[place].valueRange)) {
            place = nextIndex(name, after: place)
        }
    }

    /// Visits the name and the value octets of each field until `body` answers `false`.
    public func withFields(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>) -> Bool) {
        let span = bytes.span
        for field in table {
            if !body(span.extracting(field.nameRange), span.extracting(field.valueRange)) { return }
        }
    }

    // MARK: Writing

    /// Adds a field after all others.
    public mutating func append(_ name: HeaderName, _ value: String) {
        let field = write(name, value)
        index.note(field, at: table.count)
        table.append(field)
    }

    /// Adds a field before all others.
    public mutating func prepend(_ name: HeaderName, _ value: String) {
        let field = write(name, value)
        index.note(field, at: 0)
        table.insert(field, at: 0)
    }

    /// Adds a field before the first of that name, or at the end when there is none.
    public mutating func insertBeforeFirst(_ name: HeaderName, _ value: String) {
        let position = firstIndex(name, from: 0)
        let field = write(name, value)
        index.note(field, at: position)
        table.insert(field, at: position)
    }

    /// Replaces all fields of that name by one, in the place of the first.
    public mutating func set(_ name: HeaderName, _ value: String) {
        let position = firstIndex(name, from: 0)
        guard position < table.count else {
            append(name, value)
            return
        }
        let field = write(name, value)
        removeAll(name)
        table.insert(field, at: position)
    }

    /// Replaces the first field of that name and leaves the others; `nil` removes it.
    public mutating func replaceFirst(_ name: HeaderName, with value: String?) {
        let position = firstIndex(name, from: 0)
        guard position < table.count else { return }
        if let value {
            let field = write(name, value)
            table[position] = field
        } else {
            table.remove(at: position)
            index.forgetPlaces()
        }
    }

    public mutating func removeAll(_ name: HeaderName) {
        guard firstIndex(name, from: 0) < table.count else { return }
        table = table.filter { !matches($0, name) }
        index.forgetPlaces()
    }

    /// Adds all fields of that name from `other`, octet for octet.
    public mutating func copy(_ name: HeaderName, from other: SIPHeaders) {
        var place = other.firstIndex(name, from: 0)
        while place < other.table.count {
            copy(other.table[place], from: other)
            place = other.nextIndex(name, after: place)
        }
    }

    /// Adds the first field of that name from `other`, octet for octet, with `suffix` behind its value.
    mutating func copyFirst(_ name: HeaderName, from other: SIPHeaders, suffix: String = "") {
        guard let field = other.firstField(name) else { return }
        guard !suffix.isEmpty else {
            copy(field, from: other)
            return
        }
        let written = write(name, octets: other.bytes.span.extracting(field.valueRange), suffix: suffix)
        index.note(written, at: table.count)
        table.append(written)
    }

    /// Adds the fields of `other` whose name `isWanted`, in order and octet for octet.
    public mutating func copy(from other: SIPHeaders, where isWanted: (HeaderName) -> Bool) {
        for field in other.table where isWanted(other.name(of: field)) { copy(field, from: other) }
    }

    private mutating func copy(_ field: Field, from other: SIPHeaders) {
        if table.isEmpty {
            table.reserveCapacity(16)
            bytes.reserveCapacity(bytes.count + 1_024)
        }
        index.note(field, at: table.count)
        table.append(field.moved(to: bytes.count))
        bytes.append(other.bytes.span.extracting(field.lineRange))
    }

    /// Appends every field in order, without the empty line that ends the section.
    func serialize(into output: inout [UInt8]) {
        var index = 0
        while index < table.count {
            // Neighbours that are neighbours in the octets too leave as one.
            let start = table[index].lineRange.lowerBound
            var end = table[index].lineRange.upperBound
            index += 1
            while index < table.count, table[index].lineRange.lowerBound == end {
                end = table[index].lineRange.upperBound
                index += 1
            }
            output.append(bytes.span.extracting(start..<end))
        }
    }

    /// Octets of all fields as they are written.
    var octetCount: Int { table.reduce(0) { $0 + $1.lineRange.count } }

    // MARK: Fields

    func matches(_ field: Field, _ name: HeaderName) -> Bool {
        guard field.name == name.index else { return false }
        guard name.index == HeaderName.unregistered else { return true }
        return bytes.span.equalsIgnoringCase(name.rawValue, at: field.nameRange)
    }

    /// The index of the first field of that name from `start` on, or the number of fields.
    @inline(__always)
    func firstIndex(_ name: HeaderName, from start: Int) -> Int {
        let wanted = name.index
        guard wanted != HeaderName.unregistered else { return firstUnregisteredIndex(name, from: start) }
        return index.mayHold(wanted) ? firstRegisteredIndex(wanted, from: start) : table.count
    }

    private func firstUnregisteredIndex(_ name: HeaderName, from start: Int) -> Int {
        let fields = table.span
        var place = start
        while place < fields.count, !matches(fields[place], name) { place += 1 }
        return place
    }

    private func firstRegisteredIndex(_ wanted: UInt8, from start: Int) -> Int {
        let fields = table.span
        var place = max(start, index.firstPlace(of: wanted))
        while place < fields.count, fields[place].name != wanted { place &+= 1 }
        return min(place, fields.count)
    }

    /// The index of the next field of that name behind `place`, or the number of fields.
    func nextIndex(_ name: HeaderName, after place: Int) -> Int {
        let isRepeated = name.index == HeaderName.unregistered || index.mayRepeat(name.index)
        return isRepeated ? firstIndex(name, from: place + 1) : table.count
    }

    func firstField(_ name: HeaderName) -> Field? {
        let index = firstIndex(name, from: 0)
        return index < table.count ? table[index] : nil
    }

    func name(of field: Field) -> HeaderName {
        if field.name != HeaderName.unregistered { return HeaderName(registered: field.name) }
        return HeaderName(bytes.span, field.nameRange)
    }

    private func value(of field: Field) -> String {
        field.isFolded ? bytes.span.unfolded(field.valueRange) : bytes.span.string(field.valueRange)
    }

    private mutating func write(_ name: HeaderName, _ value: String) -> Field {
        write(name, octets: value.utf8.span, suffix: "")
    }

    /// The one writer of header fields: a control character in the value becomes a space, so that no value can end
    /// its line or begin another field. What is no token character in the name becomes `-`.
    private mutating func write(_ name: HeaderName, octets: Span<UInt8>, suffix: String) -> Field {
        if table.isEmpty {
            table.reserveCapacity(16)
            bytes.reserveCapacity(bytes.count + 1_024)
        }
        let start = bytes.count
        name.write(into: &bytes)
        let nameEnd = bytes.count
        bytes.append(.colon)
        bytes.append(.space)
        let valueStart = bytes.count
        bytes.append(octets)
        if !suffix.isEmpty { bytes.append(contentsOf: suffix.utf8) }
        let valueEnd = bytes.count
        bytes.replaceControls(in: valueStart..<valueEnd)
        bytes.append(.carriageReturn)
        bytes.append(.lineFeed)
        return Field(
            name: name.index,
            nameEnd: nameEnd,
            value: valueStart..<valueEnd,
            line: start..<bytes.count,
            mayHoldComma: true,
            isFolded: false
        )
    }
}

extension SIPHeaders: Hashable {
    /// Equal when they serialise to the same octets.
    public static func == (left: SIPHeaders, right: SIPHeaders) -> Bool {
        left.table.count == right.table.count
            && zip(left.table, right.table).allSatisfy { one, other in
                left.bytes.span.equals(right.bytes.span.extracting(other.lineRange), at: one.lineRange)
            }
    }

    public func hash(into hasher: inout Hasher) {
        for field in table { hasher.combine(bytes[field.lineRange]) }
    }
}
