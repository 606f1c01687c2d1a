import IMS
import SDP
import SIP

/// What an embedder decides about an application server; the sockets belong to the stack and the media plane.
public struct ApplicationServerConfiguration: Sendable {
    /// Codecs for answers and offers, preferred first.
    public var codecs: [PayloadFormat]
    /// Whether the media that we anchor is encrypted.
    public var protection: CallProtection
    /// Calls at a time, routed ones included. Above it a call gets its service's fallback,
    /// above twice as many 503.
    public var maximumCalls: Int
    /// Host names and addresses, beside those of the listeners, that mean this server in a Route.
    public var ownHosts: Set<String>
    /// How long a routed or bridged leg may ring (timer C, RFC 3261 §16.6, is more than three minutes).
    public var ringTime: Duration
    /// How long a next hop may stay silent, without even 100 (Trying), before it counts as dead.
    public var silenceTime: Duration
    /// How long a caller may take to reserve what its preconditions name (RFC 3312) before it gets 580.
    public var preconditionTime: Duration
    /// Subscribes to the registration state of each user whom a third-party REGISTER names (TS 24.229 §5.7.1.1);
    /// `nil` believes the REGISTERs alone.
    public var registrationSubscription: RegistrationSubscription?
    /// Digits to a peer that has not agreed on telephone events go as SIP INFO (`application/dtmf-relay`).
    public var sendsDigitsByInfo = false
    /// How calls of the server's own go out; `nil`: there are none.
    public var outbound: OutboundSettings?
    /// When an engine is left alone.
    public var engineHealth = EngineHealthPolicy()
    /// How much of what was handed over is kept for agents' desktops.
    public var handOvers = HandOverStore.Limits()
    /// Users watched at a time; the registrations of further ones are believed as told.
    public var maximumWatches = 100_000

    public init(
        codecs: [PayloadFormat] = [.pcma, .pcmu],
        protection: CallProtection = CallProtection(),
        maximumCalls: Int = 500,
        ownHosts: Set<String> = [],
        ringTime: Duration = .seconds(181),
        silenceTime: Duration = .seconds(4),
        preconditionTime: Duration = .seconds(10),
        registrationSubscription: RegistrationSubscription? = nil
    ) {
        self.codecs = codecs
        self.protection = protection
        self.maximumCalls = maximumCalls
        self.ownHosts = ownHosts
        self.ringTime = ringTime
        self.silenceTime = silenceTime
        self.preconditionTime = preconditionTime
        self.registrationSubscription = registrationSubscription
    }
}
