/// Where a request can be sent: what a name became.
public struct ResolvedTarget: Sendable, Hashable {
    public var transport: TransportKind
    /// Literal.
    public var address: String
    public var port: UInt16

    public init(transport: TransportKind, address: String, port: UInt16) {
        self.transport = transport
        self.address = address
        self.port = port
    }
}

/// Finds the targets of a hop whose host is a name, in the order in which to try them.
///
/// Ask what ``start()`` says, give the answers to ``receive(_:using:)``, and go on until there are targets. A question
/// that failed counts as one without records.
///
/// Source: RFC 3263 §4.1 and §4.2.
public struct HopResolution: Sendable {
    /// What the driver can send by and to.
    public struct Reach: Sendable, Hashable {
        public var transports: Set<TransportKind>
        public var ipv4: Bool
        public var ipv6: Bool

        public init(transports: Set<TransportKind>, ipv4: Bool = true, ipv6: Bool = false) {
            self.transports = transports
            self.ipv4 = ipv4
            self.ipv6 = ipv6
        }
    }

    public enum Step: Sendable, Hashable {
        /// At least one question, all different.
        case ask([DNSQuestion])
        /// Empty when the hop cannot be reached.
        case targets([ResolvedTarget])
    }

    private struct Host: Sendable {
        let transport: TransportKind
        let name: String
        let port: UInt16
    }

    private enum State: Sendable {
        case pointers
        /// By service names, best first.
        case services([(name: String, transport: TransportKind)])
        case addresses([Host])
    }

    /// Records of one answer that are looked at, and targets of a hop.
    public static let limit = 32

    private let hop: Hop
    private let reach: Reach
    private var state = State.pointers

    public init(_ hop: Hop, reach: Reach) {
        self.hop = hop
        self.reach = reach
    }

    public mutating func start() -> Step {
        if hop.isPortStated { return askForHost() }
        if hop.isTransportStated {
            guard isAllowed(hop.transport) else { return .targets([]) }
            return ask([(Self.service(hop.transport, hop.host), hop.transport)])
        }
        return .ask([DNSQuestion(hop.host, .naptr)])
    }

    public mutating func receive(
        _ answers: [DNSQuestion: [DNSRecord]],
        using generator: inout some RandomNumberGenerator
    ) -> Step {
        switch state {
        case .pointers:
            let found = services(answers[DNSQuestion(hop.host, .naptr)] ?? [])
            if !found.isEmpty { return ask(found) }
            let order: [TransportKind] = hop.transport == .tls ? [.tls] : [.udp, .tcp]
            return ask(order.filter(isAllowed).map { (Self.service($0, hop.host), $0) })
        case .services(let services):
            let hosts = services.flatMap { service in
                let records = (answers[DNSQuestion(service.name, .srv)] ?? []).prefix(Self.limit).compactMap { record in
                    if case .service(let service) = record { service } else { nil }
                }
                return ServiceRecord.ordered(records, using: &generator)
                    .map { Host(transport: service.transport, name: $0.target, port: $0.port) }
            }
            if !hosts.isEmpty { return ask(hosts) }
            // One record with the root as its target says that there is no such service, at any address.
            let isDenied = answers.values.contains { !$0.isEmpty }
            return isDenied ? .targets([]) : askForHost()
        case .addresses(let hosts):
            var targets: [ResolvedTarget] = []
            for host in hosts {
                for type in addressTypes {
                    for case .address(let address) in answers[DNSQuestion(host.name, type)] ?? [] {
                        let target = ResolvedTarget(transport: host.transport, address: address, port: host.port)
                        if targets.count < Self.limit, !targets.contains(target) { targets.append(target) }
                    }
                }
            }
            return .targets(targets)
        }
    }

    // MARK: Steps

    private mutating func askForHost() -> Step {
        guard reach.transports.contains(hop.transport) else { return .targets([]) }
        return ask([Host(transport: hop.transport, name: hop.host, port: hop.port)])
    }

    private mutating func ask(_ services: [(name: String, transport: TransportKind)]) -> Step {
        guard !services.isEmpty else { return askForHost() }
        state = .services(services)
        return .ask(Self.unique(services.map { DNSQuestion($0.name, .srv) }))
    }

    private mutating func ask(_ hosts: [Host]) -> Step {
        let hosts = Array(hosts.prefix(Self.limit))
        state = .addresses(hosts)
        let questions = Self.unique(hosts.flatMap { host in addressTypes.map { DNSQuestion(host.name, $0) } })
        return questions.isEmpty ? .targets([]) : .ask(questions)
    }

    // MARK: Rules

    private var addressTypes: [DNSQuestion.RecordType] { (reach.ipv6 ? [.aaaa] : []) + (reach.ipv4 ? [.a] : []) }

    /// Whether we have the transport, and it keeps what a `sips` URI promises.
    private func isAllowed(_ transport: TransportKind) -> Bool {
        reach.transports.contains(transport) && (hop.transport != .tls || transport == .tls)
    }

    /// What the pointers say that we can use, best first. Only those that lead to SRV records do (§4.1).
    private func services(_ records: [DNSRecord]) -> [(name: String, transport: TransportKind)] {
        records.prefix(Self.limit)
            .compactMap { record in
                guard case .pointer(let pointer) = record, pointer.flags.lowercasedASCII == "s",
                    pointer.regexp.isEmpty, !pointer.replacement.isEmpty,
                    let transport = Self.transport(pointer.service), isAllowed(transport)
                else { return nil }
                return (pointer, transport)
            }
            .sorted { (left: (NamingAuthorityPointer, TransportKind), right) in
                (left.0.order, left.0.preference) < (right.0.order, right.0.preference)
            }
            .map { (name: $0.0.replacement, transport: $0.1) }
    }

    private static func transport(_ service: String) -> TransportKind? {
        switch service.lowercasedASCII {
        case "sip+d2u": .udp
        case "sip+d2t": .tcp
        case "sips+d2t": .tls
        default: nil
        }
    }

    private static func service(_ transport: TransportKind, _ host: String) -> String {
        switch transport {
        case .udp: "_sip._udp.\(host)"
        case .tcp: "_sip._tcp.\(host)"
        case .tls: "_sips._tcp.\(host)"
        }
    }

    private static func unique(_ questions: [DNSQuestion]) -> [DNSQuestion] {
        var seen: Set<DNSQuestion> = []
        return questions.filter { seen.insert($0).inserted }
    }
}
