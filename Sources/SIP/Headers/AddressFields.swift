/// The fields whose values are addresses and need no type of their own.
extension SIPHeaders {
    /// Where a call is to be returned to (RFC 3261 §20.31).
    public func replyTo() throws(SIPParseError) -> NameAddress? {
        contains(.replyTo) ? try address(.replyTo) : nil
    }
    /// The Call-IDs of calls that this one returns (RFC 3261 §20.21).
    public func inReplyTo() -> [String] { splitValues(.inReplyTo) }
    /// RFC 3325 §9.1.
    public func pAssertedIdentities() throws(SIPParseError) -> [NameAddress] { try addresses(.pAssertedIdentity) }
    /// RFC 3325 §9.2.
    public func pPreferredIdentities() throws(SIPParseError) -> [NameAddress] { try addresses(.pPreferredIdentity) }
    /// RFC 3327 §4.
    public func path() throws(SIPParseError) -> [NameAddress] { try addresses(.path) }
    /// RFC 3608 §5.
    public func serviceRoute() throws(SIPParseError) -> [NameAddress] { try addresses(.serviceRoute) }
    /// RFC 7315 §5.1.
    public func pAssociatedURIs() throws(SIPParseError) -> [NameAddress] { try addresses(.pAssociatedURI) }
    /// RFC 6442 §4.1: where the location of the caller is found.
    public func geolocation() throws(SIPParseError) -> [NameAddress] { try addresses(.geolocation) }

    /// The identity that was dialled, before it became a contact (RFC 7315 §5.2).
    public func pCalledPartyID() throws(SIPParseError) -> NameAddress? {
        contains(.pCalledPartyID) ? try address(.pCalledPartyID) : nil
    }

    /// Who refers, with the `cid` of a signed proof as a parameter (RFC 3892 §3).
    public func referredBy() throws(SIPParseError) -> NameAddress? {
        contains(.referredBy) ? try address(.referredBy) : nil
    }
}
