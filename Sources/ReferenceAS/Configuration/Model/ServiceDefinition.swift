/// What is done with the calls of one service.
public struct ServiceDefinition: Sendable, Hashable {
    public var name = ""
    /// Which calls; `nil`: those that no other service wants.
    public var match: ServiceMatch?
    /// What kind of service it is, with what only that kind has.
    public var settings: ServiceSettings

    public init(_ settings: ServiceSettings = .assistant(AssistantDefinition())) {
        self.settings = settings
    }

    static var assistant: ServiceDefinition {
        var service = ServiceDefinition()
        service.name = "assistant"
        service.match = ServiceMatch(serviceInfo: "assistant")
        service.assistant.engine = "local"
        service.assistant.greeting = "Greet the caller and ask how you can help."
        service.assistant.fallback = "pbx"
        service.assistant.onward.transferTargets = ["queue": "sip:127.0.0.1:5070"]
        return service
    }
}

/// Conditions on the initial INVITE; all that are given have to hold.
public struct ServiceMatch: Sendable, Hashable {
    /// The session cases of 3GPP TS 29.228 that a service can be for.
    public enum SessionCase: String, Sendable, Hashable, CaseIterable {
        case originating
        case terminatingRegistered = "terminating-registered"
        case terminatingUnregistered = "terminating-unregistered"
        case originatingUnregistered = "originating-unregistered"
        case originatingCDIV = "originating-cdiv"
    }

    /// The `ServiceInfo` of the initial filter criterion, as the S-CSCF puts it into the body.
    public var serviceInfo: String?
    /// The request URI: a whole URI, or its user part alone.
    public var requestURI: String?
    public var sessionCase: SessionCase?

    public init(serviceInfo: String? = nil, requestURI: String? = nil, sessionCase: SessionCase? = nil) {
        self.serviceInfo = serviceInfo
        self.requestURI = requestURI
        self.sessionCase = sessionCase
    }
}
