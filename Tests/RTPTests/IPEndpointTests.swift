import RTP
import Testing

@Suite("Literal addresses")
struct IPEndpointTests {
    @Test(
        "Literals read as one address whatever their spelling",
        arguments: [
            ("192.0.2.1", "192.0.2.1:5"), ("::ffff:192.0.2.1", "192.0.2.1:5"), ("::FFFF:c000:201", "192.0.2.1:5"),
            ("2001:db8::1", "[2001:db8:0:0:0:0:0:1]:5"), ("1:2:3:4:5:6:7:8", "[1:2:3:4:5:6:7:8]:5"),
            ("::", "[0:0:0:0:0:0:0:0]:5"), ("1::", "[1:0:0:0:0:0:0:0]:5"),
        ])
    func reads(_ literal: String, _ text: String) {
        #expect(IPEndpoint(literal: literal, port: 5)?.description == text)
    }

    @Test(
        "Names, zones and broken literals are refused",
        arguments: [
            "", "example.com", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4.5", "fe80::1%eth0", ":::", "1::2::3", "1:2:3",
            "1:2:3:4:5:6:7:8:9", ":1::2", "1::2:", "12345::", "::1.2.3", "::g", "::+1",
        ])
    func refuses(_ literal: String) {
        #expect(IPEndpoint(literal: literal, port: 5) == nil)
    }

    @Test(
        "Scopes (RFC 6890)",
        arguments: [
            ("192.0.2.1", IPEndpoint.Scope.unicast), ("10.1.2.3", .unicast), ("127.8.8.8", .loopback),
            ("0.0.0.0", .unspecified), ("0.1.2.3", .reserved), ("169.254.169.254", .linkLocal),
            ("224.0.0.1", .multicast),
            ("239.255.255.255", .multicast), ("255.255.255.255", .broadcast), ("240.0.0.1", .reserved),
            ("::", .unspecified), ("::1", .loopback), ("fe80::1", .linkLocal), ("febf::1", .linkLocal),
            ("ff02::1", .multicast),
            ("2001:db8::1", .unicast), ("::ffff:127.0.0.1", .loopback), ("::ffff:169.254.0.1", .linkLocal),
        ])
    func scopes(_ literal: String, _ scope: IPEndpoint.Scope) {
        #expect(IPEndpoint(literal: literal, port: 5)?.scope == scope)
    }
}
