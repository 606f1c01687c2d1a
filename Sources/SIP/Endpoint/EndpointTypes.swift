import Timing

/// Names a server transaction to the transaction user.
public struct ServerTransactionID: RawRepresentable, Sendable, Hashable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

/// Names a client transaction to the transaction user.
public struct ClientTransactionID: RawRepresentable, Sendable, Hashable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

/// What the endpoint tells its user.
public enum SIPEndpointEvent: Sendable {
    /// A request outside any dialog: INVITE, OPTIONS, REGISTER, MESSAGE ...
    case request(ServerTransactionID, SIPRequest, SIPSource)
    /// A request inside a dialog that the user has to answer. BYE, CANCEL and ACK are not among them.
    case dialogRequest(ServerTransactionID, DialogID, SIPRequest)
    /// The caller gave up: the CANCEL has got its 200 and the INVITE its 487. Or the time is over that the caller gave in
    /// Expires (RFC 3261 §13.3.1): the INVITE has got its 487, and the request is the CANCEL that did not have to come.
    case cancelled(ServerTransactionID, SIPRequest)
    /// The ACK of our 2xx.
    case acknowledged(DialogID, SIPRequest)
    /// A response of the transaction; the dialog that it made or belongs to.
    case response(ClientTransactionID, SIPResponse, DialogID?)
    /// The transaction ended without a final response.
    case failed(ClientTransactionID, TransactionFailure)
    /// A request that the user had forwarded has got this final response, or none in time.
    case forwarded(ServerTransactionID, StatusCode)
    /// A copy of a forwarded request has found no service: the user has it sent to another server of the same name
    /// (``SIPEndpoint/forwardAgain(_:at:into:)``), or not (``SIPEndpoint/concludeForward(_:at:into:)``).
    case unserved(UnservedForward)
    /// A NOTIFY of a subscription of ours, which the user has to answer.
    case notified(SubscriptionID, ServerTransactionID, SIPRequest)
    /// A subscription of ours is over; it was not the user's doing.
    case subscriptionEnded(SubscriptionID, SubscriptionEnd)
    /// The session wants a refresh by re-INVITE: the peer does not take UPDATE, which the endpoint would have sent
    /// itself (RFC 4028 §7.4).
    case sessionRefreshDue(DialogID)
    /// The dialog is gone, or is to be given up by the user.
    case dialogEnded(DialogID, DialogEnd)
}

public enum DialogEnd: Sendable, Hashable {
    /// The peer's BYE, which has got its 200.
    case bye(SIPRequest)
    /// No ACK came for our 2xx within 64·T1: the dialog still exists and wants a BYE (RFC 3261 §13.3.1.4).
    case noACK
    /// No PRACK came for a reliable provisional response within 64·T1: the INVITE has got 504 (RFC 3262 §3).
    case noPRACK
    /// The peer has not refreshed the session in time, and gets a BYE without the user's doing (RFC 4028 §10).
    case sessionExpired
    /// A request of ours inside the dialog got a failure that ends it (``StatusCode/endsCall(of:)``), or nothing (§12.2.1.2).
    /// Unless it was 481, the peer gets a BYE without the user's doing.
    case lost
}

/// What the driver does for the endpoint.
public enum SIPEndpointOutput: Sendable {
    /// - Parameter transaction: Told with ``SIPEndpoint/transportFailed(_:at:into:)`` if it cannot be sent.
    case send([UInt8], SIPDestination, transaction: ClientTransactionID?)
    case event(SIPEndpointEvent)
}

/// What a user adds to a message that the endpoint makes.
public struct MessageContent: Sendable, Hashable {
    /// Added behind the fields that the endpoint writes.
    public var headers: SIPHeaders
    /// `nil` when there is no body.
    public var contentType: String?
    public var body: [UInt8]
    /// Whose the session timer is that this message starts or refreshes; see ``SessionTimerHandling``.
    public var sessionTimer: SessionTimerHandling

    public init(
        headers: SIPHeaders = SIPHeaders(),
        contentType: String? = nil,
        body: [UInt8] = [],
        sessionTimer: SessionTimerHandling = .own
    ) {
        self.headers = headers
        self.contentType = contentType
        self.body = body
        self.sessionTimer = sessionTimer
    }

    public static let empty = MessageContent()

    /// An SDP body.
    public static func sdp(_ body: [UInt8], headers: SIPHeaders = SIPHeaders()) -> MessageContent {
        MessageContent(headers: headers, contentType: "application/sdp", body: body)
    }
}

/// What an endpoint says of itself.
public struct SIPEndpointConfiguration: Sendable, Hashable {
    public var timers: SIPTimers
    /// Where we are reached, per transport: sent-by of Via and host of Contact.
    public var localAddresses: [TransportKind: HostPort] { didSet { writeAddresses() } }
    /// The same for peers with an address of the other IP version than that of `localAddresses`.
    public var otherAddresses: [TransportKind: HostPort] = [:] { didSet { writeAddresses() } }
    /// User part of Contact.
    public var contactUser: String? { didSet { writeAddresses() } }
    /// Value of Server and User-Agent.
    public var product: String
    public var allowedMethods: [SIPMethod] { didSet { allow = Self.list(allowedMethods) } }
    /// `nil` leaves session timers alone.
    public var sessionTimers: SessionTimerPolicy?

