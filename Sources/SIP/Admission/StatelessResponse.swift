extension SIPResponse {
    /// How the To tags of responses begin that ``init(_:withoutStateFor:)`` makes, and of the ACKs to them.
    public static let statelessTagPrefix: StaticString = "stateless-"

    /// The To tag of a response that is made without a transaction: the same for the same request (RFC 3261 §8.2.7).
    ///
    /// - Parameter via: The value of the request's first Via field.
    public static func statelessTag(via: Span<UInt8>) -> String {
        statelessTag(hash: statelessHash(via: via))
    }

    /// - Parameter hash: ``statelessHash(via:)``.
    public static func statelessTag(hash: UInt64) -> String { "\(statelessTagPrefix)" + String(hash, radix: 16) }

    /// What such a tag is made from.
    public static func statelessHash(via: Span<UInt8>) -> UInt64 {
        var hash: UInt64 = 14_695_981_039_346_656_037
        // FNV-1a of words: the multiplication carries only upwards, so the upper bits are folded into the lower ones.
        func add(_ word: UInt64) {
            hash = (hash ^ word) &* 1_099_511_628_211
            hash ^= hash >> 32
        }
        var offset = 0
        while offset + 8 <= via.count {
            add(via.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var rest: UInt64 = 0
        while offset < via.count {
            rest = rest << 8 | UInt64(via[offset])
            offset += 1
        }
        add(rest)
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
