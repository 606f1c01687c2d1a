import SIP

/// Whom a call may go to, in one spelling, whatever spelling an engine or a client used for it.
public enum CallTarget: Sendable, Hashable {
    /// A global telephone number: its digits without `+` (E.164).
    case number(String)
    /// A user at a host, as a URI without parameters but `transport`.
    case resource(SIPURI)

    /// Digits of the longest number (ITU-T E.164 §6).
    private static let longestNumber = 15
    private static let longestText = 256
    /// Parameters of a URI that change nothing about who is reached. Others may: `maddr`, `method`, `rn`, `ttl`.
    private static let harmlessParameters: Set<String> = ["user", "transport"]

    /// - Parameter text: A number with visual separators, a `tel`, `sip` or `sips` URI; untrusted.
    /// - Returns: `nil` for what is none of them, for a local number, and for a URI with a password, header fields or a
    ///   parameter that may lead elsewhere.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.longestText, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { return nil }
        let text = text.trimmingSpaces
        if text.utf8.first == 0x2B {
            guard let number = Self.number(text) else { return nil }
            self = .number(number)
            return
        }
        // A URI holds no space, quote or bracket, so that nothing comes along behind it.
        guard !text.utf8.contains(where: { " \"<>\\^`{|}".utf8.contains($0) }), let uri = try? SIPURI(parsing: text)
        else { return nil }
        self.init(uri)
    }

    private init?(_ uri: SIPURI) {
        switch uri.scheme {
        case .tel:
            // `ext`, `isub`, `rn` and their kin are not part of the number that is allowed.
            guard uri.parameters.parameters.isEmpty, uri.opaque == nil, let user = uri.user,
                let number = Self.number(user)
            else { return nil }
            self = .number(number)
        case .sip, .sips:
            guard uri.password == nil, uri.opaque == nil, !uri.host.isEmpty,
                uri.parameters.parameters.allSatisfy({ Self.harmlessParameters.contains($0.name.lowercased()) })
            else { return nil }
            var plain = SIPURI(scheme: uri.scheme, host: uri.host.lowercased(), port: uri.port)
            if let user = uri.user {
                guard let name = uri.unescapedUser, name.utf8.allSatisfy(Self.isPlain) else { return nil }
                if name.utf8.first == 0x2B || uri.parameters["user"]?.lowercased() == "phone" {
                    guard let number = Self.number(name) else { return nil }
                    plain.user = "+" + number
                } else {
                    plain.user = user.contains("%") ? name : user
                }
            }
            if let transport = uri.parameters["transport"] {
                guard ["udp", "tcp", "tls"].contains(transport.lowercased()) else { return nil }
                plain.parameters["transport"] = transport.lowercased()
            }
            self = .resource(plain)
        case .other:
            return nil
        }
    }

    /// Characters of a user part that mean themselves wherever they stand (RFC 3261 §25.1 `unreserved` and `+`).
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "-_.!~*'()+".utf8.contains(byte)
        }
    }

    /// The digits of a global number without its visual separators (RFC 3966 §5.1.1; a space counts as one).
    private static func number(_ text: String) -> String? {
        guard text.utf8.first == 0x2B else { return nil }
        let digits = text.utf8.dropFirst().filter { !"-.() ".utf8.contains($0) }
        guard (1...longestNumber).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// The number that is called, also where it is the user part of a SIP URI.
    var telephoneNumber: String? {
        switch self {
        case .number(let digits): return digits
        case .resource(let uri):
            guard let user = uri.user else { return nil }
            if user.utf8.first == 0x2B { return String(user.dropFirst()) }
            // What a PBX may take for an outside line and a number.
            let digits = user.filter { $0.isASCII && !"-.()".contains($0) }
            return digits.count > 4 && digits.allSatisfy { "0123456789*".contains($0) } ? digits : nil
        }
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        let start = utf8.firstIndex { $0 != 0x20 } ?? endIndex
        let end = utf8.lastIndex { $0 != 0x20 }.map { utf8.index(after: $0) } ?? start
        return String(self[start..<end])
    }
}
