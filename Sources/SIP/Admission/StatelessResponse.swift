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
