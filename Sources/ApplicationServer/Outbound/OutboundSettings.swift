import SIP

/// How the server starts calls of its own (TS 24.229 §5.7.3).
public struct OutboundSettings: Sendable, Hashable {
    /// The S-CSCF of the served user, or an I-CSCF; the Route entry gets `orig`. A PBX in a laboratory does as well.
    public var servingCSCF: SIPURI
    /// For whom calls are made that name nobody else.
    public var servedUser: String
    /// Our network, for the type 3 `orig-ioi`.
    public var network: String

    public init(servingCSCF: SIPURI, servedUser: String, network: String) {
        self.servingCSCF = servingCSCF
        self.servedUser = servedUser
        self.network = network
    }
}

/// A call that somebody wants the server to start.
public struct OutboundCallRequest: Sendable, Hashable {
    /// Name of the service that leads the conversation.
    public var service: String
    /// A name, a number or a URI; whether it may be called is for the service's ``CallPolicy`` to decide.
    public var target: String
    /// Who wants it, as the API has authenticated them.
    public var starter: String
    /// For whom; `nil`: ``OutboundSettings/servedUser``. Others have to be among ``CallPolicy/servedUsers``.
    public var servedUser: String?

    public init(service: String, target: String, starter: String, servedUser: String? = nil) {
        self.service = service
        self.target = target
        self.starter = starter
        self.servedUser = servedUser
    }
}

/// Why a call was not started.
public enum OutboundCallError: Error, Sendable, Hashable {
    /// ``ApplicationServerConfiguration/outbound`` is not set.
    case notConfigured
    /// No service has this name, or it starts no calls.
    case unknownService
    case refused(PolicyRefusal)
    /// The served user or the S-CSCF is no URI that can be used.
    case badAddress
    case draining
    case tooManyCalls
    case media(String)
}

/// A service that can lead conversations in calls that the server starts.
public protocol OutboundService: CallService {
    /// Whom it may call, and how often.
    var quota: CallQuota { get }

    /// Takes a call whose INVITE has been sent. It has to await ``OutboundCall/answered()``.
    func handle(_ call: OutboundCall) async throws
}
