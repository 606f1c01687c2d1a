import SIP

/// Finds out whose profile a request is about.
public enum ServedUserSelection {
    /// Where the served user was read.
    public enum Source: String, Sendable, Hashable {
        case pServedUser = "P-Served-User"
        case pAssertedIdentity = "P-Asserted-Identity"
        case requestURI = "Request-URI"
        case to = "To"
        case from = "From"
    }

    /// The served user: P-Served-User (RFC 5502 §5.2) if there is one; else of a REGISTER the To; of an
    /// originating request P-Asserted-Identity, or From where a message carries none; of a terminating one the
    /// Request-URI (TS 24.229 §5.4.3.2, §5.4.3.3).
    ///
    /// - Returns: The URI as it stands, or `nil` if nothing readable is there.
    public static func servedUser(of request: SIPRequest, sessionCase: SessionCase) -> (uri: String, source: Source)? {
        if let uri = address(.pServedUser, request) { return (uri, .pServedUser) }
        if request.method == .register { return address(.to, request).map { ($0, .to) } }
        switch sessionCase {
        case .terminatingRegistered, .terminatingUnregistered: return (request.requestURI, .requestURI)
        case .originating, .originatingUnregistered, .originatingCDIV:
            if let uri = address(.pAssertedIdentity, request) { return (uri, .pAssertedIdentity) }
            return address(.from, request).map { ($0, .from) }
        }
    }

    private static func address(_ name: HeaderName, _ request: SIPRequest) -> String? {
        guard request.headers.contains(name) else { return nil }
        return (try? request.headers.address(name))?.uriText
    }
}

extension IMSSubscription {
    /// The service profile an identity belongs to: by the identity itself, else by a wildcarded one, else by the
    /// telephone number that a sip and a tel URI share.
    ///
    /// - Returns: The position of the profile and the identity in it that was found.
    public func profile(for uri: String) -> (index: Int, identity: PublicIdentity)? {
        let wanted = IdentityForm(uri)
        let all = serviceProfiles.enumerated().flatMap { index, profile in
            profile.publicIdentities.map { (index: index, identity: $0) }
        }
        if let exact = all.first(where: { IdentityForm($0.identity.identity).text == wanted.text }) { return exact }
        if let wildcarded = all.first(where: { $0.identity.isWildcard(for: wanted.text) }) { return wildcarded }
        guard let number = wanted.number else { return nil }
        return all.first { IdentityForm($0.identity.identity).number == number }
    }
}

/// A public identity in the form in which identities compare: no parameters, host in lower case, numbers without
/// visual separators (TS 23.003 §13.4, RFC 3966 §4).
struct IdentityForm {
    let text: String
    /// The global number of a tel URI, or of a sip URI whose user is one.
    let number: String?

    init(_ uri: String) {
        guard let parsed = try? SIPURI(parsing: uri) else {
            text = uri
            number = nil
            return
        }
        switch parsed.scheme {
        case .tel:
            let digits = (parsed.user ?? "").filter { !"-.() ".contains($0) }
            text = "tel:" + digits
            number = digits.hasPrefix("+") ? digits : nil
        case .sip, .sips:
            let user = parsed.unescapedUser.map { $0 + "@" } ?? ""
            let port = parsed.port.map { ":\($0)" } ?? ""
            text = "\(parsed.scheme.rawValue):\(user)\(parsed.host.lowercased())\(port)"
            let candidate = parsed.unescapedUser ?? ""
            number = candidate.hasPrefix("+") && candidate.dropFirst().allSatisfy(\.isNumber) ? candidate : nil
        case .other: (text, number) = (uri, nil)
        }
    }
}

extension PublicIdentity {
    /// Whether the wildcarded identity covers a URI: the pattern stands between two `!` (TS 23.003 §13.5).
    func isWildcard(for uri: String) -> Bool {
        let isWildcarded = type == .wildcardedPSI || type == .wildcardedPublicUserIdentity || wildcardedIdentity != nil
        guard isWildcarded, let pattern = WildcardPattern(wildcardedIdentity ?? identity) else { return false }
        return pattern.expression.matches(Array(uri.utf8).span)
    }
}

/// A wildcarded identity, compiled.
struct WildcardPattern {
    let expression: ExtendedRegularExpression

    init?(_ identity: String) {
        guard let first = identity.firstIndex(of: "!"), let last = identity.lastIndex(of: "!"), first < last else {
            return nil
        }
        let inside = identity[identity.index(after: first)..<last]
        guard !inside.isEmpty else { return nil }
        let pattern =
            "^" + Self.escaped(identity[..<first]) + "(\(inside))"
            + Self.escaped(identity[identity.index(after: last)...]) + "$"
        guard let expression = try? ExtendedRegularExpression(pattern, options: .ignoringCase) else { return nil }
        self.expression = expression
    }

    private static func escaped(_ text: Substring) -> String {
        text.reduce(into: "") { result, character in
            if "^.[$()|*+?{\\".contains(character) { result.append("\\") }
            result.append(character)
        }
    }
}
