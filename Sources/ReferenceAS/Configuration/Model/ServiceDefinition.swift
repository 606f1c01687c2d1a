import ApplicationServer

/// What is done with the calls of one service.
public struct ServiceDefinition: Sendable, Hashable {
    public var name = ""
    /// Which calls; `nil`: those that no other service wants.
    public var match: ServiceMatch?
    /// Name of an engine.
    public var engine = ""
    /// Names of further engines, for when it does not take a call or is lost.
    public var alternatives: [String] = []
    public var conversation = ConversationPolicy()
    /// Name of a fallback; `nil`: a call that its engine cannot take is answered 503.
    public var fallback: String?
    /// What the engine is told to be.
    public var instructions: String?
    /// What the engine says first.
    public var greeting: String?
    public var voice: String?
    /// Names of workflows that the engine may call.
    public var workflows: [String] = []
    /// Where the engine may transfer a call to: a name it is told, and the URI behind it. Nothing else is called.
    public var transferTargets: [String: String] = [:]
    /// The only way unless ``transfer`` has some.
    public var transferMethod = TransferMethod.reinvite
    /// Without ways: ``transferMethod``.
    public var transfer = TransferSettings(ways: [])
    public var handOver = HandOverDefinition()
    /// Its names are those of ``transferTargets``.
    public var policy = CallPolicy()

    public init() {}

    static var assistant: ServiceDefinition {
        var service = ServiceDefinition()
        service.name = "assistant"
        service.match = ServiceMatch(serviceInfo: "assistant")
        service.engine = "local"
        service.greeting = "Greet the caller and ask how you can help."
        service.fallback = "pbx"
        service.transferTargets = ["queue": "sip:127.0.0.1:5070"]
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
