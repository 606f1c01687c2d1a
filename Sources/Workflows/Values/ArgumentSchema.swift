import VoiceEngine

/// What a function takes: the parts of JSON Schema that are checked before any request.
///
/// `type`, `required`, `properties` with `type`, `enum`, `maxLength`, `minimum`, `maximum`, and
/// `additionalProperties: false` of the outermost object. What else a schema says is for the engine to read.
public struct ArgumentSchema: Sendable, Hashable {
    struct Property: Sendable, Hashable {
        var types: [String] = []
        var choices: [JSONValue] = []
        var maximumLength: Int
        var minimum: Double?
        var maximum: Double?
    }

    /// Octets of a text without a `maxLength`, and of all arguments together.
    static let defaultLength = 4_096
    public static let maximumBytes = 65_536

    /// The schema as it was written, for the engine.
    public let text: String
    let properties: [String: Property]
    let required: [String]
    let allowsOthers: Bool

    /// A function without arguments.
    public static let empty = ArgumentSchema(
        text: #"{"type":"object","properties":{}}"#,
        properties: [:],
        required: [],
        allowsOthers: true
    )

    private init(text: String, properties: [String: Property], required: [String], allowsOthers: Bool) {
        self.text = text
        self.properties = properties
        self.required = required
        self.allowsOthers = allowsOthers
    }

    /// - Throws: ``WorkflowError`` for what is no JSON Schema of an object.
    public init(parsing text: String) throws(WorkflowError) {
        guard let schema = try? JSONValue(parsing: text), case .object = schema else {
            throw WorkflowError("the schema of the arguments is no JSON object")
        }
        if let type = schema["type"], type != .string("object") {
            throw WorkflowError("the arguments of a function are an object: type must be object")
        }
        var properties: [String: Property] = [:]
        if case .object(let members)? = schema["properties"] {
            for member in members { properties[member.name] = Property(member.value) }
        }
        var required: [String] = []
        if case .array(let names)? = schema["required"] { required = names.compactMap(\.text) }
        self.init(
            text: String(decoding: schema.bytes, as: UTF8.self),
            properties: properties,
            required: required,
            allowsOthers: schema["additionalProperties"] != .bool(false)
        )
    }

    /// The arguments of a call, by name.
    ///
    /// - Parameter text: A JSON object as the engine wrote it; empty means none.
    /// - Throws: ``WorkflowError`` with what is wrong, in words that the engine can act upon.
    public func arguments(parsing text: String) throws(WorkflowError) -> [String: JSONValue] {
        guard text.utf8.count <= Self.maximumBytes else { throw WorkflowError("the arguments are too long") }
        guard let value = try? JSONValue(parsing: text.isEmpty ? "{}" : text), case .object(let members) = value
        else { throw WorkflowError("the arguments are no JSON object") }
        var arguments: [String: JSONValue] = [:]
        for member in members {
            guard arguments[member.name] == nil else { throw WorkflowError("\(quoted(member.name)) is given twice") }
            if let property = properties[member.name] {
                try property.check(member.value, quoted(member.name))
            } else if !allowsOthers {
                throw WorkflowError("\(quoted(member.name)) is no argument of this function")
            }
            arguments[member.name] = member.value
        }
        for name in required where arguments[name] == nil || arguments[name] == .null {
            throw WorkflowError("\(quoted(name)) is missing")
        }
        return arguments
    }

    private func quoted(_ name: String) -> String { "\"\(name.prefix(64))\"" }
}

extension ArgumentSchema.Property {
    fileprivate init(_ schema: JSONValue) {
        switch schema["type"] {
        case .string(let type)?: types = [type]
        case .array(let all)?: types = all.compactMap(\.text)
        default: break
        }
        if case .array(let values)? = schema["enum"] { choices = values }
        maximumLength = schema["maxLength"]?.integer ?? ArgumentSchema.defaultLength
        minimum = schema["minimum"]?.double
        maximum = schema["maximum"]?.double
    }

    fileprivate func check(_ value: JSONValue, _ name: String) throws(WorkflowError) {
        guard types.isEmpty || types.contains(where: { value.isOfType($0) }) else {
            throw WorkflowError("\(name) must be \(types.joined(separator: " or "))")
        }
        guard choices.isEmpty || choices.contains(value) else { throw WorkflowError("\(name) is none of the choices") }
        if case .string(let text) = value, text.utf8.count > maximumLength {
            throw WorkflowError("\(name) is longer than \(maximumLength)")
        }
        if let number = value.double {
            if let minimum, number < minimum { throw WorkflowError("\(name) is below its minimum") }
            if let maximum, number > maximum { throw WorkflowError("\(name) is above its maximum") }
        }
    }
}

extension JSONValue {
    fileprivate var double: Double? {
        guard case .number(let digits) = self else { return nil }
        return Double(digits)
    }

    fileprivate var integer: Int? {
        guard case .number(let digits) = self else { return nil }
        return Int(digits)
    }

    /// Whether this is of a type as JSON Schema names them.
    fileprivate func isOfType(_ type: String) -> Bool {
        switch self {
        case .null: type == "null"
        case .bool: type == "boolean"
        case .number: type == "number" || (type == "integer" && integer != nil)
        case .string: type == "string"
        case .array: type == "array"
        case .object: type == "object"
        }
    }
}
