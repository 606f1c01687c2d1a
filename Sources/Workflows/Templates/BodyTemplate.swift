import VoiceEngine

/// The JSON body of a request.
public enum BodyTemplate: Sendable, Hashable {
    case none
    /// All arguments as one object.
    case arguments
    /// A JSON value with places in its strings. A string that is one place and nothing else becomes the argument
    /// itself, with its type; members whose argument is missing are left out.
    case value(JSONValue)

    /// - Throws: ``WorkflowError`` for a text that is no JSON or holds a bad place.
    public init(parsing text: String) throws(WorkflowError) {
        guard let value = try? JSONValue(parsing: text) else { throw WorkflowError("the body is no JSON") }
        try Self.check(value)
        self = .value(value)
    }

    private static func check(_ value: JSONValue) throws(WorkflowError) {
        switch value {
        case .string(let text): _ = try Template(parsing: text)
        case .array(let elements): for element in elements { try check(element) }
        case .object(let members): for member in members { try check(member.value) }
        case .null, .bool, .number: break
        }
    }

    func expand(_ scope: TemplateScope) throws(WorkflowError) -> [UInt8]? {
        switch self {
        case .none: return nil
        case .arguments:
            let members = scope.arguments.sorted { $0.key < $1.key }.map { JSONValue.Member($0.key, $0.value) }
            return JSONValue.object(members).bytes
        case .value(let value): return (try Self.fill(value, scope) ?? .null).bytes
        }
    }

    private static func fill(_ value: JSONValue, _ scope: TemplateScope) throws(WorkflowError) -> JSONValue? {
        switch value {
        case .null, .bool, .number: return value
        case .array(let elements):
            var result: [JSONValue] = []
            for element in elements { if let filled = try fill(element, scope) { result.append(filled) } }
            return .array(result)
        case .object(let members):
            var result: [JSONValue.Member] = []
            for member in members {
                if let filled = try fill(member.value, scope) { result.append(JSONValue.Member(member.name, filled)) }
            }
            return .object(result)
        case .string(let text):
            let template = try Template(parsing: text)
            if template.pieces.count == 1, case .argument(let name)? = template.pieces.first {
                return scope.arguments[name]
            }
            return try template.expand(scope) { value throws(WorkflowError) in value }.map { .string($0) }
        }
    }
}
