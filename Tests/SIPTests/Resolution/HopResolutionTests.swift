import SIP
import Testing

@Suite("Locating SIP servers (RFC 3263 §4)")
struct HopResolutionTests {
    private static let everything = HopResolution.Reach(transports: [.udp, .tcp, .tls])

    /// Walks the steps of a URI with a zone as the whole DNS.
    ///
    /// - Returns: The questions in order, as `name type`, and the targets as `transport address:port`.
    private func resolve(
        _ uri: String,
        _ zone: [DNSQuestion: [DNSRecord]],
        reach: HopResolution.Reach = everything,
        seed: UInt64 = 1
    ) throws -> (asked: [String], targets: [String]) {
        let hop = try #require(Hop(try SIPURI(parsing: uri)))
        var resolution = HopResolution(hop, reach: reach)
        var numbers = SeededNumbers(seed: seed)
        var step = resolution.start()
        var asked: [String] = []
        while true {
            switch step {
            case .targets(let targets):
                return (asked, targets.map { "\($0.transport.rawValue) \($0.address):\($0.port)" })
            case .ask(let questions):
                asked += questions.map { "\($0.name) \($0.type)" }
                let answers = questions.map { ($0, zone[$0] ?? []) }
                step = resolution.receive(Dictionary(uniqueKeysWithValues: answers), using: &numbers)
            }
        }
    }

    private static func pointer(_ order: UInt16, _ service: String, _ name: String) -> DNSRecord {
        .pointer(
            NamingAuthorityPointer(order: order, preference: 1, flags: "S", service: service, replacement: name))
    }

    private static func service(_ priority: UInt16, _ port: UInt16, _ target: String) -> DNSRecord {
        .service(ServiceRecord(priority: priority, weight: 1, port: port, target: target))
    }

    private static let zone: [DNSQuestion: [DNSRecord]] = [
        DNSQuestion("ims.example", .naptr): [
            pointer(90, "SIP+D2U", "_sip._udp.ims.example"), pointer(50, "SIPS+D2T", "_sips._tcp.ims.example"),
            pointer(60, "SIP+D2T", "_sip._tcp.ims.example"), pointer(10, "SIP+D2S", "_sip._sctp.ims.example"),
        ],
        DNSQuestion("_sip._udp.ims.example", .srv): [service(2, 5_070, "b.example"), service(1, 5_060, "a.example")],
        DNSQuestion("_sip._tcp.ims.example", .srv): [service(1, 5_060, "a.example")],
        DNSQuestion("_sips._tcp.ims.example", .srv): [service(1, 5_061, "a.example")],
        DNSQuestion("a.example", .a): [.address("192.0.2.1")],
        DNSQuestion("b.example", .a): [.address("192.0.2.2")],
        DNSQuestion("b.example", .aaaa): [.address("2001:db8::2")],
        DNSQuestion("ims.example", .a): [.address("192.0.2.9")],
        DNSQuestion("_sip._udp.denied.example", .srv): [service(0, 0, "")],
        DNSQuestion("denied.example", .a): [.address("192.0.2.8")],
    ]

