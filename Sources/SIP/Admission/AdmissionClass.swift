/// How a request is treated when not all can be served.
public enum AdmissionClass: Sendable, Hashable {
    /// Part of what has been admitted already, or too cheap to refuse: in-dialog requests, ACK, CANCEL, BYE, OPTIONS,
    /// REGISTER.
    case served
    /// A new request that is never refused: an emergency call (RFC 5031), or one with Resource-Priority (RFC 4412).
    case priority
    /// A new request that may be refused.
    case sheddable

    /// - Parameter isTrusted: Whether the sender is believed that its call has priority.
    public init(_ request: SIPRequest, isTrusted: Bool) {
        switch request.method {
        case .ack, .cancel, .bye, .options, .register, .prack, .update:
            self = .served
            return
        default: break
        }
        if let to = try? request.headers.address(.to), to.tag != nil {
            self = .served
        } else if isTrusted, Self.hasPriority(request) {
            self = .priority
        } else {
            self = .sheddable
        }
    }

    private static func hasPriority(_ request: SIPRequest) -> Bool {
        if request.headers.contains(.resourcePriority) { return true }
        let service = "urn:service:sos"
        let uri = request.requestURI.lowercasedASCII
        if uri == service || uri.hasPrefix(service + ".") { return true }
        // TS 24.229 §5.1.6: the phone's emergency registration marks its Contact.
        return (try? request.headers.address(.contact))?.uri.parameters.contains("sos") == true
    }
}

extension SIPEndpoint {
    /// Whether the request repeats one that has a transaction: what has been admitted is not refused later.
    public func hasTransaction(for request: SIPRequest) -> Bool {
        guard let via = try? request.headers.topVia() else { return false }
        return serverKeys[ServerTransactionKey(request, via: via, method: request.method)] != nil
    }
}

extension SIPResponse {
    /// How the To tags of responses begin that ``init(_:withoutStateFor:)`` makes, and of the ACKs to them.
    public static let statelessTagPrefix = "stateless-"

    /// The To tag of a response that is made without a transaction: the same for the same request (RFC 3261 §8.2.7).
    ///
    /// - Parameter via: The value of the request's first Via field.
    public static func statelessTag(via: Span<UInt8>) -> String {
        statelessTag(hash: statelessHash(via: via))
    }

    /// - Parameter hash: ``statelessHash(via:)``.
    public static func statelessTag(hash: UInt64) -> String { statelessTagPrefix + String(hash, radix: 16) }

    /// What such a tag is made from.
    public static func statelessHash(via: Span<UInt8>) -> UInt64 {
        var hash: UInt64 = 14_695_981_039_346_656_037
        for index in via.indices { hash = (hash ^ UInt64(via[index])) &* 1_099_511_628_211 }
        return hash
    }

    /// A response that is made without a transaction.
    public init(_ status: StatusCode, withoutStateFor request: SIPRequest) {
        let tag = Self.statelessTag(via: Array((request.headers.first(.via) ?? "").utf8).span)
        self.init(status, to: request, toTag: tag)
    }

    /// 503 (Service Unavailable) that is made without a transaction.
    ///
    /// - Parameter retryAfter: Seconds.
    public init(overloadedFor request: SIPRequest, retryAfter: Int) {
        self.init(.serviceUnavailable, withoutStateFor: request)
        headers.append(.retryAfter, String(retryAfter))
    }
}
