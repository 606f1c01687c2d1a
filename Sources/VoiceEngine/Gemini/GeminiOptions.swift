/// What a Gemini Live session has beside the common configuration, from ``EngineEndpoint/options``.
struct GeminiOptions: Sendable, Hashable {
    static let names: Set<String> = ["model"]

    /// The resource name: `models/…`, or `projects/…` on Vertex AI.
    var model: String

    init(_ options: [String: String]) {
        let name = options["model"] ?? "gemini-live-2.5-flash-preview"
        model = name.contains("/") ? name : "models/\(name)"
    }
}
