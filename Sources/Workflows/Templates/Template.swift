import VoiceEngine

/// A text with places for the arguments of a function call and for what is known of the call:
/// `{account}`, `{call.caller}`. `{{` and `}}` stand for the braces themselves.
public struct Template: Sendable, Hashable {
    enum Piece: Sendable, Hashable {
        case literal(String)
        case argument(String)
        case call(CallField)
    }

    /// What a template may know of a call.
    public enum CallField: String, Sendable, Hashable, CaseIterable {
        case caller, callee, id, service, user
    }

    let pieces: [Piece]

    /// - Throws: ``WorkflowError`` for a brace without its other half and an unknown member of `call`.
    public init(parsing text: String) throws(WorkflowError) {
        var pieces: [Piece] = []
        var literal = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            switch character {
            case "{" where rest.first == "{", "}" where rest.first == "}":
                rest.removeFirst()
                literal.append(character)
            case "}":
                throw WorkflowError("\"}\" without \"{\" in \"\(text)\"")
            case "{":
                guard let end = rest.firstIndex(of: "}") else {
                    throw WorkflowError("\"{\" without \"}\" in \"\(text)\"")
                }
                if !literal.isEmpty { pieces.append(.literal(literal)) }
                literal = ""
                pieces.append(try Self.place(String(rest[..<end])))
                rest = rest[rest.index(after: end)...]
            default:
                literal.append(character)
            }
        }
        if !literal.isEmpty { pieces.append(.literal(literal)) }
        self.pieces = pieces
    }

    private static func place(_ name: String) throws(WorkflowError) -> Piece {
        if name.hasPrefix("call.") {
            guard let field = CallField(rawValue: String(name.dropFirst(5))) else {
                let known = CallField.allCases.map { "call.\($0.rawValue)" }.joined(separator: ", ")
                throw WorkflowError("{\(name)} is unknown: \(known)")
            }
            return .call(field)
        }
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): true
            default: false
            }
        }
        guard isName, !name.isEmpty else { throw WorkflowError("{\(name)} names no argument") }
        return .argument(name)
    }

    /// Names of the arguments it has places for.
    public var arguments: [String] {
        pieces.compactMap { if case .argument(let name) = $0 { name } else { nil } }
    }

    var hasPlaces: Bool { pieces.contains { if case .literal = $0 { false } else { true } } }

    /// The text with every place filled by what `encode` makes of its value.
    ///
    /// - Returns: `nil` if an argument is missing or null.
    func expand(
        _ scope: TemplateScope,
        _ encode: (String) throws(WorkflowError) -> String
    ) throws(WorkflowError) -> String? {
        var result = ""
        for piece in pieces {
            switch piece {
            case .literal(let text): result += text
            case .call(let field): result += try encode(scope.call[field])
            case .argument(let name):
                guard let value = scope.arguments[name], value != .null else { return nil }
                result += try encode(value.plainText)
            }
        }
        return result
    }
}

/// What the places of a template are filled from.
struct TemplateScope: Sendable {
    var arguments: [String: JSONValue]
    var call: WorkflowCall
}
