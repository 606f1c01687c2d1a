import VoiceEngine

/// A server that turns text into speech: `POST` of `model`, `voice`, `input` and `response_format` as JSON, answered with
/// a WAV file. Many speech servers take this form, which began as OpenAI's `/v1/audio/speech`.
public struct SpeechEndpoint: Sendable {
    public var url: WebURL
    /// `nil`: the server has only one.
    public var model: String?
    public var voice: String
    /// Sent as `Authorization: Bearer`.
    public var token: String?
    public var timeout: Duration

    public init(
        url: WebURL,
        model: String? = nil,
        voice: String,
        token: String? = nil,
        timeout: Duration = .seconds(5)
    ) {
        self.url = url
        self.model = model
        self.voice = voice
        self.token = token
        self.timeout = timeout
    }
}

public struct SpeechClient: Sendable {
    private let endpoint: SpeechEndpoint
    private let client: OutboundHTTPClient

    public init(_ endpoint: SpeechEndpoint, client: OutboundHTTPClient) {
        self.endpoint = endpoint
        self.client = client
    }

    /// - Parameters:
    ///   - voice: `nil`: that of the endpoint.
    ///   - language: BCP 47 tag; a member that servers may not know, and that is left out without one.
    /// - Returns: What the server sent with 200.
    /// - Throws: Why there is none, in words.
    public func speech(
        _ text: String,
        voice: String?,
        language: String?
    ) async throws(WorkflowError) -> [UInt8] {
        var headers = [("content-type", "application/json"), ("accept", "audio/wav"), ("user-agent", "sidetone")]
        if let token = endpoint.token { headers.append(("authorization", "Bearer \(token)")) }
        let request = OutboundHTTPClient.Request(
            method: "POST",
            origin: endpoint.url.origin,
            url: endpoint.url.description,
            headers: headers.map { (name: $0.0, value: $0.1) },
            body: JSONWriter.object { json in
                if let model = endpoint.model { json.member("model", model) }
                json.member("voice", voice ?? endpoint.voice)
                if let language { json.member("language", language) }
                json.member("input", text)
                json.member("response_format", "wav")
            }
        )
        let response: OutboundHTTPClient.Response
        do throws(OutboundHTTPError) {
            response = try await client.send(request, within: endpoint.timeout)
        } catch {
            throw WorkflowError("\(error)")
        }
        guard response.status == 200 else { throw WorkflowError("HTTP \(response.status)") }
        return response.body
    }
}
