/// The `o=` line: who made the session, and which version of it this is (RFC 8866 §5.2).
public struct Origin: Sendable, Hashable {
    public var username: String
    /// Together with the other parts but the version, names the session.
    public var sessionID: UInt64
    /// Grows by one with every change (RFC 3264 §8).
    public var sessionVersion: UInt64
    /// `IN`.
    public var networkType: String
    /// `IP4` or `IP6`.
    public var addressType: String
    /// An address or a domain name.
    public var address: String

    /// The `o=` line of our own, of network type `IN`; the address type follows from the address.
    public init(username: String = "-", sessionID: UInt64, sessionVersion: UInt64, address: String) {
        self.username = username
        self.sessionID = sessionID
        self.sessionVersion = sessionVersion
        networkType = "IN"
        addressType = ConnectionData.addressType(of: address)
        self.address = address
    }

    /// The numbers of an `o=` line and where its texts lie.
    struct Places {
        let sessionID: UInt64
        let sessionVersion: UInt64
        let username: Range<Int>
        let networkType: Range<Int>
        let addressType: Range<Int>
        let address: Range<Int>

        /// - Parameter value: Where that lies which follows `o=`.
        /// - Returns: `nil` if it has not six parts, or the numbers do not fit into 64 bits (RFC 3264 §5).
        init?(_ value: Range<Int>, in bytes: Span<UInt8>) {
            var fields = SDPFields(value, atMost: 7)
            guard let username = fields.next(bytes), let first = fields.next(bytes), let second = fields.next(bytes),
                let networkType = fields.next(bytes), let addressType = fields.next(bytes),
                let address = fields.next(bytes), fields.next(bytes) == nil,
                let sessionID = bytes.number(first, as: UInt64.self),
                let sessionVersion = bytes.number(second, as: UInt64.self)
            else { return nil }
            self.sessionID = sessionID
            self.sessionVersion = sessionVersion
            self.username = username
            self.networkType = networkType
            self.addressType = addressType
            self.address = address
        }
    }

    init(_ places: Places, in bytes: Span<UInt8>) {
        username = bytes.text(places.username)
        sessionID = places.sessionID
        sessionVersion = places.sessionVersion
        networkType = bytes.text(places.networkType)
        addressType = bytes.text(places.addressType)
        address = bytes.text(places.address)
    }

    var line: SDPLine {
        SDPLine("o", "\(username) \(sessionID) \(sessionVersion) \(networkType) \(addressType) \(address)")
    }

    /// Whether both name the same session, whatever the version.
    public func namesSameSession(as other: Origin) -> Bool {
        var copy = other
        copy.sessionVersion = sessionVersion
        return self == copy
    }
}
