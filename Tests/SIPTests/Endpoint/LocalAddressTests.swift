import SIP
import Testing

@Suite("Local addresses of both IP versions")
struct LocalAddressTests {
    private static let both: SIPEndpointConfiguration = {
        var configuration = SIPEndpointConfiguration(
            localAddresses: [
                .udp: HostPort(host: "192.0.2.1", port: 5_060), .tcp: HostPort(host: "192.0.2.1", port: 5_062),
            ],
            contactUser: "as"
        )
        configuration.otherAddresses = [.udp: HostPort(host: "2001:db8::1", port: 5_064)]
        return configuration
    }()

    @Test(
        "Contact has the address of the peer's version; a name gets the first one",
        arguments: [
            (TransportKind.udp, "192.0.2.9", "<sip:as@192.0.2.1:5060>"),
            (.udp, "2001:db8::9", "<sip:as@[2001:db8::1]:5064>"),
            (.udp, "host.example", "<sip:as@192.0.2.1:5060>"),
            (.tcp, "2001:db8::9", "<sip:as@192.0.2.1:5062;transport=tcp>"),
        ])
    func contact(_ transport: TransportKind, _ peer: String, _ contact: String) {
        #expect(Self.both.contact(for: transport, towards: peer) == contact)
    }

    @Test("By a transport that is not listened for, a peer reaches us by one that is (RFC 3261 §8.1.1.8, §18.1.1)")
    func missingTransport() {
        var configuration = SIPEndpointConfiguration(
            localAddresses: [.udp: HostPort(host: "192.0.2.1", port: 5_060)], contactUser: "as")
        #expect(configuration.contact(for: .tcp, towards: "192.0.2.9") == "<sip:as@192.0.2.1:5060>")
        configuration.localAddresses = [.tls: HostPort(host: "192.0.2.1", port: 5_061)]
        #expect(configuration.contact(for: .udp, towards: "192.0.2.9") == "<sip:as@192.0.2.1:5061;transport=tls>")
        var peer = Peer()
        let hop = Hop(transport: .tcp, host: "192.0.2.9", port: 5_060)
        peer.endpoint.configuration.localAddresses = [.udp: HostPort(host: "192.0.2.1", port: 5_070)]
        _ = peer.endpoint.send(Peer.outgoing(), to: hop, at: peer.now, into: &peer.pending)
        #expect(peer.take().requests.first?.headers.first(.via)?.hasPrefix("SIP/2.0/TCP 192.0.2.1:5070;") == true)
    }

    @Test(
        "A sips dialog has a sips Contact (RFC 3261 §12.1.1): by Request-URI, Record-Route, or Contact without one",
        arguments: [
            ("sips:bob@ims.example", "", "<sip:a@192.0.2.9>", true),
            ("sip:bob@ims.example", "", "<sips:a@192.0.2.9>", true),
            ("sip:bob@ims.example", "Record-Route: <sips:p.example;lr>, <sip:q.example;lr>", "<sip:a@192.0.2.9>", true),
            ("sip:bob@ims.example", "Record-Route: <sip:p.example;lr>", "<sips:a@192.0.2.9>", false),
            ("sip:bob@ims.example", "", "<sip:a@192.0.2.9>", false),
        ])
    func secureContact(_ uri: String, _ fields: String, _ contact: String, _ isSecure: Bool) throws {
        var peer = Peer(transport: .tls)
        peer.endpoint.configuration.localAddresses = [.tls: HostPort(host: "192.0.2.1", port: 5_061)]
        var text = Peer.invite(extra: fields)
        text = text.replacing("sip:bob@192.0.2.1 SIP", with: uri + " SIP")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.hasPrefix("Contact:") ? "Contact: \(contact)" : String($0)
        }
        try peer.receive(lines.joined(separator: "\n"))
        guard case .request(let id, _, _)? = peer.take().events.first else {
            Issue.record("no INVITE")
            return
        }
        _ = peer.respond(id, .ok)
        let answer = try #require(peer.take().responses.last?.headers.first(.contact))
        #expect(answer == (isSecure ? "<sips:192.0.2.1:5061>" : "<sip:192.0.2.1:5061;transport=tls>"))
    }

    @Test(
        "Without a listener for TLS there is no sips Contact: it would lead nowhere",
        arguments: [TransportKind.udp, .tls])
    func noTLSListener(_ transport: TransportKind) {
        let configuration = SIPEndpointConfiguration(
            localAddresses: [.udp: HostPort(host: "192.0.2.1", port: 5_060)], contactUser: "as")
        #expect(
            configuration.contact(for: transport, towards: "192.0.2.9", isSecure: true) == "<sip:as@192.0.2.1:5060>")
    }

    @Test("Contact of a request of ours inside a sips dialog is a sips URI, and by Route", arguments: [true, false])
    func leavesSecurely(_ isSecure: Bool) {
        var request = SIPRequest(method: .invite, requestURI: isSecure ? "SIPS:b@c" : "sip:b@c")
        #expect(request.leavesSecurely == isSecure)
        request.requestURI = "sip:b@c"
        request.headers.append(.route, isSecure ? "<sips:p;lr>" : "<sip:p;lr>")
        #expect(request.leavesSecurely == isSecure)
    }

    @Test("IPv4 beside a first address of IPv6")
    func other() {
        var configuration = Self.both
        configuration.localAddresses = Self.both.otherAddresses
        configuration.otherAddresses = Self.both.localAddresses
        #expect(configuration.localAddress(for: .udp, towards: "192.0.2.9")?.host == "192.0.2.1")
        #expect(configuration.localAddress(for: .udp, towards: "2001:db8::9")?.host == "2001:db8::1")
        #expect(configuration.localAddress(for: .udp, towards: "host.example")?.host == "2001:db8::1")
    }
}
