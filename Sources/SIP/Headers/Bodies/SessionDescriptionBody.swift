extension SIPHeaders {
    /// The session description in the body that these fields describe, also as a part of a multipart body (RFC 5621
    /// §3.1); `nil` if there is none, or the body is encoded (RFC 3261 §20.12).
    fileprivate func sessionDescription(in body: [UInt8]) -> [UInt8]? {
        guard splitValues(.contentEncoding).allSatisfy({ $0.equalsIgnoringCase("identity") }) else { return nil }
        let type = MediaType("application", "sdp")
        return try? bodyParts(of: body, assuming: type).first(type.type, type.subtype)?.body
    }
}

extension SIPRequest {
    /// The session description of the body, also as a part of a multipart body; `nil` if there is none.
    public var sessionDescription: [UInt8]? { headers.sessionDescription(in: body) }
}

extension SIPResponse {
    /// The session description of the body, also as a part of a multipart body; `nil` if there is none.
    public var sessionDescription: [UInt8]? { headers.sessionDescription(in: body) }
}