    public init(
        timers: SIPTimers = SIPTimers(),
        localAddresses: [TransportKind: HostPort],
        contactUser: String? = nil,
        product: String = "Sidetone",
        allowedMethods: [SIPMethod] = [
            .invite, .ack, .cancel, .bye, .prack, .update, .options, .info, .refer, .notify,
        ],
        sessionTimers: SessionTimerPolicy? = SessionTimerPolicy()
    ) {
        self.timers = timers
        self.localAddresses = localAddresses
        self.contactUser = contactUser
        self.product = product
        self.allowedMethods = allowedMethods
        self.sessionTimers = sessionTimers
        allow = Self.list(allowedMethods)
        writeAddresses()
    }

    // What goes into each message is written once.

    /// Value of Allow.
    public private(set) var allow: String
    private var contacts: [TransportKind: String] = [:]
    private var vias: [TransportKind: String] = [:]
    private var otherContacts: [TransportKind: String] = [:]
    private var otherVias: [TransportKind: String] = [:]

    private static func list(_ methods: [SIPMethod]) -> String { methods.map(\.rawValue).joined(separator: ", ") }

    private mutating func writeAddresses() {
        for transport in TransportKind.allCases {
            // Where we do not listen for one transport we are reached by another.
            let reached = [transport, .udp, .tcp, .tls].first { localAddresses[$0] != nil } ?? transport
            contacts[transport] = writeContact(for: reached, at: localAddresses[reached])
            vias[transport] = Self.writeVia(
                for: transport, at: localAddresses[reached] ?? HostPort(host: "127.0.0.1"))
            let other = otherAddresses[transport]
            otherContacts[transport] = other.map { writeContact(for: transport, at: $0) }
            otherVias[transport] = other.map { Self.writeVia(for: transport, at: $0) }
        }
    }

    private static func writeVia(for transport: TransportKind, at address: HostPort) -> String {
        "\(Via(transport: transport.rawValue, sentBy: address, branch: ""))"
    }

    private func writeContact(for transport: TransportKind, at address: HostPort?) -> String {
        var uri = SIPURI(scheme: .sip, host: "127.0.0.1")
        uri.user = contactUser
        if let address { uri.hostPort = address }
        if transport != .udp { uri.parameters["transport"] = transport.rawValue.lowercasedASCII }
        return "<\(uri)>"
    }

    /// Whether `peer` reaches the other address for `transport` and not the first one.
    private func usesOther(_ transport: TransportKind, towards peer: String) -> Bool {
        guard let other = otherAddresses[transport] else { return false }
        return other.isIPv6 ? peer.utf8.contains(.colon) : peer.utf8.allSatisfy { $0.isDigit || $0 == .period }
    }

    /// Where a peer, a name or a literal address without brackets, reaches us by `transport`.
    public func localAddress(for transport: TransportKind, towards peer: String) -> HostPort? {
        usesOther(transport, towards: peer) ? otherAddresses[transport] : localAddresses[transport]
    }

    /// The Contact value for messages that leave by `transport` for `peer`, a name or a literal address without
    /// brackets. A `sip` URI also over TLS: `sips` would promise more
    /// than the request asked for (RFC 3261 §12.1.1, RFC 5630 §3.1.4).
    public func contact(for transport: TransportKind, towards peer: String) -> String {
        (usesOther(transport, towards: peer) ? otherContacts[transport] : contacts[transport]) ?? ""
    }

    /// The same, as a `sips` URI where the dialog is to be one (RFC 3261 §12.1.1, §8.1.1.8) and TLS is listened for: elsewhere
    /// such a URI would lead nowhere.
    public func contact(for transport: TransportKind, towards peer: String, isSecure: Bool) -> String {
        guard isSecure, let address = localAddress(for: .tls, towards: peer) else {
            return contact(for: transport, towards: peer)
        }
        var uri = SIPURI(scheme: .sips, host: address.host)
        uri.user = contactUser
        uri.hostPort = address
        return "<\(uri)>"
    }

    /// The Via value of a request that leaves by `transport` for `peer`.
    ///
    /// - Parameter branch: A token.
    func via(for transport: TransportKind, towards peer: String, branch: String) -> String {
        let via = usesOther(transport, towards: peer) ? otherVias[transport] : vias[transport]
        return (via ?? "") + (transport == .udp ? branch + ";rport" : branch)
    }
}

/// How much state an endpoint holds.
public struct SIPEndpointCounts: Sendable, Hashable {
    public var serverTransactions: Int
    public var clientTransactions: Int
    public var dialogs: Int
    public var subscriptions: Int

    public init(serverTransactions: Int, clientTransactions: Int, dialogs: Int, subscriptions: Int = 0) {
        self.serverTransactions = serverTransactions
        self.clientTransactions = clientTransactions
        self.dialogs = dialogs
        self.subscriptions = subscriptions
    }
}
