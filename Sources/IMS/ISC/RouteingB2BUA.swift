import SIP

/// What a routeing B2BUA carries from one side of a call to the other (TS 24.229 §5.7.5, 23.218 §9.1.1.4).
public enum RouteingB2BUA {
    /// Fields that belong to one side: they are made anew, or have no meaning on the other.
    private static let ownFields: Set<HeaderName> = [
        .via, .route, .recordRoute, .maxForwards, .from, .to, .callID, .cSeq, .contact, .contentLength, .contentType,
        .allow, .server, .userAgent, .rSeq, .rAck, .supported, .require, .proxyRequire, "Authorization",
        "Proxy-Authorization", "Allow-Events",
    ]

    /// Options that concern the one side that they were sent to.
    private static let unsupportedOptions: Set<String> = ["gruu", "outbound", "path"]

    public enum Refusal: Error, Sendable, Hashable {
        /// Max-Forwards has reached 0: 483.
        case tooManyHops
        /// `Require` names these options: 420 with Unsupported.
        case unsupportedExtensions([String])
        /// A field that has to be read does not parse: 400.
        case malformed(SIPParseError)
    }

    /// Options that work between the two ends although a B2BUA stands between them.
    private static let carriedOptions: Set<String> = [
        "100rel", "answermode", "from-change", "histinfo", "norefersub", "precondition", "resource-priority", "timer",
    ]

    /// The options that a request requires and that we do not carry (RFC 3261 §8.2.2.3).
    public static func unsupportedExtensions(in request: SIPRequest) -> [String] {
        request.headers.splitValues(.require).filter { !carriedOptions.contains($0.lowercased()) }
    }

    /// The INVITE for the other side: identities, charging, privacy, history, unknown fields and body as they came;
    /// a new dialog of our own.
    ///
    /// - Parameters:
    ///   - requestURI: `nil` keeps the one that came.
    ///   - routes: Route values, octet for octet; for the S-CSCF those of ``ISCRequest/remainingRoutes``.
    public static func request(
        for incoming: ISCRequest,
        requestURI: String? = nil,
        routes: [String]
    ) throws(Refusal) -> SIPRequest {
        let original = incoming.request
        let missing = unsupportedExtensions(in: original)
        guard missing.isEmpty else { throw .unsupportedExtensions(missing) }
        var request = SIPRequest(method: original.method, requestURI: requestURI ?? original.requestURI)
        let maxForwards: Int
        let from: NameAddress
        do throws(SIPParseError) {
            maxForwards = try original.headers.maxForwards() ?? 70
            from = try original.headers.address(.from)
        } catch {
            throw .malformed(error)
        }
        guard maxForwards > 0 else { throw .tooManyHops }
        for route in routes { request.headers.append(.route, route) }
        request.headers.append(.maxForwards, String(maxForwards - 1))
        var untagged = from
        untagged.tag = nil
        request.headers.append(.from, untagged.description)
        request.headers.copy(.to, from: original.headers)
        request.headers.copy(from: original.headers) { !ownFields.contains($0) }
        let supported = original.headers.splitValues(.supported).filter {
            !unsupportedOptions.contains($0.lowercased())
        }
        if !supported.isEmpty { request.headers.append(.supported, supported.joined(separator: ", ")) }
        request.headers.copy(.require, from: original.headers)
        request.headers.copy(.contentType, from: original.headers)
        request.body = original.body
        return request
    }

    /// What a response or an in-dialog request of one side brings to the other. `Require: 100rel` is written where a
    /// provisional response is sent reliably, on each side for itself.
    public static func content(from headers: SIPHeaders, body: [UInt8]) -> MessageContent {
        var carried = SIPHeaders()
        carried.copy(from: headers) { !ownFields.contains($0) }
        for name in [HeaderName.supported, .require] {
            let options = headers.splitValues(name).filter {
                let option = $0.lowercased()
                return !unsupportedOptions.contains(option) && !(name == .require && option == "100rel")
            }
            if !options.isEmpty { carried.append(name, options.joined(separator: ", ")) }
        }
        return MessageContent(
            headers: carried,
            contentType: body.isEmpty ? nil : headers.first(.contentType),
            body: body,
            sessionTimer: .carried
        )
    }
}
