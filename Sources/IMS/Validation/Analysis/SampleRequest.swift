import SIP

/// A request that shows what a profile does, with what the S-CSCF knows about it.
public struct SampleRequest: Sendable, Hashable {
    public let request: SIPRequest
    public let context: EvaluationContext

    public init(request: SIPRequest, context: EvaluationContext) {
        self.request = request
        self.context = context
    }

    /// Headers that every request has and that therefore say nothing.
    private static let plain: [String: String] = [
        "Via": "SIP/2.0/UDP scscf.ims.example:5060;branch=z9hG4bKsample",
        "From": "<sip:alice@ims.example>;tag=1", "To": "<sip:bob@ims.example>", "Call-ID": "sample@ims.example",
        "Max-Forwards": "68",
    ]

    /// The value of a header when nothing is asked of it.
    static func plainValue(_ name: HeaderName) -> String? { plain[name.rawValue] }

    /// One line: the session case, the request line, and the headers and lines that matter.
    public var summary: String {
        var parts = ["\(request.method.rawValue) \(request.requestURI)"]
        for field in request.headers.fields {
            let name = field.name.rawValue
            if Self.plain[name] == field.value || name == "CSeq" { continue }
            if name == "Content-Type", field.value == "application/sdp" { continue }
            parts.append("\(name): \(field.value)")
        }
        let lines = String(decoding: request.body, as: UTF8.self).split { $0 == "\r\n" || $0 == "\n" || $0 == "\r" }
        let telling = lines.filter { !Self.plainLines.contains(String($0)) }
        if !request.body.isEmpty { parts.append("SDP" + telling.map { " " + $0 }.joined(separator: ",")) }
        var circumstances = "\(context.sessionCase)"
        if let type = context.registrationType { circumstances += ", \(type)" }
        if context.isRegistered != context.sessionCase.impliesRegistered {
            circumstances += context.isRegistered ? ", registered" : ", not registered"
        }
        return "\(parts.joined(separator: "; ")) (\(circumstances))"
    }

    static let plainLines = ["v=0", "o=- 1 1 IN IP4 192.0.2.10", "s=-", "c=IN IP4 192.0.2.10", "t=0 0"]

    /// The message as it would come off the wire.
    public var text: String { String(decoding: request.serialized(), as: UTF8.self) }
}
