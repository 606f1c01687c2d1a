import ApplicationServer
import Workflows

/// A service whose calls an operator's HTTP service leads.
public struct WebhookDefinition: Sendable, Hashable {
    /// Where events go to.
    public var url: WebURL?
    /// Key of the signature.
    public var secret: SecretReference?
    /// A second key, while the first one is changed.
    public var previousSecret: SecretReference?
    /// For one attempt.
    public var timeout = Duration.seconds(3)
    public var retries = 1
    /// Folder of the files that may be played.
    public var files: String?
    /// WAV file for callers whom nobody leads any more.
    public var announcement: String?
    public var maximumActions = CallActionLimits().actionsInCall
    public var timeToAnswer = CallActionLimits().timeToAnswer
    public var filler = FillerPolicy()
    /// Name of a fallback.
    public var fallback: String?
    public var onward = OnwardDefinition()

    public init() {}

    var limits: CallActionLimits {
        CallActionLimits(actionsInCall: maximumActions, timeToAnswer: timeToAnswer)
    }
}

/// Where texts are turned into speech.
public struct SpeechDefinition: Sendable, Hashable {
    /// `nil`: nothing can be said but by engines.
    public var url: WebURL?
    public var model: String?
    public var voice = "alloy"
    public var token: SecretReference?
    public var timeout = Duration.seconds(5)
    /// `nil`: a folder of its own among the temporary ones, for as long as the server runs.
    public var cacheDirectory: String?
    /// Octets.
    public var cacheSize = 67_108_864

    public init() {}
}
