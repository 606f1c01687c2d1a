import VoiceEngine

/// Reads the members of one JSON object, each at most once, and knows what is left over.
struct CallActionFields {
    let path: String
    private var members: [JSONValue.Member]

    init(_ value: JSONValue, at path: String) throws(CallActionFault) {
        guard case .object(let members) = value else { throw CallActionFault(path, "must be an object") }
        guard members.count <= 32 else { throw CallActionFault(path, "has more than 32 members") }
        self.path = path
        self.members = members
        for (index, member) in members.enumerated() where members[..<index].contains(where: { $0.name == member.name })
        {
            throw CallActionFault("\(path).\(Self.shown(member.name))", "stands there twice")
        }
    }

    /// The member, which is read then; `null` is as good as none.
    mutating func take(_ name: String) -> JSONValue? {
        guard let index = members.firstIndex(where: { $0.name == name }) else { return nil }
        let value = members.remove(at: index).value
        return value == .null ? nil : value
    }

    /// A text of 1 to so many octets without control characters but line ends and tabs.
    mutating func text(_ name: String, atMost limit: Int) throws(CallActionFault) -> String? {
        guard let value = take(name) else { return nil }
        return try Self.text(value, at: "\(path).\(name)", atMost: limit)
    }

    static func text(_ value: JSONValue, at path: String, atMost limit: Int) throws(CallActionFault) -> String {
        guard let text = value.text, !text.isEmpty else { throw CallActionFault(path, "must be a text") }
        guard text.utf8.count <= limit else { throw CallActionFault(path, "is longer than \(limit) octets") }
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            scalar.value >= 0x20 && scalar.value != 0x7F || [0x09, 0x0A, 0x0D].contains(scalar.value)
        }
        guard isPlain else { throw CallActionFault(path, "holds a control character") }
        return text
    }

    mutating func number(_ name: String, in range: ClosedRange<Int>) throws(CallActionFault) -> Int? {
        guard let value = take(name) else { return nil }
        guard case .number(let digits) = value, let number = Int(digits), range.contains(number) else {
            throw CallActionFault(
                "\(path).\(name)", "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A time in milliseconds.
    mutating func milliseconds(_ name: String, in range: ClosedRange<Int>) throws(CallActionFault) -> Duration? {
        try number(name, in: range).map { .milliseconds($0) }
    }

    mutating func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ name: String,
        _ type: Value.Type = Value.self
    ) throws(CallActionFault) -> Value? {
        guard let value = take(name) else { return nil }
        return try Self.choice(value, at: "\(path).\(name)")
    }

    static func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ value: JSONValue,
        at path: String
    ) throws(CallActionFault) -> Value {
        guard let choice = value.text.flatMap(Value.init(rawValue:)) else {
            throw CallActionFault(path, "must be one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    /// A list with 1 to so many elements, each with its path.
    mutating func list(_ name: String, atMost limit: Int) throws(CallActionFault) -> [(value: JSONValue, path: String)]?
    {
        guard let value = take(name) else { return nil }
        return try Self.list(value, at: "\(path).\(name)", atMost: limit)
    }

    static func list(
        _ value: JSONValue,
        at path: String,
        atMost limit: Int
    ) throws(CallActionFault) -> [(value: JSONValue, path: String)] {
        guard case .array(let elements) = value else { throw CallActionFault(path, "must be a list") }
        guard !elements.isEmpty else { throw CallActionFault(path, "is empty") }
        guard elements.count <= limit else { throw CallActionFault(path, "has more than \(limit) elements") }
        return elements.enumerated().map { ($0.element, "\(path)[\($0.offset)]") }
    }

    /// - Throws: A member nobody has asked for.
    func end() throws(CallActionFault) {
        guard let member = members.first else { return }
        throw CallActionFault("\(path).\(Self.shown(member.name))", "is unknown")
    }

    func missing(_ name: String) -> CallActionFault { CallActionFault("\(path).\(name)", "is missing") }

    /// A name out of the JSON, for messages.
    private static func shown(_ name: String) -> String { name.onOneLine.cut(to: 64) }
}
