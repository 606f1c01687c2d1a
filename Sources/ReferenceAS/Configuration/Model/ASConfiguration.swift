import ApplicationServer
import Codecs
import Media
import SDP
import SIP
import SIPTransport
import Workflows

/// Everything the reference application server is told. Every property has the default it is documented with.
public struct ASConfiguration: Sendable, Hashable {
    public var sip = SIPSettings()
    public var media = MediaSettings()
    /// The engines that services name. Names are unique.
    public var engines = [EngineDefinition.local]
    /// Asked in order; the first one that matches a call takes it.
    public var services = [ServiceDefinition.assistant]
    /// Where calls go when their engine cannot take them, by name.
    public var fallback = ["pbx": FallbackDefinition.pbx]
    /// What the server is to peers that challenge it, by a name for messages.
    public var accounts: [String: AccountDefinition] = [:]
    /// Who may call from elsewhere than ``SIPSettings/trustedPeers``, by user name.
    public var users: [String: UserDefinition] = [:]
    /// Functions of engines as HTTP requests, by name.
    public var workflows: [String: WorkflowDefinition] = [:]
    public var http = HTTPSettings()
    public var speech = SpeechDefinition()
    public var outbound = OutboundCallSettings()
    public var cdr = CallDetailFile.Settings()
    public var limits = LimitSettings()
    public var admin = AdminSettings()
    public var log = LogSettings()

    /// What holds when nothing is configured.
    public static let defaults = ASConfiguration()

    public init() {}

    /// The service for calls that match no other: the first one without `match`, or else the first one.
    public var defaultService: ServiceDefinition? {
        services.first { $0.match == nil } ?? services.first
    }

    public func engine(named name: String) -> EngineDefinition? {
        engines.first { $0.name == name }
    }
}

extension ASConfiguration {
    public struct SIPSettings: Sendable, Hashable {
        public var listen = [
            ListenAddress(transport: .udp, host: "127.0.0.1", port: 5_060),
            ListenAddress(transport: .tcp, host: "127.0.0.1", port: 5_060),
        ]
        /// S-CSCFs and PBXs. Packets from elsewhere are dropped before they are parsed.
        public var trustedPeers = [IPNetwork.loopback]
        /// Takes calls from anybody, without trusting what they assert.
        public var allowUntrusted = false
        /// Whose P- fields are believed, and who is sent those of others; empty: ``trustedPeers``.
        public var trustDomain: [IPNetwork] = []
        /// The host of our own SIP URIs; `nil`: the address a message leaves from.
        public var domain: String?
        /// The value of `Server` and `User-Agent`.
        public var name = "sidetone"
        public var timers = TimerSettings()
        public var authentication = Authentication()
        /// Longest time between keep-alive pings on connections that we open; `nil`: none.
        public var keepAlive: Duration?
        public var tls = TLSFiles()
        public var overload = OverloadSettings()
        public var hep = CaptureTarget()
        public var registrationState = RegistrationStateSettings()
        public var dns = NameLookup()
    }

    /// Whether registrations are followed by the `reg` event package (RFC 3680).
    public struct RegistrationStateSettings: Sendable, Hashable {
        /// Our network's name, which goes into the charging vector of the SUBSCRIBE; `nil`: nobody is subscribed to.
        public var network: String?
    }

    /// How hosts of next hops are looked up that are names.
    public struct NameLookup: Sendable, Hashable {
        /// Literal addresses; none: those of the system.
        public var servers: [HostPort] = []
        /// For all questions of one request.
        public var timeout = Duration.seconds(2)
    }

    /// Where copies of all SIP messages go: HEP version 3 over UDP.
    public struct CaptureTarget: Sendable, Hashable {
        /// A literal address; `nil`: nothing is captured.
        public var server: HostPort?
        public var captureID = 2_001
    }

    /// Digest authentication of peers without an address that could be trusted (RFC 3261 §22, RFC 8760).
    public struct Authentication: Sendable, Hashable {
        /// `nil`: nobody is asked.
        public var realm: String?
        /// Where peers may be that have to authenticate.
        public var networks = ["0.0.0.0/0", "::/0"].compactMap { IPNetwork($0) }
        public var algorithms = [DigestAlgorithm.sha256, .md5]
    }

    /// SIP over TLS: PEM files, all three or none, and who may connect.
    public struct TLSFiles: Sendable, Hashable {
        public var certificate: String?
        public var key: String?
        public var trustRoots: String?
        /// SIP domains; one of them must be in the certificate of whoever connects.
        public var peers: [String] = []
    }

