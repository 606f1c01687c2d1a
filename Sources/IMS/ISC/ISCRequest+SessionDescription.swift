import SIP

extension ISCRequest {
    /// The session description of the body, also as a part of a multipart body (RFC 5621); `nil` if there is none.
    public var sessionDescription: [UInt8]? {
        guard !request.body.isEmpty else { return nil }
        // RFC 3261 §20.15 wants Content-Type with every body; the older default is SDP.
        let type = request.headers.first(.contentType) ?? "application/sdp"
        if Self.names("application/sdp", type) { return request.body }
        guard type.lowercased().hasPrefix("multipart/") else { return nil }
        return MultipartBody.parts(of: request.body, contentType: type)
            .first { Self.names("application/sdp", $0.contentType) }?
            .body
    }

    private static func names(_ wanted: String, _ type: String) -> Bool {
        type.prefix { $0 != ";" }.filter { $0 != " " }.lowercased() == wanted
    }
}
