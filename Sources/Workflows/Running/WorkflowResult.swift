import VoiceEngine

/// What came of a call of a function.
public struct WorkflowResult: Sendable, Hashable {
    public enum Outcome: String, Sendable, Hashable, CaseIterable {
        case succeeded
        case unknown
        /// The arguments do not fit the schema or the request.
        case invalidArguments = "invalid-arguments"
        /// Too many under way, in this call or in all.
        case busy
        /// The origin or its address is not allowed.
        case notAllowed = "not-allowed"
        case unreachable
        case timedOut = "timed-out"
        /// The server's status says no.
        case refused
        case tooLarge = "too-large"
        /// The response has no such part, or is no JSON though a part is wanted.
        case noResult = "no-result"
        case cancelled
    }

    public var outcome: Outcome
    /// JSON for the engine: the result, or what to say instead of it.
    public var output: String
    /// For the record of the call; nothing of the response.
    public var detail: String
    public var attempts: Int
    public var duration: Duration = .zero

    static func success(_ value: JSONValue, attempts: Int, detail: String) -> WorkflowResult {
        var value = value
        // Some engines take an object only.
        if case .object = value {} else { value = .object([JSONValue.Member("result", value)]) }
        return WorkflowResult(
            outcome: .succeeded,
            output: String(decoding: value.bytes, as: UTF8.self),
            detail: detail,
            attempts: attempts
        )
    }

    static func failure(
        _ outcome: Outcome,
        _ detail: String,
        words: String?,
        attempts: Int = 0
    ) -> WorkflowResult {
        let output = JSONWriter.object { json in
            json.member("error", outcome.rawValue)
            json.member("message", words ?? "This cannot be done at the moment. Tell the caller so.")
        }
        return WorkflowResult(
            outcome: outcome,
            output: String(decoding: output, as: UTF8.self),
            detail: detail,
            attempts: attempts
        )
    }
}
