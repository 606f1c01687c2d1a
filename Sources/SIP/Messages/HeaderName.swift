/// The name of a header field. Compares without case, and a compact form equals its long form (RFC 3261 §7.3.3).
public struct HeaderName: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// Index into ``registry``; 255 for a name that is not registered there.
    let index: UInt8
    /// The registered spelling, or what the peer wrote.
    public let rawValue: String
    /// `rawValue` in lower case when the name is not registered; empty otherwise.
    private let folded: String

    static let unregistered: UInt8 = 255

    public init(_ name: String) {
        var name = name
        self = name.withUTF8 { buffer in
            let span = Span(_unsafeElements: buffer)
            return HeaderName(span, 0..<span.count)
        }
    }

    public init(stringLiteral value: StaticString) {
        self.init(value.description)
    }

    init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        let index = Self.registeredIndex(bytes, range)
        if index == Self.unregistered {
            let name = bytes.string(range)
            self.init(index: index, rawValue: name, folded: name.lowercasedASCII)
        } else {
            self.init(registered: index)
        }
    }

    init(registered index: UInt8) {
        self.init(index: index, rawValue: Self.registry[Int(index)].name, folded: "")
    }

    private init(index: UInt8, rawValue: String, folded: String) {
        self.index = index
        self.rawValue = rawValue
        self.folded = folded
    }

    public var description: String { rawValue }

    public static func == (left: HeaderName, right: HeaderName) -> Bool {
        left.index == right.index && left.folded == right.folded
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(index)
        hasher.combine(folded)
    }
}

extension HeaderName {
    public static let via: HeaderName = "Via"
    public static let from: HeaderName = "From"
    public static let to: HeaderName = "To"
    public static let callID: HeaderName = "Call-ID"
    public static let cSeq: HeaderName = "CSeq"
    public static let contact: HeaderName = "Contact"
    public static let maxForwards: HeaderName = "Max-Forwards"
    public static let route: HeaderName = "Route"
    public static let recordRoute: HeaderName = "Record-Route"
    public static let contentType: HeaderName = "Content-Type"
    public static let contentLength: HeaderName = "Content-Length"
    public static let contentDisposition: HeaderName = "Content-Disposition"
    public static let contentEncoding: HeaderName = "Content-Encoding"
    public static let allow: HeaderName = "Allow"
    public static let supported: HeaderName = "Supported"
    public static let unsupported: HeaderName = "Unsupported"
    public static let require: HeaderName = "Require"
    public static let proxyRequire: HeaderName = "Proxy-Require"
    public static let accept: HeaderName = "Accept"
    public static let expires: HeaderName = "Expires"
    public static let event: HeaderName = "Event"
    public static let subject: HeaderName = "Subject"
    public static let server: HeaderName = "Server"
    public static let userAgent: HeaderName = "User-Agent"
    public static let retryAfter: HeaderName = "Retry-After"
    public static let reason: HeaderName = "Reason"
    public static let warning: HeaderName = "Warning"
    public static let privacy: HeaderName = "Privacy"
    public static let referTo: HeaderName = "Refer-To"
    public static let referredBy: HeaderName = "Referred-By"
    public static let replaces: HeaderName = "Replaces"
    public static let sessionExpires: HeaderName = "Session-Expires"
    public static let minSE: HeaderName = "Min-SE"
    public static let rSeq: HeaderName = "RSeq"
    public static let rAck: HeaderName = "RAck"
    public static let subscriptionState: HeaderName = "Subscription-State"
    public static let historyInfo: HeaderName = "History-Info"
    public static let userToUser: HeaderName = "User-to-User"
    public static let pAssertedIdentity: HeaderName = "P-Asserted-Identity"
    public static let pPreferredIdentity: HeaderName = "P-Preferred-Identity"
    public static let pServedUser: HeaderName = "P-Served-User"
    public static let pAssertedService: HeaderName = "P-Asserted-Service"
    public static let pChargingVector: HeaderName = "P-Charging-Vector"
    public static let pChargingFunctionAddresses: HeaderName = "P-Charging-Function-Addresses"
    public static let pAccessNetworkInfo: HeaderName = "P-Access-Network-Info"
    public static let pVisitedNetworkID: HeaderName = "P-Visited-Network-ID"
    public static let pAssociatedURI: HeaderName = "P-Associated-URI"
    public static let pCalledPartyID: HeaderName = "P-Called-Party-ID"
    public static let resourcePriority: HeaderName = "Resource-Priority"
    public static let acceptContact: HeaderName = "Accept-Contact"
    public static let serviceRoute: HeaderName = "Service-Route"
    public static let path: HeaderName = "Path"
    public static let sessionID: HeaderName = "Session-ID"
    public static let rejectContact: HeaderName = "Reject-Contact"
    public static let requestDisposition: HeaderName = "Request-Disposition"
    public static let pEarlyMedia: HeaderName = "P-Early-Media"
    public static let infoPackage: HeaderName = "Info-Package"
    public static let recvInfo: HeaderName = "Recv-Info"
    public static let referSub: HeaderName = "Refer-Sub"
    public static let identity: HeaderName = "Identity"
    public static let authorization: HeaderName = "Authorization"
    public static let proxyAuthorization: HeaderName = "Proxy-Authorization"
    public static let wwwAuthenticate: HeaderName = "WWW-Authenticate"
    public static let proxyAuthenticate: HeaderName = "Proxy-Authenticate"
}

