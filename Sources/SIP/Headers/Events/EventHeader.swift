/// The event package of a subscription (RFC 6665 §8.2.1), with the `id` that tells two of one dialog apart.
public struct EventHeader: HeaderValue {
    /// The package with its templates, such as `reg` or `presence.winfo`. Compares with case (RFC 6665 §8.2.1).
    public var package: String
    public var parameters: ParameterList

    public init(package: String, id: String? = nil) {
        self.package = package
        parameters = ParameterList()
        self.id = id
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        package = try scanner.token(bytes)
        parameters = try ParameterList(scanning: &scanner, bytes)
        try scanner.end(bytes)
    }

    public var id: String? {
        get { parameters["id"] }
        set { parameters["id"] = newValue }
    }

    /// Whether both name the same subscription: package and `id`, no other parameter (RFC 6665 §8.2.1).
    public func matches(_ other: EventHeader) -> Bool { package == other.package && id == other.id }

    public var description: String { "\(package)\(parameters)" }
}

extension SIPHeaders {
    public func event() throws(SIPParseError) -> EventHeader? { try value(of: .event) }
}
