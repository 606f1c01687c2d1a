/// The dialog that a new one takes the place of (RFC 3891 §6.1): tags as the recipient of the INVITE sees them.
public struct Replaces: HeaderValue {
    public var callID: String
    public var parameters: ParameterList

    /// - Parameters:
    ///   - toTag: The tag of the one who gets the INVITE.
    ///   - fromTag: The tag of the other party of the dialog.
    public init(callID: String, toTag: String, fromTag: String, isEarlyOnly: Bool = false) {
        self.callID = callID
        parameters = ParameterList()
        parameters["to-tag"] = toTag
        parameters["from-tag"] = fromTag
        if isEarlyOnly { parameters.set("early-only", nil) }
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        let range = scanner.run(until: { $0 == .semicolon || $0.isLinearWhitespace || $0 == .comma }, bytes)
        guard !range.isEmpty else { try scanner.refuse(.expectedToken, bytes) }
        callID = bytes.string(range)
        parameters = try ParameterList(scanning: &scanner, bytes)
        try scanner.end(bytes)
        guard parameters["to-tag"] != nil, parameters["from-tag"] != nil else {
            try scanner.refuse(.expected(.semicolon), bytes)
        }
    }

    /// Never empty: a value without it does not parse.
    public var toTag: String { parameters["to-tag"] ?? "" }

    public var fromTag: String { parameters["from-tag"] ?? "" }

    /// Only a dialog that is not confirmed yet may be replaced (RFC 3891 §3).
    public var isEarlyOnly: Bool { parameters.contains("early-only") }

    public var description: String { "\(callID)\(parameters)" }
}

extension SIPHeaders {
    public func replaces() throws(SIPParseError) -> Replaces? { try value(of: .replaces) }
}
