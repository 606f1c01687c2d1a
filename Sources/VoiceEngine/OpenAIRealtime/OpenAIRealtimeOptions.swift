/// What a Realtime session has beside the common configuration, from ``EngineEndpoint/options``.
struct OpenAIRealtimeOptions: Sendable, Hashable {
    static let names: Set<String> = [
        "model", "organization", "project", "keyHeader", "transcriptionModel", "turnDetection", "noiseReduction",
    ]

    /// The model, or at Azure the deployment, unless the URL has it.
    var model: String?
    var organization: String?
    var project: String?
    /// `api-key` instead of a bearer token.
    var showsKeyAsAzure: Bool
    /// What transcribes the caller.
    var transcriptionModel: String
    /// `semantic_vad`: the model judges by the words whether the caller has finished, not by silence alone.
    var detectsTurnsByMeaning: Bool
    /// `near_field` or `far_field`; `nil` for none.
    var noiseReduction: String?

    init(_ options: [String: String]) {
        model = options["model"]
        organization = options["organization"]
        project = options["project"]
        showsKeyAsAzure = options["keyHeader"] == "api-key"
        transcriptionModel = options["transcriptionModel"] ?? "gpt-4o-mini-transcribe"
        detectsTurnsByMeaning = options["turnDetection"] == "semantic_vad"
        noiseReduction = options["noiseReduction"]
    }
}
