import SIP

/// The body of a third-party REGISTER (TS 24.229 §5.4.1.7 and §7.6; TS 29.228 Annex B.2: IncludeRegisterRequest,
/// IncludeRegisterResponse).
public struct RegistrationBody: Sendable, Hashable {
    public var serviceInfo: String?
    public var request: SIPRequest?
    public var response: SIPResponse?

    public init(serviceInfo: String? = nil, request: SIPRequest? = nil, response: SIPResponse? = nil) {
        self.serviceInfo = serviceInfo
        self.request = request
        self.response = response
    }

    /// What the body of a third-party REGISTER carries; parts that do not parse are left out.
    public init(reading register: SIPRequest) {
        guard let parts = try? register.headers.bodyParts(of: register.body, assuming: MediaType("text", "plain"))
        else { return }
        for part in parts.leaves {
            if part.contentType?.isType("message", "sip") == true {
                switch try? SIPMessage(parsing: part.body) {
                case .request(let message): request = request ?? message
                case .response(let message): response = response ?? message
                case nil: break
                }
            } else if serviceInfo == nil {
                serviceInfo = Self.serviceInfo(in: part)
            }
        }
    }

    /// The `<service-info>` of a part of type `application/3gpp-ims+xml` (TS 24.229 §7.6).
    private static func serviceInfo(in part: Multipart.Part) -> String? {
        guard part.contentType?.isType("application", "3gpp-ims+xml") == true, let tree = try? MarkupTree(part.body)
        else { return nil }
        let node = tree.nodes.first { $0.name == "service-info" }
        return node.map { $0.text.trimmed }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Type and octets; one part stands alone, several are `multipart/mixed`.
    ///
    /// - Parameter boundary: A token; another one takes its place if a part contains it.
    /// - Returns: `nil` when there is nothing to carry.
    public func content(boundary: String) -> (type: MediaType, body: [UInt8])? {
        var parts: [Multipart.Part] = []
        if let serviceInfo {
            let document =
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<ims-3gpp version=\"1\"><service-info>"
                + Self.escaped(serviceInfo) + "</service-info></ims-3gpp>\r\n"
            parts.append(Multipart.Part(MediaType("application", "3gpp-ims+xml"), Array(document.utf8)))
        }
        let sip = MediaType("message", "sip")
        if let request { parts.append(Multipart.Part(sip, request.serialized())) }
        if let response { parts.append(Multipart.Part(sip, response.serialized())) }
        guard let first = parts.first else { return nil }
        guard parts.count > 1 else { return first.contentType.map { ($0, first.body) } }
        return Multipart(parts).serialized(boundary: boundary)
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result.append(character)
            }
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        var view = self[...]
        while let first = view.first, first.isWhitespace { view.removeFirst() }
        while let last = view.last, last.isWhitespace { view.removeLast() }
        return String(view)
    }
}
