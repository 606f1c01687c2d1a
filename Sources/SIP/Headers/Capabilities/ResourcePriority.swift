/// A namespace and a priority in it, such as `wps.0` or `esnet.1` (RFC 4412 §3.1).
public struct ResourcePriority: HeaderValue {
    public var namespace: String
    public var priority: String

    public init(namespace: String, priority: String) {
        self.namespace = namespace
        self.priority = priority
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        let range = try scanner.tokenRange(bytes)
        guard let dot = range.first(where: { bytes[$0] == .period }), dot > range.lowerBound,
            dot + 1 < range.upperBound
        else { try scanner.refuse(.expected(.period), bytes) }
        namespace = bytes.string(range.lowerBound..<dot)
        priority = bytes.string(dot + 1..<range.upperBound)
        try scanner.end(bytes)
    }

    public var description: String { "\(namespace).\(priority)" }
}

extension SIPHeaders {
    public func resourcePriorities() throws(SIPParseError) -> [ResourcePriority] { try values(of: .resourcePriority) }
}
