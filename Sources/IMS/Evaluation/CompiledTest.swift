import SIP

/// One service point trigger, ready to be run over a request.
struct CompiledTest: Sendable {
    enum Kind: Sendable {
        case requestURI(ExtendedRegularExpression)
        case method(SIPMethod, [RegistrationType])
        /// Any method that begins with these letters, in whatever case.
        case methodPrefix([UInt8], [RegistrationType])
        case header(HeaderName, ExtendedRegularExpression?)
        /// A header by a pattern over its name; `exact` names it too when the pattern is a name.
        case headerNamed(ExtendedRegularExpression, exact: HeaderName?, ExtendedRegularExpression?)
        case sessionCase(SessionCase)
        case sessionDescription(letter: UInt8, ExtendedRegularExpression?)
        case sessionDescriptionNamed(ExtendedRegularExpression, ExtendedRegularExpression?)
        /// The whole body as one text.
        case sessionDescriptionText(ExtendedRegularExpression)
        /// A test that the dialect never lets hold.
        case never
    }

    let kind: Kind
    let isNegated: Bool
    let dialect: Dialect

    /// The order in which tests are tried: the cheap ones decide most requests.
    var cost: Int {
        switch kind {
        case .never, .sessionCase: 0
        case .method, .methodPrefix: 1
        case .requestURI: 2
        case .header(_, let content): content == nil ? 2 : 3
        case .headerNamed: 4
        case .sessionDescription, .sessionDescriptionNamed, .sessionDescriptionText: 5
        }
    }

    /// Whether the test, negated or not, holds.
    func holds(_ request: SIPRequest, _ context: EvaluationContext) -> Bool {
        isFound(request, context) != isNegated
    }

    /// Whether what the test looks for is there.
    func isFound(_ request: SIPRequest, _ context: EvaluationContext) -> Bool {
        switch kind {
        case .never: return false
        case .sessionCase(let sessionCase): return context.sessionCase == sessionCase
        case .method(let method, let types):
            return request.method == method && isRegistration(types, request, context)
        case .methodPrefix(let prefix, let types):
            return hasPrefix(request.method.rawValue, prefix) && isRegistration(types, request, context)
        case .requestURI(let expression): return matchesURI(request.requestURI, expression)
        case .header(let name, let content): return containsHeader(request, name, content)
        case .headerNamed(let name, let exact, let content): return containsHeader(request, name, exact, content)
        case .sessionDescription(let letter, let content):
            return containsLine(request, { $0 == letter }, content)
        case .sessionDescriptionNamed(let line, let content):
            return containsLine(
                request,
                { letter in
                    let one = [letter]
                    return line.matches(one.span)
                }, content)
        case .sessionDescriptionText(let expression): return matchesBody(request, expression)
        }
    }

    private func isRegistration(
        _ types: [RegistrationType], _ request: SIPRequest, _ context: EvaluationContext
    ) -> Bool {
        guard !types.isEmpty, request.method == .register, let type = context.registrationType else {
            return types.isEmpty || request.method != .register
        }
        return types.contains(type)
    }

    private func hasPrefix(_ method: String, _ prefix: [UInt8]) -> Bool {
        let bytes = method.utf8
        return bytes.count >= prefix.count
            && zip(bytes, prefix).allSatisfy { $0.asciiLowercased == $1.asciiLowercased }
    }

    private func matchesURI(_ uri: String, _ expression: ExtendedRegularExpression) -> Bool {
        let bytes = uri.utf8.span
        if dialect == .kamailio, bytes.count >= CompiledProfile.kamailioBufferSize { return false }
        let range = RequestURISubject.range(in: bytes, dialect: dialect)
        return expression.matches(bytes.extracting(range))
    }

    private func containsHeader(
        _ request: SIPRequest, _ name: HeaderName, _ content: ExtendedRegularExpression?
    ) -> Bool {
        guard let content else { return request.headers.contains(name) }
        var found = false
        request.headers.withValues(of: name) { value in
            found = Self.matches(value, content)
            return !found
        }
        return found
    }

    private func containsHeader(
        _ request: SIPRequest, _ name: ExtendedRegularExpression, _ exact: HeaderName?,
        _ content: ExtendedRegularExpression?
    ) -> Bool {
        // Most patterns are names: looking there first spares the search of the others when it holds.
        if let exact, containsHeader(request, exact, content) { return true }
        var found = false
        request.headers.withFields { fieldName, value in
            if name.matches(fieldName) {
                if let content { found = Self.matches(value, content) } else { found = true }
            }
            return !found
        }
        return found
    }

    private func containsLine(
        _ request: SIPRequest, _ isLine: (UInt8) -> Bool, _ content: ExtendedRegularExpression?
    ) -> Bool {
        let isClearwater = dialect == .clearwater
        return SessionDescriptionLines.contains(
            in: request, includesMultipart: !isClearwater, keepsCarriageReturn: isClearwater
        ) { letter, text in
            guard isLine(letter) else { return false }
            guard let content else { return true }
            return content.matches(text)
        }
    }

    private func matchesBody(_ request: SIPRequest, _ expression: ExtendedRegularExpression) -> Bool {
        Self.hasPlainSessionDescription(request) && expression.matches(request.body.span)
    }

    /// Whether the body as a whole is a session description, by a Content-Type without parameters.
    static func hasPlainSessionDescription(_ request: SIPRequest) -> Bool {
        guard !request.body.isEmpty else { return false }
        var isSDP = false
        request.headers.withValues(of: .contentType) { type in
            isSDP = type.extracting(type.trimmed).equalsIgnoringASCIICase("application/sdp")
            return false
        }
        return isSDP
    }

    /// Matches a field value; one that is folded is unfolded first, the only case in which bytes are copied.
    static func matches(_ value: Span<UInt8>, _ expression: ExtendedRegularExpression) -> Bool {
        let value = value.extracting(value.trimmed)
        var isFolded = false
        for index in value.indices where value[index] == 0x0D || value[index] == 0x0A {
            isFolded = true
            break
        }
        guard isFolded else { return expression.matches(value) }
        let unfolded = unfold(value)
        return expression.matches(unfolded.span)
    }

    /// The bytes of a field value that patterns see.
    static func comparable(_ value: Span<UInt8>) -> [UInt8] {
        unfold(value.extracting(value.trimmed))
    }

    /// Replaces each line end and the white space after it by one space (RFC 3261 §7.3.1).
    private static func unfold(_ value: Span<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(value.count)
        var index = 0
        while index < value.count {
            if value[index] == 0x0D || value[index] == 0x0A {
                while index < value.count, value[index].isBlankOrLineEnd { index += 1 }
                while let last = result.last, last == 0x20 || last == 0x09 { result.removeLast() }
                result.append(0x20)
            } else {
                result.append(value[index])
                index += 1
            }
        }
        return result
    }
}
