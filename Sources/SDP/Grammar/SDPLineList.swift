/// The lines of the session part, or those below one `m=` line, in order. Lines of a type nobody knows are kept.
public struct SDPLineList: Sendable {
    /// Where the value of a line lies.
    struct Place: Sendable {
        let type: UInt8
        private let start: UInt32
        private let end: UInt32

        init(type: UInt8, value: Range<Int>) {
            self.type = type
            start = UInt32(truncatingIfNeeded: value.lowerBound)
            end = UInt32(truncatingIfNeeded: value.upperBound)
        }

        /// The value, without line end.
        var value: Range<Int> { start <= end ? Int(start)..<Int(end) : 0..<0 }
    }

    /// What the lines were parsed from, and behind that the values that were added since.
    private(set) var octets: [UInt8]
    private(set) var places: [Place]

    public init(_ lines: [SDPLine] = []) {
        octets = []
        places = []
        for line in lines { append(line) }
    }

    init(octets: [UInt8], places: [Place]) {
        self.octets = octets
        self.places = places
    }

    public var lines: [SDPLine] { places.map { SDPLine(type: $0.type, value: octets[$0.value]) } }

    /// The first line of a type.
    public func first(_ type: Character) -> SDPLine? {
        guard let letter = type.asciiValue else { return nil }
        return places.first { $0.type == letter }.map { SDPLine(type: $0.type, value: octets[$0.value]) }
    }

    /// Every line of a type, in order.
    public func all(_ type: Character) -> [SDPLine] {
        guard let letter = type.asciiValue else { return [] }
        return lines.filter { $0.type == letter }
    }

    mutating func append(_ line: SDPLine) {
        places.append(store(line))
    }

    private mutating func store(_ line: SDPLine) -> Place {
        let start = octets.count
        octets.append(contentsOf: line.value)
        return Place(type: line.type, value: start..<octets.count)
    }

    /// Puts `line` where the first of its type stands and removes the others; if there is none, puts it where the
    /// grammar of RFC 8866 §5 wants it.
    mutating func replace(with line: SDPLine) {
        let place = store(line)
        if let index = places.firstIndex(where: { $0.type == line.type }) {
            places[index] = place
            let rest = places[(index + 1)...].filter { $0.type != line.type }
            places.replaceSubrange((index + 1)..., with: rest)
        } else {
            let rank = Self.rank(of: line.type)
            let index = places.firstIndex { Self.rank(of: $0.type) > rank } ?? places.endIndex
            places.insert(place, at: index)
        }
    }

    mutating func removeAll(_ type: Character) {
        places.removeAll { $0.type == type.asciiValue }
    }

    func serialize(into output: inout [UInt8]) {
        for place in places { place.serialize(of: octets, into: &output) }
    }

    /// Position of a type in the grammar; a type it does not name comes last.
    private static func rank(of type: UInt8) -> Int {
        let order = "vosiuepcbtrzka".utf8
        return order.enumerated().first { $0.element == type }?.offset ?? order.count
    }
}

extension SDPLineList: Hashable {
    /// Equal line for line.
    public static func == (left: SDPLineList, right: SDPLineList) -> Bool {
        left.places.count == right.places.count
            && zip(left.places, right.places).allSatisfy { one, other in
                one.type == other.type && left.octets[one.value] == right.octets[other.value]
            }
    }

    public func hash(into hasher: inout Hasher) {
        for place in places {
            hasher.combine(place.type)
            hasher.combine(octets[place.value])
        }
    }
}

extension SDPLineList.Place {
    fileprivate func serialize(of octets: [UInt8], into output: inout [UInt8]) {
        output.append(type)
        output.append(.equals)
        output.append(contentsOf: octets[value])
        output.append(.carriageReturn)
        output.append(.lineFeed)
    }

    /// Where that lies which follows `<name>:`; empty for the name alone; `nil` if this is another attribute or none.
    func attributeValue(_ name: Span<UInt8>, _ bytes: Span<UInt8>) -> Range<Int>? {
        let value = value
        guard type == .letterA, value.count >= name.count else { return nil }
        for index in 0..<name.count where bytes[value.lowerBound + index] != name[index] { return nil }
        let separator = value.lowerBound + name.count
        guard separator < value.upperBound else { return separator..<separator }
        return bytes[separator] == .colon ? separator + 1..<value.upperBound : nil
    }
}

// MARK: Attributes

extension SDPLineList {
    /// The value of the first `a=<name>:<value>`; empty for `a=<name>`; `nil` if there is none.
    /// Names compare with case (RFC 8866 §5.13).
    public func attribute(_ name: String) -> String? { attributePlace(name).map { octets.span.text($0) } }

    /// Where the value of the first attribute of that name lies.
    func attributePlace(_ name: String) -> Range<Int>? {
        let name = name.utf8.span
        for place in places {
            if let value = place.attributeValue(name, octets.span) { return value }
        }
        return nil
    }

    /// The values of all attributes of that name, in order.
    public func attributes(_ name: String) -> [String] {
        let name = name.utf8.span
        var values: [String] = []
        for place in places {
            if let value = place.attributeValue(name, octets.span) { values.append(octets.span.text(value)) }
        }
        return values
    }

    public func hasAttribute(_ name: String) -> Bool { attributePlace(name) != nil }

    public mutating func appendAttribute(_ name: String, _ value: String? = nil) {
        append(SDPLine("a", value.map { "\(name):\($0)" } ?? name))
    }

    public mutating func removeAttributes(_ name: String) {
        let octets = octets
        places.removeAll { $0.attributeValue(name.utf8.span, octets.span) != nil }
    }

    /// The direction this part states (RFC 8866 §6.7); `nil` if it states none. The first one counts.
    public var direction: MediaDirection? {
        get {
            for place in places where place.type == .letterA {
                if let direction = direction(of: place) { return direction }
            }
            return nil
        }
        set {
            let old = self
            places.removeAll { $0.type == .letterA && old.direction(of: $0) != nil }
            if let newValue { appendAttribute(newValue.rawValue) }
        }
    }

    private func direction(of place: Place) -> MediaDirection? {
        let value = octets[place.value]
        return MediaDirection.allCases.first { value.elementsEqual($0.rawValue.utf8) }
    }
}
