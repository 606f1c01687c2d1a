import SIP

public struct SIPStackConfiguration: Sendable {
    public var listeners: [SIPListener]
    public var policy: PeerPolicy
    public var timers: SIPTimers
    /// What is asked for and taken of session timers (RFC 4028); `nil` leaves them alone.
    public var sessionTimers: SessionTimerPolicy? = SessionTimerPolicy()
    public var limits: SIPLimits
    /// Value of Server and User-Agent.
    public var product: String
    public var contactUser: String?
    /// The header section of a TCP message must be complete this long after its first octet.
    public var messageTime: Duration
    /// TCP connections from one address at a time.
    public var connectionsPerPeer: Int
    /// TCP and TLS connections at a time.
    public var connections = 8_192
    /// How many of ``connections`` only trusted peers can have.
    public var connectionsReserved = 2_048
    /// The body of a TCP message must be complete this long after its header section.
    public var bodyTime = Duration.seconds(10)
    /// A connection from a peer must bring its first valid message within this time; keep-alives are none.
    public var firstMessageTime = Duration.seconds(10)
    /// Longest time between pings on connections that we open (RFC 5626 §4.4.1); `nil`: none are sent. A peer that does
    /// not know them loses its connection.
    public var keepAlive: Duration?
    /// A ping must be answered in this time.
    public var pongTime = Duration.seconds(10)
    /// Octets that may wait for a peer to read them; beyond, its connection is closed.
    public var writeQueue = 1 << 20
    /// Who has to prove who it is.
    public var authentication: AuthenticationSettings?
    /// What we are to peers that challenge us, by host of the next hop as a URI names it.
    public var accounts: [String: [DigestClient.Account]] = [:]
    /// Needed for `tls://` listeners and for hops that are reached by TLS.
    public var tls: TLSSettings?
    /// When new calls are refused so that others succeed.
    public var overload = OverloadControl.Targets()
    /// Where `oc-seq` begins (RFC 7339 §4.4). `nil` stands for tenths of seconds since 1970 when the stack is made: more
    /// than it ever was before a restart.
    public var overloadSequence: UInt64?
    /// A copy of every message goes there, without credentials.
    public var capture: CaptureSettings?
    /// How hosts of hops that are names are looked up.
    public var dns = DNSSettings()

    public init(
        listeners: [SIPListener],
        policy: PeerPolicy,
        timers: SIPTimers = SIPTimers(),
        limits: SIPLimits = SIPLimits(),
        product: String = "Sidetone",
        contactUser: String? = nil,
        messageTime: Duration = .seconds(5),
        connectionsPerPeer: Int = 64
    ) {
        self.listeners = listeners
        self.policy = policy
        self.timers = timers
        self.limits = limits
        self.product = product
        self.contactUser = contactUser
        self.messageTime = messageTime
        self.connectionsPerPeer = connectionsPerPeer
    }
}