// MARK: - Registry

extension HeaderName {
    struct Registration: Sendable {
        let name: String
        /// The octets of `name`.
        let octets: StaticString
        let compact: UInt8?

        init(_ name: StaticString, _ compact: Unicode.Scalar? = nil) {
            self.name = name.description
            octets = name
            self.compact = compact.map { UInt8(ascii: $0) }
        }
    }

    /// Names with their compact forms: RFC 3261 §7.3.3 and the IANA registry of SIP parameters.
    static let registry: [Registration] = [
        .init("Via", "v"), .init("From", "f"), .init("To", "t"), .init("Call-ID", "i"), .init("CSeq"),
        .init("Contact", "m"), .init("Max-Forwards"), .init("Route"), .init("Record-Route"),
        .init("Content-Type", "c"), .init("Content-Length", "l"), .init("Content-Disposition"),
        .init("Content-Encoding", "e"), .init("Content-Language"), .init("MIME-Version"), .init("Allow"),
        .init("Allow-Events", "u"), .init("Supported", "k"), .init("Unsupported"), .init("Require"),
        .init("Proxy-Require"), .init("Accept"), .init("Accept-Encoding"), .init("Accept-Language"),
        .init("Expires"), .init("Min-Expires"), .init("Event", "o"), .init("Subject", "s"), .init("Server"),
        .init("User-Agent"), .init("Retry-After"), .init("Reason"), .init("Warning"), .init("Privacy"),
        .init("Refer-To", "r"), .init("Referred-By", "b"), .init("Refer-Sub"), .init("Replaces"),
        .init("Session-Expires", "x"), .init("Min-SE"), .init("RSeq"), .init("RAck"), .init("Subscription-State"),
        .init("History-Info"), .init("User-to-User"), .init("P-Asserted-Identity"), .init("P-Preferred-Identity"),
        .init("P-Served-User"), .init("P-Asserted-Service"), .init("P-Preferred-Service"),
        .init("P-Charging-Vector"), .init("P-Charging-Function-Addresses"), .init("P-Access-Network-Info"),
        .init("P-Visited-Network-ID"), .init("P-Associated-URI"), .init("P-Called-Party-ID"),
        .init("P-Early-Media"), .init("Resource-Priority"), .init("Accept-Contact", "a"),
        .init("Reject-Contact", "j"), .init("Request-Disposition", "d"), .init("Service-Route"), .init("Path"),
        .init("Session-ID"), .init("Identity", "y"), .init("Geolocation"), .init("Info-Package"),
        .init("Recv-Info"), .init("Authorization"), .init("Proxy-Authorization"), .init("WWW-Authenticate"),
        .init("Proxy-Authenticate"), .init("Authentication-Info"), .init("Alert-Info"), .init("Call-Info"),
        .init("Error-Info"), .init("Date"), .init("In-Reply-To"), .init("Organization"), .init("Priority"),
        .init("Reply-To"), .init("Timestamp"),
    ]

    private static let slotCount = 256

    /// Open addressing over a hash of the name; 255 marks a free slot.
    private static let slots: [UInt8] = {
        var slots = [UInt8](repeating: unregistered, count: slotCount)
        for (index, registration) in registry.enumerated() {
            let name = Array(registration.name.utf8)
            var slot = hash(name.span, name.indices)
            while slots[slot] != unregistered { slot = (slot + 1) % slotCount }
            slots[slot] = UInt8(index)
        }
        return slots
    }()

    private static let compactForms: [UInt8] = {
        var forms = [UInt8](repeating: unregistered, count: 128)
        for (index, registration) in registry.enumerated() {
            if let compact = registration.compact { forms[Int(compact)] = UInt8(index) }
        }
        return forms
    }()

    /// The slot where the search begins: three letters and the length tell nearly all registered names apart. What a
    /// peer writes cannot make the search longer, since nothing is added to the table.
    private static func hash(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
        func letter(_ offset: Int) -> Int { Int(bytes[range.lowerBound + offset].lowercasedASCII) }
        guard !range.isEmpty else { return 0 }
        let sum = letter(0) &* 11 &+ letter(range.count - 1) &* 53 &+ letter(range.count / 2) &* 13 &+ range.count
        return sum & (slotCount - 1)
    }

    static func registeredIndex(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt8 {
        if range.count == 1 {
            let letter = bytes[range.lowerBound].lowercasedASCII
            return letter < 128 ? compactForms[Int(letter)] : unregistered
        }
        var slot = hash(bytes, range)
        while slots[slot] != unregistered {
            let candidate = slots[slot]
            if bytes.equalsIgnoringCase(registry[Int(candidate)].octets, at: range) { return candidate }
            slot = (slot + 1) % slotCount
        }
        return unregistered
    }
}
