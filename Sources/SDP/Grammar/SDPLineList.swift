/// The lines of the session part, or those below one `m=` line, in order. Lines of a type nobody knows are kept.
public struct SDPLineList: Sendable, Hashable {
    public private(set) var lines: [SDPLine]

    public init(_ lines: [SDPLine] = []) {
        self.lines = lines
    }

    /// The first line of a type.
    public func first(_ type: Character) -> SDPLine? {
        guard let letter = type.asciiValue else { return nil }
        return lines.first { $0.type == letter }
    }

    /// Every line of a type, in order.
    public func all(_ type: Character) -> [SDPLine] {
        guard let letter = type.asciiValue else { return [] }
        return lines.filter { $0.type == letter }
    }

    mutating func append(_ line: SDPLine) {
        lines.append(line)
    }

    /// Puts `line` where the first of its type stands and removes the others; if there is none, puts it where the
    /// grammar of RFC 8866 §5 wants it.
    mutating func replace(with line: SDPLine) {
        if let index = lines.firstIndex(where: { $0.type == line.type }) {
            lines[index] = line
            let rest = lines[(index + 1)...].filter { $0.type != line.type }
            lines.replaceSubrange((index + 1)..., with: rest)
        } else {
            let rank = Self.rank(of: line.type)
            let index = lines.firstIndex { Self.rank(of: $0.type) > rank } ?? lines.endIndex
            lines.insert(line, at: index)
        }
    }

    mutating func removeAll(_ type: Character) {
        lines.removeAll { $0.type == type.asciiValue }
    }

    /// Position of a type in the grammar; a type it does not name comes last.
    private static func rank(of type: UInt8) -> Int {
        let order = "vosiuepcbtrzka".utf8
        return order.enumerated().first { $0.element == type }?.offset ?? order.count
    }
}

// MARK: Attributes

extension SDPLineList {
    /// The value of the first `a=<name>:<value>`; empty for `a=<name>`; `nil` if there is none.
    /// Names compare with case (RFC 8866 §5.13).
    public func attribute(_ name: String) -> String? {
        for line in lines {
            if let value = line.attributeValue(name) { return value.text }
        }
        return nil
    }

    /// The values of all attributes of that name, in order.
    public func attributes(_ name: String) -> [String] {
        lines.compactMap { $0.attributeValue(name)?.text }
    }

    public func hasAttribute(_ name: String) -> Bool {
        lines.contains { $0.attributeValue(name) != nil }
    }

    public mutating func appendAttribute(_ name: String, _ value: String? = nil) {
        lines.append(SDPLine("a", value.map { "\(name):\($0)" } ?? name))
    }

    public mutating func removeAttributes(_ name: String) {
        lines.removeAll { $0.attributeValue(name) != nil }
    }

    /// The direction this part states (RFC 8866 §6.7); `nil` if it states none. The first one counts.
    public var direction: MediaDirection? {
        get {
            for line in lines where line.type == .letterA {
                for direction in MediaDirection.allCases where line.value.elementsEqual(direction.rawValue.utf8) {
                    return direction
                }
            }
            return nil
        }
        set {
            lines.removeAll { line in
                line.type == .letterA
                    && MediaDirection.allCases.contains { line.value.elementsEqual($0.rawValue.utf8) }
            }
            if let newValue { appendAttribute(newValue.rawValue) }
        }
    }
}

extension SDPLine {
    /// What follows `<name>:`; an empty slice for the name alone; `nil` if this is another attribute or no attribute.
    func attributeValue(_ name: String) -> ArraySlice<UInt8>? {
        guard type == .letterA, value.starts(with: name.utf8) else { return nil }
        let rest = value.dropFirst(name.utf8.count)
        guard let separator = rest.first else { return rest }
        return separator == .colon ? rest.dropFirst() : nil
    }
}
