import VoiceEngine

/// Which part of a response is the result: a subset of JSONPath.
///
/// `$` or nothing is the whole; `.name` and `["any name"]` go into an object, `[3]` into an array, counted from 0. The
/// leading `$` may be left out: `account.balances[0].amount`.
public struct ResultPath: Sendable, Hashable {
    enum Step: Sendable, Hashable {
        case member(String)
        case element(Int)
    }

    let steps: [Step]

    /// `nil` if the text is no such path.
    public init?(_ text: String) {
        var rest = text[...]
        var steps: [Step] = []
        if rest.first == "$" {
            rest.removeFirst()
        } else if let first = rest.first, first != "[", first != "." {
            rest = "." + rest
        }
        while let character = rest.popFirst() {
            switch character {
            case ".":
                let name = rest.prefix { $0 != "." && $0 != "[" }
                guard !name.isEmpty else { return nil }
                rest.removeFirst(name.count)
                steps.append(.member(String(name)))
            case "[":
                guard let step = Self.bracket(&rest) else { return nil }
                steps.append(step)
            default: return nil
            }
            guard steps.count <= 32 else { return nil }
        }
        self.steps = steps
    }

    private static func bracket(_ rest: inout Substring) -> Step? {
        let step: Step
        if let quote = rest.first, quote == "\"" || quote == "'" {
            rest.removeFirst()
            guard let end = rest.firstIndex(of: quote) else { return nil }
            step = .member(String(rest[..<end]))
            rest = rest[rest.index(after: end)...]
        } else {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let index = Int(digits) else { return nil }
            rest.removeFirst(digits.count)
            step = .element(index)
        }
        return rest.popFirst() == "]" ? step : nil
    }

    /// The part of `value`; `nil` if it has no such part.
    public func part(of value: JSONValue) -> JSONValue? {
        var value = value
        for step in steps {
            switch (step, value) {
            case (.member(let name), .object):
                guard let member = value[name] else { return nil }
                value = member
            case (.element(let index), .array(let elements)) where elements.indices.contains(index):
                value = elements[index]
            default: return nil
            }
        }
        return value
    }
}
