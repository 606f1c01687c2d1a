/// The name of a header field. Compares without case, and a compact form equals its long form (RFC 3261 §7.3.3).
public struct HeaderName: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The number of a ``RegisteredHeaderName``; 255 for another name.
    let index: UInt8
    /// What the peer wrote, when the name is not registered.
    private let unregisteredName: String?

    static let unregistered: UInt8 = 255

    /// The registered spelling, or what the peer wrote.
    public var rawValue: String { unregisteredName ?? Self.spellings[Int(index)] }

    public init(_ name: String) {
        let octets = name.utf8.span
        self.init(octets, 0..<octets.count)
    }

    public init(stringLiteral value: StaticString) {
        self.init(value.description)
    }

    init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        let index = Self.registeredIndex(bytes, range)
        self.index = index
        unregisteredName = index == Self.unregistered ? bytes.string(range) : nil
    }

    init(_ name: RegisteredHeaderName) {
        index = name.rawValue
        unregisteredName = nil
    }

    init(registered index: UInt8) {
        self.index = index
        unregisteredName = nil
    }

    /// Appends the name as it is written: what is no token character in it becomes `-`, and an empty one as well.
    func write(into output: inout [UInt8]) {
        guard let unregisteredName else {
            let name = Self.registry[Int(index)]
            output.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
            return
        }
        for octet in unregisteredName.utf8 { output.append(octet.isTokenCharacter ? octet : 0x2D) }
        if unregisteredName.isEmpty { output.append(0x2D) }
    }

    public var description: String { rawValue }

    public static func == (left: HeaderName, right: HeaderName) -> Bool {
        guard left.index == right.index else { return false }
        guard let left = left.unregisteredName, let right = right.unregisteredName else { return true }
        return left.lowercasedASCII == right.lowercasedASCII
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(index)
        hasher.combine(unregisteredName?.lowercasedASCII)
    }
}

extension HeaderName {
    public static let via = HeaderName(.via)
    public static let from = HeaderName(.from)
    public static let to = HeaderName(.to)
    public static let callID = HeaderName(.callID)
    public static let cSeq = HeaderName(.cSeq)
    public static let contact = HeaderName(.contact)
    public static let maxForwards = HeaderName(.maxForwards)
    public static let route = HeaderName(.route)
    public static let recordRoute = HeaderName(.recordRoute)
    public static let contentType = HeaderName(.contentType)
    public static let contentLength = HeaderName(.contentLength)
    public static let contentDisposition = HeaderName(.contentDisposition)
    public static let contentEncoding = HeaderName(.contentEncoding)
    public static let contentLanguage = HeaderName(.contentLanguage)
    public static let allow = HeaderName(.allow)
    public static let supported = HeaderName(.supported)
    public static let unsupported = HeaderName(.unsupported)
    public static let require = HeaderName(.require)
    public static let proxyRequire = HeaderName(.proxyRequire)
    public static let accept = HeaderName(.accept)
    public static let acceptEncoding = HeaderName(.acceptEncoding)
    public static let acceptLanguage = HeaderName(.acceptLanguage)
    public static let expires = HeaderName(.expires)
    public static let minExpires = HeaderName(.minExpires)
    public static let event = HeaderName(.event)
    public static let subject = HeaderName(.subject)
    public static let server = HeaderName(.server)
    public static let userAgent = HeaderName(.userAgent)
    public static let retryAfter = HeaderName(.retryAfter)
    public static let reason = HeaderName(.reason)
    public static let warning = HeaderName(.warning)
    public static let privacy = HeaderName(.privacy)
    public static let referTo = HeaderName(.referTo)
    public static let referredBy = HeaderName(.referredBy)
    public static let replaces = HeaderName(.replaces)
    public static let sessionExpires = HeaderName(.sessionExpires)
    public static let minSE = HeaderName(.minSE)
    public static let rSeq = HeaderName(.rSeq)
    public static let rAck = HeaderName(.rAck)
    public static let subscriptionState = HeaderName(.subscriptionState)
    public static let historyInfo = HeaderName(.historyInfo)
    public static let userToUser = HeaderName(.userToUser)
    public static let pAssertedIdentity = HeaderName(.pAssertedIdentity)
    public static let pPreferredIdentity = HeaderName(.pPreferredIdentity)
    public static let pServedUser = HeaderName(.pServedUser)
    public static let pAssertedService = HeaderName(.pAssertedService)
    static let pPreferredService = HeaderName(.pPreferredService)
    public static let pChargingVector = HeaderName(.pChargingVector)
    public static let pChargingFunctionAddresses = HeaderName(.pChargingFunctionAddresses)
    public static let pAccessNetworkInfo = HeaderName(.pAccessNetworkInfo)
    public static let pVisitedNetworkID = HeaderName(.pVisitedNetworkID)
    public static let pAssociatedURI = HeaderName(.pAssociatedURI)
    public static let pCalledPartyID = HeaderName(.pCalledPartyID)
    public static let resourcePriority = HeaderName(.resourcePriority)
    public static let acceptContact = HeaderName(.acceptContact)
    public static let serviceRoute = HeaderName(.serviceRoute)
    public static let path = HeaderName(.path)
    public static let sessionID = HeaderName(.sessionID)
    public static let rejectContact = HeaderName(.rejectContact)
    public static let requestDisposition = HeaderName(.requestDisposition)
    public static let pEarlyMedia = HeaderName(.pEarlyMedia)
    public static let infoPackage = HeaderName(.infoPackage)
    public static let recvInfo = HeaderName(.recvInfo)
    public static let referSub = HeaderName(.referSub)
    public static let identity = HeaderName(.identity)
    public static let geolocation = HeaderName(.geolocation)
    public static let authorization = HeaderName(.authorization)
    public static let proxyAuthorization = HeaderName(.proxyAuthorization)
    public static let wwwAuthenticate = HeaderName(.wwwAuthenticate)
    public static let proxyAuthenticate = HeaderName(.proxyAuthenticate)
    public static let authenticationInfo = HeaderName(.authenticationInfo)
    public static let alertInfo = HeaderName(.alertInfo)
    public static let callInfo = HeaderName(.callInfo)
    public static let errorInfo = HeaderName(.errorInfo)
    public static let date = HeaderName(.date)
    public static let timestamp = HeaderName(.timestamp)
    public static let inReplyTo = HeaderName(.inReplyTo)
    public static let priority = HeaderName(.priority)
    public static let replyTo = HeaderName(.replyTo)
}

// MARK: - Registry

extension HeaderName {
    static let registry = RegisteredHeaderName.allCases.map(\.spelling)

    private static let spellings = registry.map(\.description)

    static func registeredIndex(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt8 {
        lookup.index(bytes, range)
    }

    static let lookup = HeaderNameLookup()
}
