import SIP

extension SIPRequest {
    /// Whether it brings a session description, or something else that has to be understood.
    var bringsContent: Bool { !body.isEmpty && (sessionDescription != nil || !isContentOptional) }
}

extension MessageContent {
    private static let descriptionType = MediaType("application", "sdp")

    /// The session description that it brings, also as a part of a multipart body (RFC 5621 §3.1); `nil` if there is none,
    /// or the body is encoded.
    var sessionDescription: [UInt8]? {
        guard !body.isEmpty, let contentType, !isEncoded else { return nil }
        if Self.isDescription(contentType) { return body }
        return multipart(contentType)?.parts.first(Self.descriptionType.type, Self.descriptionType.subtype)?.body
    }

    /// Puts another description in the place of the one that it brings; what stands beside that stays.
    /// Makes the description an answer to that offer.
    mutating func answer(_ offer: [UInt8]) {
        guard let description = sessionDescription else { return }
        let answer = RelayedSession.answer(description, to: offer)
        if answer != description { replaceSessionDescription(with: answer) }
    }

    mutating func replaceSessionDescription(with description: [UInt8]) {
        guard !body.isEmpty, let contentType, !isEncoded else { return }
        if Self.isDescription(contentType) {
            body = description
            return
        }
        guard var (type, parts) = multipart(contentType),
            parts.replaceFirst(Self.descriptionType.type, Self.descriptionType.subtype, with: description)
        else { return }
        let written = parts.serialized(as: type)
        type = written.type
        self.contentType = type.description
        body = written.body
    }

    private var isEncoded: Bool {
        headers.contains(.contentEncoding)
            && !headers.splitValues(.contentEncoding).allSatisfy { $0.lowercased() == "identity" }
    }

    private static func isDescription(_ contentType: String) -> Bool {
        contentType.lowercased().hasPrefix("application/sdp")
    }

    private func multipart(_ contentType: String) -> (type: MediaType, parts: Multipart)? {
        guard let type = try? MediaType(parsing: contentType, field: .contentType), type.isMultipart,
            let parts = try? Multipart(parsing: body, contentType: type)
        else { return nil }
        return (type, parts)
    }
}

extension MessageContent {
    /// For an INVITE without an offer inside a dialog: an offer in a reliable provisional response would have to be answered in
    /// its PRACK (RFC 3262 §5), before who is asked for the answer has seen it.
    mutating func refuseReliableProvisionals() {
        headers.removeOption("100rel", from: .supported)
        headers.removeOption("100rel", from: .require)
    }
}
