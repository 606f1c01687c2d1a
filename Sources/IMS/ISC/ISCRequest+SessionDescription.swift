extension ISCRequest {
    /// The session description of the body, also as a part of a multipart body (RFC 5621); `nil` if there is none.
    public var sessionDescription: [UInt8]? { request.sessionDescription }
}