    /// When new calls are refused so that others succeed.
    public struct OverloadSettings: Sendable, Hashable {
        /// Messages may wait this long on average.
        public var latency = Duration.milliseconds(20)
        /// Per cent of a processor that signalling may use.
        public var processor = 90
    }

    /// RFC 3261 §17, table 4.
    public struct TimerSettings: Sendable, Hashable {
        public var t1 = Duration.milliseconds(500)
        public var t2 = Duration.seconds(4)
        public var t4 = Duration.seconds(5)
    }

    public struct MediaSettings: Sendable, Hashable {
        /// Literal address that RTP is bound to and that goes into SDP.
        public var address = "127.0.0.1"
        /// One of the other IP version, for calls whose offer has an address of that.
        public var otherAddress: String?
        public var ports = PortRange(20_000...29_999)
        /// In order of preference: wideband first, and of the narrow ones those first that cost recognition least.
        public var codecs = ["AMR-WB", "opus", "G722", "PCMA", "PCMU", "AMR"]

        /// Whether media is encrypted.
        public var srtp = ProtectionPolicy.accept
        /// How keys for it are agreed on, the preferred way first.
        public var keyAgreement = KeyAgreement.allCases
        /// Where the caller's digits are looked for.
        public var dtmf = DigitDetection.automatic
        /// Digits to a peer without telephone events go as SIP INFO.
        public var dtmfInfo = false
        /// Whose word interrupts what the engine says.
        public var bargeIn = BargeInSource.engine
        /// The engine gets silence while nothing but our own echo is heard.
        public var hideEcho = false
        /// A call is ended when neither RTP nor RTCP has come for so long.
        public var inactivity = Duration.seconds(30)

        /// Folder for a WAV file of each direction of each call; `nil` records nothing.
        public var recordingDirectory: String?
        /// A file for each direction, or one with the caller on the left.
        public var recordingLayout = RecordingLayout.separate

        /// The codecs of ``codecs`` that this build has, in order.
        public var usableCodecs: [String] { codecs.filter(Self.builtCodecs.contains) }

        /// Codecs that this build can encode and decode.
        public static let builtCodecs = Set(CodecCatalog.encodingNames)
        /// Codecs that a configuration may name.
        public static let knownCodecs = ["AMR-WB", "opus", "G722", "L16", "PCMA", "PCMU", "AMR", "G729"]
    }

    public struct LimitSettings: Sendable, Hashable {
        /// Calls at a time; one more is answered 503.
        public var maxCalls = 500
        /// An answered call is ended after this long.
        public var maxDuration = Duration.seconds(3_600)
        /// When engines count as down.
        public var engineHealth = EngineHealthPolicy()
    }

    /// What may be asked for over HTTP.
    public struct HTTPSettings: Sendable, Hashable {
        public var allow: [WebOrigin] = []
        /// Their addresses may be private or loopback ones.
        public var allowPrivate: [WebOrigin] = []
        public var maxWorkflows = 256
        public var maxWorkflowsPerCall = 4
        /// To one origin.
        public var maxConnections = 256

        var rules: OutboundRules {
            var rules = OutboundRules(allowed: Set(allow), allowedPrivate: Set(allowPrivate))
            rules.maximumConnections = maxConnections
            return rules
        }
    }

    public struct AdminSettings: Sendable, Hashable {
        public var listen = HostPort(host: "127.0.0.1", port: 8_080)
        /// What a client has to present for `/metrics` and all else but the health endpoints.
        public var token: SecretReference?
        /// The same for clients that only read.
        public var readToken: SecretReference?
        /// Records of ended calls that the API can be asked for.
        public var keptCalls = 1_000
        /// Clients that only read see no identities and nothing of what was said.
        public var maskReads = true
    }

    /// Calls that the server starts itself.
    public struct OutboundCallSettings: Sendable, Hashable {
        /// SIP URI; without it no calls are started.
        public var servingCSCF: String?
        public var servedUser: String?
    }

    public struct LogSettings: Sendable, Hashable {
        public enum Level: String, Sendable, Hashable, CaseIterable {
            case trace, debug, info, notice, warning, error, critical
        }

        public enum Format: String, Sendable, Hashable, CaseIterable {
            case text, json
        }

        public var level = Level.info
        public var format = Format.text
        /// Whether the log may tell who took part in calls and what was said.
        public var personalData = false
        /// What identities are hashed with; without it by something new at each start.
        public var maskKey: SecretReference?
    }
}
