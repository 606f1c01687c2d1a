/// One target that a request had on its way (RFC 7044 §5).
public struct HistoryInfoEntry: HeaderValue {
    public var address: NameAddress

    public init(address: NameAddress) {
        self.address = address
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        try self.init(parsing: bytes, keeping: KeptOctets(copying: bytes), field: field)
    }

    public init(parsing bytes: Span<UInt8>, keeping octets: KeptOctets, field: HeaderName) throws(SIPParseError) {
        address = try NameAddress(parsing: bytes, keeping: octets, field: field)
        guard !index.isEmpty else { throw SIPParseError(.expectedDigits, field: field, offset: bytes.count, in: bytes) }
    }

    /// Where the entry stands in the tree of targets: `1.2.1` is [1, 2, 1]. At most 32 levels; empty when the text is
    /// none, which does not parse.
    public var index: [UInt32] {
        guard let text = address.parameters["index"] else { return [] }
        let parts = text.utf8.split(separator: .period, omittingEmptySubsequences: false)
        guard parts.count <= 32 else { return [] }
        let numbers = parts.compactMap { part in
            part.allSatisfy(\.isDigit) ? String(part).flatMap { UInt32($0) } : nil
        }
        return numbers.count == parts.count ? numbers : []
    }

    /// How this target came from the entry of that index.
    public enum Derivation: Sendable, Hashable {
        /// `rc`: a contact of the same user.
        case contact(String)
        /// `mp`: another user.
        case mapped(String)
        /// `np`: no change of target.
        case unchanged(String)
    }

    public var derivation: Derivation? {
        if let index = address.parameters["rc"] { return .contact(index) }
        if let index = address.parameters["mp"] { return .mapped(index) }
        return address.parameters["np"].map { .unchanged($0) }
    }

    /// The Reason values that stand in the URI's headers.
    public func reasons() throws(SIPParseError) -> [ReasonHeader] {
        var reasons: [ReasonHeader] = []
        for header in address.uri.headerFields where HeaderName(header.name) == .reason {
            reasons.append(try ReasonHeader(parsing: header.value, field: .reason))
        }
        return reasons
    }

    /// The Privacy that stands in the URI's headers.
    public func privacy() throws(SIPParseError) -> PrivacyHeader? {
        for header in address.uri.headerFields where HeaderName(header.name) == .privacy {
            return try PrivacyHeader(parsing: header.value, field: .privacy)
        }
        return nil
    }

    public var description: String { address.description }
}

extension SIPHeaders {
    public func historyInfo() throws(SIPParseError) -> [HistoryInfoEntry] { try values(of: .historyInfo) }
}
