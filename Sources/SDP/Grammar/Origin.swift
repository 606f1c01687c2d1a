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

    /// - Parameter value: What follows `o=`.
    /// - Returns: `nil` if it has not six parts, or the numbers do not fit into 64 bits (RFC 3264 §5).
    init?(parsing value: ArraySlice<UInt8>) {
        let fields = value.fields(atMost: 7)
        guard fields.count == 6,
            let sessionID = fields[1].number(UInt64.self),
            let sessionVersion = fields[2].number(UInt64.self)
        else { return nil }
        username = fields[0].text
        self.sessionID = sessionID
        self.sessionVersion = sessionVersion
        networkType = fields[3].text
        addressType = fields[4].text
        address = fields[5].text
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
