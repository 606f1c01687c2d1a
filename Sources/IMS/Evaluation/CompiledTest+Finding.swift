import SIP

extension CompiledTest {
    /// What the request has where the test looks, as a clause such as `the method is INVITE`.
    func finding(
        for trigger: ServicePointTrigger, _ request: SIPRequest, _ context: EvaluationContext
    ) -> String {
        let isFound = isFound(request, context)
        switch trigger.test {
        case .sessionCase: return "the session case is \(context.sessionCase)"
        case .method(_, let types): return methodFinding(types, request, context)
        case .requestURI(let pattern): return uriFinding(pattern, request, isFound)
        case .sipHeader(let name, let content): return headerFinding(name, content, trigger, request, isFound)
        case .sessionDescription(let line, let content):
            guard SessionDescriptionLines.exists(in: request) else { return "there is no session description" }
            guard let content else {
                return isFound ? "there is a line \(line)=" : "there is no line \(line)="
            }
            return isFound ? "a line \(line)= matches \"\(content)\"" : "no line \(line)= matches \"\(content)\""
        }
    }

    private func methodFinding(
        _ types: [RegistrationType], _ request: SIPRequest, _ context: EvaluationContext
    ) -> String {
        guard request.method == .register, !types.isEmpty else { return "the method is \(request.method.rawValue)" }
        guard let type = context.registrationType else { return "the method is REGISTER, of which kind is not known" }
        return "the method is REGISTER for \(type)"
    }

    private func uriFinding(_ pattern: String, _ request: SIPRequest, _ isFound: Bool) -> String {
        let bytes = request.requestURI.utf8.span
        let subject = bytes.text(RequestURISubject.range(in: bytes, dialect: dialect))
        let verb = isFound ? "matches" : "does not match"
        var finding = "\"\(Self.excerpt(subject))\" of the Request-URI \(verb) \"\(pattern)\""
        if !isFound, dialect == .standard, ProfilePattern.namesScheme(pattern) {
            finding += " (patterns apply to hostport or telephone-subscriber, without scheme and user)"
        }
        return finding
    }

    private func headerFinding(
        _ name: String, _ content: String?, _ trigger: ServicePointTrigger, _ request: SIPRequest, _ isFound: Bool
    ) -> String {
        if case .never = kind, dialect == .kamailio {
            return content == nil && trigger.isNegated
                ? "a negated header without Content always holds in this dialect"
                : "the pattern never matches in this dialect"
        }
        let values = request.headers.all(HeaderName(name))
        guard let content else {
            return isFound ? "there is a \(name) header" : "there is no \(name) header"
        }
        if isFound { return "the header \(name) matches \"\(content)\"" }
        switch values.count {
        case 0: return "there is no \(name) header"
        case 1: return "the header \(name), \"\(Self.excerpt(values[0]))\", does not match \"\(content)\""
        default: return "none of \(values.count) \(name) headers matches \"\(content)\""
        }
    }

    /// Short enough for a line, without control characters.
    private static func excerpt(_ text: String) -> String {
        var result = ""
        for (count, scalar) in text.unicodeScalars.enumerated() {
            if count == 80 { return result + "…" }
            result.unicodeScalars.append(scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar)
        }
        return result
    }
}

/// Questions about a pattern that need no compiling.
enum ProfilePattern {
    /// Whether a RequestURI pattern begins with a scheme, which hostport and telephone-subscriber never do.
    static func namesScheme(_ pattern: String) -> Bool {
        let rest = pattern.hasPrefix("^") ? pattern.dropFirst() : pattern[...]
        return ["sip:", "sips:", "tel:"].contains { rest.lowercased().hasPrefix($0) }
    }
}
