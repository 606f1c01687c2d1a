import SIP

/// One entry of a list of targets that are allowed, or denied.
public enum TargetRule: Sendable, Hashable {
    /// Numbers that begin with these digits.
    case prefix(String)
    /// One user at one host, or a host without a user.
    case resource(SIPURI)
    /// Any user at this host and port who is no telephone number.
    case anyUser(SIPURI)

    /// - Parameter text: `+4144`, `sip:queue@pbx.example`, `sip:*@pbx.example`.
    /// - Returns: `nil` for what is none of them.
    public init?(_ text: String) {
        let anyone = ["sip:*@", "sips:*@"].first { text.lowercased().hasPrefix($0) }
        if let anyone {
            let scheme = String(anyone.dropLast(2))
            guard case .resource(let uri)? = CallTarget(scheme + String(text.dropFirst(anyone.count))), uri.user == nil
            else {
                return nil
            }
            self = .anyUser(uri)
            return
        }
        switch CallTarget(text) {
        case .number(let digits)?: self = .prefix(digits)
        case .resource(let uri)?: self = .resource(uri)
        case nil: return nil
        }
    }

    /// - Parameter gateway: Where calls to telephone numbers go.
    func holds(for target: CallTarget, gateway: SIPURI?) -> Bool {
        switch (self, target) {
        case (.prefix(let digits), .number(let number)):
            return number.hasPrefix(digits)
        case (.prefix(let digits), .resource(let uri)):
            guard let gateway, uri.user?.utf8.first == 0x2B, let number = target.telephoneNumber,
                uri.host == gateway.host.lowercased(), uri.port == gateway.port
            else { return false }
            return number.hasPrefix(digits)
        case (.resource(let own), .resource(let uri)):
            return own.namesSameResource(as: uri)
        case (.anyUser(let own), .resource(let uri)):
            return uri.user != nil && target.telephoneNumber == nil && own.scheme == uri.scheme
                && own.host == uri.host && own.port == uri.port
        case (.resource, .number), (.anyUser, .number):
            return false
        }
    }
}

extension TargetRule: CustomStringConvertible {
    /// As ``init(_:)`` reads it.
    public var description: String {
        switch self {
        case .prefix(let digits):
            return "+" + digits
        case .resource(let uri):
            return uri.description
        case .anyUser(let uri):
            var anyone = uri
            anyone.user = "*"
            return anyone.description
        }
    }
}
