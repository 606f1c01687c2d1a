/// One JSON value, for arguments, bodies and results. Numbers keep their spelling (RFC 8259 §6).
public indirect enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    public struct Member: Sendable, Hashable {
        public var name: String
        public var value: JSONValue

        public init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// - Throws: `JSONError`; nesting and the number of values are bounded as `JSONDocument` bounds them.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        var document = JSONDocument()
        try document.parse(bytes.span)
        self.init(.root, of: document, in: bytes.span)
    }

    public init(parsing text: String) throws(JSONError) {
        try self.init(parsing: Array(text.utf8))
    }

    private init(_ value: JSONDocument.Value, of document: JSONDocument, in bytes: Span<UInt8>) {
        switch document.kind(of: value) {
        case .object:
            var members: [Member] = []
            for (name, member) in document.members(of: value, in: bytes) {
                members.append(Member(name, JSONValue(member, of: document, in: bytes)))
            }
            self = .object(members)
        case .array:
            var elements: [JSONValue] = []
            for element in document.elements(of: value) {
                elements.append(JSONValue(element, of: document, in: bytes))
            }
            self = .array(elements)
        case .string: self = .string(document.string(value, in: bytes) ?? "")
        case .number:
            var digits = ""
            for index in document.range(value) ?? 0..<0 { digits.unicodeScalars.append(Unicode.Scalar(bytes[index])) }
            self = .number(digits)
        case .true: self = .bool(true)
        case .false: self = .bool(false)
        case .null, nil: self = .null
        }
    }

    /// The first member of that name; `nil` if this is no object or has none.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The text of a string.
    public var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    public var bytes: [UInt8] {
        var writer = JSONWriter()
        write(into: &writer)
        return writer.bytes
    }

    public func write(into json: inout JSONWriter) {
        switch self {
        case .null: json.null()
        case .bool(let value): json.bool(value)
        case .number(let digits): json.raw(digits)
        case .string(let text): json.string(text)
        case .array(let elements):
            json.beginArray()
            for element in elements { element.write(into: &json) }
            json.endArray()
        case .object(let members):
            json.beginObject()
            for member in members {
                json.name(member.name)
                member.value.write(into: &json)
            }
            json.endObject()
        }
    }
}
