/// A time span in seconds: the value of Expires and Min-Expires (RFC 3261 §20.19, §20.23), 0...2³²−1.
public struct DeltaSeconds: HeaderValue {
    public var seconds: UInt32

    public init(_ seconds: UInt32) { self.seconds = seconds }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        seconds = try scanner.number(bytes)
        try scanner.end(bytes)
    }

    public var description: String { String(seconds) }
}

extension SIPHeaders {
    /// For how long a message, a registration or a subscription is valid, in seconds; `nil` when it does not say.
    public func expires() throws(SIPParseError) -> UInt32? { try value(of: .expires, as: DeltaSeconds.self)?.seconds }

    /// The shortest such time that a registrar or notifier accepts, in seconds.
    public func minExpires() throws(SIPParseError) -> UInt32? {
        try value(of: .minExpires, as: DeltaSeconds.self)?.seconds
    }
}