    @Test("NAPTR chooses the transport, by order, among those we have")
    func pointers() throws {
        let all = try resolve("sip:ims.example", Self.zone)
        #expect(all.asked.first == "ims.example naptr")
        #expect(
            all.targets == ["TLS 192.0.2.1:5061", "TCP 192.0.2.1:5060", "UDP 192.0.2.1:5060", "UDP 192.0.2.2:5070"])
        let udp = try resolve("sip:ims.example", Self.zone, reach: .init(transports: [.udp]))
        #expect(udp.targets == ["UDP 192.0.2.1:5060", "UDP 192.0.2.2:5070"])
    }

    @Test("A sips URI goes by TLS or not at all")
    func secure() throws {
        #expect(try resolve("sips:ims.example", Self.zone).targets == ["TLS 192.0.2.1:5061"])
        #expect(try resolve("sips:ims.example", Self.zone, reach: .init(transports: [.udp, .tcp])).targets.isEmpty)
    }

    @Test("A stated transport skips NAPTR, and SRV records of that one count")
    func statedTransport() throws {
        let found = try resolve("sip:ims.example;transport=tcp", Self.zone)
        #expect(found.asked == ["_sip._tcp.ims.example srv", "a.example a"])
        #expect(found.targets == ["TCP 192.0.2.1:5060"])
    }

    @Test("A stated port skips NAPTR and SRV; UDP unless stated")
    func statedPort() throws {
        let found = try resolve("sip:ims.example:5088", Self.zone)
        #expect(found.asked == ["ims.example a"])
        #expect(found.targets == ["UDP 192.0.2.9:5088"])
        #expect(try resolve("sips:ims.example:5088", Self.zone).targets == ["TLS 192.0.2.9:5088"])
    }

    @Test("Without NAPTR, SRV of what we have; without SRV, addresses and the default port")
    func fallbacks() throws {
        var zone = Self.zone
        zone[DNSQuestion("ims.example", .naptr)] = nil
        let bySRV = try resolve("sip:ims.example", zone)
        #expect(bySRV.targets == ["UDP 192.0.2.1:5060", "UDP 192.0.2.2:5070", "TCP 192.0.2.1:5060"])
        let byAddress = try resolve("sip:a.example", zone)
        #expect(
            byAddress.asked == [
                "a.example naptr", "_sip._udp.a.example srv", "_sip._tcp.a.example srv", "a.example a",
            ])
        #expect(byAddress.targets == ["UDP 192.0.2.1:5060"])
        #expect(try resolve("sip:nowhere.example", zone).targets.isEmpty)
    }

    @Test("A target of . denies the service (RFC 2782)")
    func denied() throws {
        #expect(try resolve("sip:denied.example;transport=udp", Self.zone).targets.isEmpty)
    }

    @Test("IPv6 addresses where we have IPv6, first")
    func families() throws {
        let reach = HopResolution.Reach(transports: [.udp], ipv4: true, ipv6: true)
        let found = try resolve("sip:b.example:5060", Self.zone, reach: reach)
        #expect(found.targets == ["UDP 2001:db8::2:5060", "UDP 192.0.2.2:5060"])
    }

    @Test("The same seed, the same order; other seeds share the load by weight")
    func weights() throws {
        var zone = Self.zone
        zone[DNSQuestion("_sip._udp.ims.example", .srv)] = [
            .service(ServiceRecord(priority: 1, weight: 30, port: 5_060, target: "a.example")),
            .service(ServiceRecord(priority: 1, weight: 10, port: 5_060, target: "b.example")),
        ]
        var first = 0
        for seed in 0..<UInt64(4_000) {
            let targets = try resolve("sip:ims.example;transport=udp", zone, seed: seed).targets
            #expect(targets.count == 2)
            if targets[0].contains("192.0.2.1:") { first += 1 }
            if seed < 20 {
                #expect(try resolve("sip:ims.example;transport=udp", zone, seed: seed).targets == targets)
            }
        }
        // Three in four.
        #expect((2_850...3_150).contains(first))
    }

    @Test("A hop keeps whether port and transport were stated; an address settles both")
    func statements() throws {
        let open = try #require(Hop(try SIPURI(parsing: "sip:ims.example")))
        #expect(!open.isPortStated && !open.isTransportStated)
        let stated = try #require(Hop(try SIPURI(parsing: "sip:ims.example:5060;transport=udp")))
        #expect(stated == Hop(transport: .udp, host: "ims.example", port: 5_060))
        for host in ["192.0.2.1", "[2001:db8::1]"] {
            let hop = try #require(Hop(try SIPURI(parsing: "sip:\(host)")))
            #expect(hop.isPortStated && hop.isTransportStated)
        }
    }
}
