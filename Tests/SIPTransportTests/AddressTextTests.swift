import NIOCore
import SIP
import SIPTransport
import Testing

@Suite("Listeners as text")
struct SIPListenerTests {
    @Test(
        "What is read",
        arguments: [
            ("udp://127.0.0.1:5060", TransportKind.udp, "127.0.0.1", 5_060),
            ("tcp://10.1.2.3:5070", .tcp, "10.1.2.3", 5_070),
            ("udp://[::1]:5060", .udp, "::1", 5_060),
            ("tcp://[2001:db8::1]:0", .tcp, "2001:db8::1", 0),
            ("tls://127.0.0.1", .tls, "127.0.0.1", 5_061),
            ("udp://127.0.0.1", .udp, "127.0.0.1", 5_060),
        ])
    func reads(_ text: String, _ transport: TransportKind, _ host: String, _ port: Int) throws {
        let listener = try #require(SIPListener(text))
        #expect(listener.transport == transport)
        #expect(listener.host == host)
        #expect(listener.port == UInt16(port))
        #expect(SIPListener(listener.description) == listener)
    }

    @Test(
        "What is not",
        arguments: [
            "", "127.0.0.1:5060", "udp:127.0.0.1:5060", "sctp://127.0.0.1:5060",
            "udp://", "udp://127.0.0.1:65536", "udp://127.0.0.1:port", "udp://alice@127.0.0.1:5060",
            "udp://127.0.0.1:5060;lr", "udp://[::1:5060",
        ])
    func refuses(_ text: String) {
        #expect(SIPListener(text) == nil)
    }
}

@Suite("Who may talk to us")
struct PeerPolicyTests {
    @Test(
        "Addresses in a network and beside it",
        arguments: [
            ("10.0.0.0/8", "10.255.1.2", true),
            ("10.0.0.0/8", "11.0.0.0", false),
            ("127.0.6.0/24", "127.0.6.255", true),
            ("127.0.6.0/24", "127.0.7.9", false),
            ("192.168.4.0/22", "192.168.7.255", true),
            ("192.168.4.0/22", "192.168.8.0", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("0.0.0.0/0", "203.0.113.1", true),
            ("0.0.0.0/0", "::1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("2001:db8::/33", "2001:db8:8000::1", false),
            ("2001:db8:0:0:8000::/65", "2001:db8::8000:0:0:1", true),
            ("2001:db8:0:0:8000::/65", "2001:db8::1", false),
            ("::1", "::1", true),
            ("10.0.0.0/8", "::ffff:10.0.0.1", true),
        ])
    func networks(_ network: String, _ address: String, _ isInside: Bool) throws {
        let policy = PeerPolicy(trusted: [try #require(IPNetwork(network))])
        let peer = try SocketAddress(ipAddress: address, port: 5_060)
        #expect(policy.isTrusted(peer) == isInside)
        #expect(policy.admits(peer) == isInside)
    }

    @Test(
        "What is no network",
        arguments: [
            "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0/8", "host/8",
            "::/129", "10.0.0.0/ 8", "10.0.0.1/8", "::1/127", "host",
        ])
    func refuses(_ text: String) {
        #expect(IPNetwork(text) == nil)
    }

    @Test("Letting everybody in is not trusting everybody")
    func allowUntrusted() throws {
        let policy = PeerPolicy(trusted: [], allowUntrusted: true)
        let peer = try SocketAddress(ipAddress: "203.0.113.1", port: 5_060)
        #expect(policy.admits(peer))
        #expect(!policy.isTrusted(peer))
    }
}
