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
        collect(register.body, type: register.headers.first(.contentType) ?? "", depth: 2)
    }

    private mutating func collect(_ body: [UInt8], type: String, depth: Int) {
        guard !body.isEmpty, depth > 0 else { return }
        let type = type.lowercased().hasPrefix("multipart/") ? type : type.lowercased()
        if type.lowercased().hasPrefix("multipart/") {
            for part in MultipartBody.parts(of: body, contentType: type) {
                collect(part.body, type: part.contentType, depth: depth - 1)
            }
        } else if type.hasPrefix("message/sip") {
            switch try? SIPMessage(parsing: body) {
            case .request(let message): request = request ?? message
            case .response(let message): response = response ?? message
            case nil: break
            }
        } else if serviceInfo == nil {
            serviceInfo = ThirdPartyRegistration.serviceInfo(in: body, type: type)
        }
    }

    /// Type and octets; one part stands alone, several are `multipart/mixed`.
    ///
    /// - Parameter boundary: A token; it is lengthened if a part contains it.
    /// - Returns: `nil` when there is nothing to carry.
    public func content(boundary: String) -> (type: String, body: [UInt8])? {
        var parts: [(type: String, body: [UInt8])] = []
        if let serviceInfo {
            let document =
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<ims-3gpp version=\"1\"><service-info>"
                + Self.escaped(serviceInfo) + "</service-info></ims-3gpp>\r\n"
            parts.append(("application/3gpp-ims+xml", Array(document.utf8)))
        }
        if let request { parts.append(("message/sip", request.serialized())) }
        if let response { parts.append(("message/sip", response.serialized())) }
        guard let first = parts.first else { return nil }
        guard parts.count > 1 else { return first }
        return MultipartBody.joined(parts, boundary: boundary)
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

extension MultipartBody {
    /// Joins parts to one `multipart/mixed` body (RFC 2046 §5.1).
    static func joined(
        _ parts: [(type: String, body: [UInt8])], boundary wanted: String
    ) -> (type: String, body: [UInt8]) {
        var boundary = wanted
        while parts.contains(where: { contains($0.body, Array(boundary.utf8)) }) { boundary += "x" }
        var body: [UInt8] = []
        for part in parts {
            body += "--\(boundary)\r\nContent-Type: \(part.type)\r\n\r\n".utf8
            body += part.body
            body += "\r\n".utf8
        }
        body += "--\(boundary)--\r\n".utf8
        return ("multipart/mixed;boundary=\"\(boundary)\"", body)
    }

    private static func contains(_ body: [UInt8], _ text: [UInt8]) -> Bool {
        guard body.count >= text.count else { return false }
        for start in 0...(body.count - text.count) where body[start] == text.first {
            if body[start..<start + text.count].elementsEqual(text) { return true }
        }
        return false
    }
}
