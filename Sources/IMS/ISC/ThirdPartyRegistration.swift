import SIP

/// What a third-party REGISTER tells an application server (TS 24.229 §5.4.1.7, §5.7.1.1).
public struct ThirdPartyRegistration: Sendable, Hashable {
    /// The registered public user identity: the To URI, without parameters.
    public var identity: String
    /// Seconds that the registration is kept; 0 says that the user is no longer registered here.
    public var expires: Int
    /// Seconds as the S-CSCF has stated them, which its 200 repeats.
    public var statedExpires: Int
    /// The `<ServiceInfo>` of the initial filter criterion (TS 24.229 §7.6).
    public var serviceInfo: String?
    /// The S-CSCF that registers: the Contact URI.
    public var servingCSCF: String?

    /// The longest registration we keep, whatever the S-CSCF asks for.
    public static let longestExpires = 7 * 86_400

    /// - Throws: ``SIPParseError`` when To does not parse. A body that does not parse gives no service info.
    public init(_ request: SIPRequest) throws(SIPParseError) {
        identity = Self.canonical(try request.headers.address(.to).uri)
        let contact = try? request.headers.address(.contact)
        servingCSCF = contact?.uriText
        let stated = contact?.parameters["expires"] ?? request.headers.first(.expires)
        statedExpires = max(stated.flatMap { Int($0) } ?? 3_600, 0)
        expires = min(statedExpires, Self.longestExpires)
        serviceInfo = RegistrationBody(reading: request).serviceInfo
    }

    /// One spelling for all URIs of a user: scheme, user and host in lower case, neither port nor parameters.
    public static func canonical(_ uri: SIPURI) -> String {
        let user = uri.unescapedUser ?? uri.user ?? ""
        if uri.scheme == .tel { return "tel:" + user.filter { !"-.()".contains($0) } }
        return "sip:" + (user.isEmpty ? "" : user + "@") + uri.host.lowercased()
    }

    /// The canonical spelling of a URI given as text; the text itself when it is no URI.
    public static func canonical(_ text: String) -> String {
        (try? SIPURI(parsing: text)).map { canonical($0) } ?? text
    }
}
