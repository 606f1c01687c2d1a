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
