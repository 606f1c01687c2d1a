/// What a dialect may use to make the handshake of its WebSocket.
public struct EngineHandshakeContext: Sendable, Hashable {
    /// Path and query of the URL.
    public var target: String
    /// Host, and port unless it is the scheme's own, as in the `Host` field.
    public var authority: String
    public var isSecure: Bool
    public var apiKey: String?
    public var signingSecret: String?
    public var options: [String: String]
    /// Seconds since 1970-01-01 00:00 UTC.
    public var unixTime: Int64
    /// 16 octets that nobody can guess.
    public var entropy: [UInt8]

    public init(
        target: String,
        authority: String,
        isSecure: Bool,
        apiKey: String? = nil,
        signingSecret: String? = nil,
        options: [String: String] = [:],
        unixTime: Int64 = 0,
        entropy: [UInt8] = []
    ) {
        self.target = target
        self.authority = authority
        self.isSecure = isSecure
        self.apiKey = apiKey
        self.signingSecret = signingSecret
        self.options = options
        self.unixTime = unixTime
        self.entropy = entropy
    }
}

/// The dialect's share of a WebSocket handshake (RFC 6455 §4.1).
public struct EngineHandshake: Sendable, Hashable {
    public struct Header: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Path and query that are asked for.
    public var target: String
    public var headers: [Header]
    /// Offered in `Sec-WebSocket-Protocol`; a server that chooses none is taken as well.
    public var subprotocols: [String]

    public init(target: String, headers: [Header] = [], subprotocols: [String] = []) {
        self.target = target
        self.headers = headers
        self.subprotocols = subprotocols
    }
}
