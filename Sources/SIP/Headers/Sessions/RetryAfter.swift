/// How long a service will be unavailable (RFC 3261 §20.33).
public struct RetryAfter: HeaderValue {
    /// Seconds.
    public var delay: UInt32
    /// Without parentheses.
    public var comment: String?
    public var parameters: ParameterList

    public init(delay: UInt32) {
        self.delay = delay
        parameters = ParameterList()
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        delay = try scanner.number(bytes)
        scanner.skipWhitespace(bytes)
        if let range = try scanner.comment(bytes) { comment = bytes.string(range) }
        parameters = try ParameterList(scanning: &scanner, bytes)
        try scanner.end(bytes)
    }

    /// Seconds for which the service will be available once it is again.
    public var duration: UInt32? { parameters["duration"].flatMap { UInt32($0) } }

    public var description: String { "\(delay)\(comment.map { " (\($0))" } ?? "")\(parameters)" }
}

extension SIPHeaders {
    public func retryAfter() throws(SIPParseError) -> RetryAfter? { try value(of: .retryAfter) }
}
