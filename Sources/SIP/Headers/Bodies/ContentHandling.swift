extension SIPRequest {
    /// Whether a receiver that does not understand the body may go on without it: Content-Disposition says
    /// `handling=optional` (RFC 3261 §20.11), or each part of a multipart body says so (RFC 5621 §8). Without a body, or
    /// where nothing is said, `false`.
    public var isContentOptional: Bool {
        guard !body.isEmpty else { return false }
        if headers.contains(.contentDisposition) { return headers.isHandlingOptional }
        guard let type = try? headers.contentType(), type.isMultipart,
            let parts = try? Multipart(parsing: body, contentType: type).parts
        else { return false }
        return !parts.isEmpty && parts.allSatisfy { $0.headers.isHandlingOptional }
    }
}

extension SIPHeaders {
    fileprivate var isHandlingOptional: Bool {
        (try? contentDisposition())?.parameters["handling"]?.equalsIgnoringCase("optional") == true
    }
}
