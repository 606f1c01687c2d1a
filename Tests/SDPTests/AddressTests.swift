import SDP
import Testing

@Suite("Literal addresses")
struct IPAddressTests {
    @Test(
        "Text that is an address",
        arguments: [
            ("192.0.2.1", .v4(0xC000_0201)), ("255.255.255.255", .v4(.max)), ("0.0.0.0", .v4(0)),
            ("::", .v6(0, 0)), ("::1", .v6(0, 1)), ("1::", .v6(0x1 << 48, 0)),
            ("2001:db8::8:800:200c:417a", .v6(0x2001_0DB8_0000_0000, 0x0008_0800_200C_417A)),
            ("2001:DB8:0:0:8:800:200C:417A", .v6(0x2001_0DB8_0000_0000, 0x0008_0800_200C_417A)),
            ("::ffff:192.0.2.1", .v6(0, 0xFFFF_C000_0201)),
            ("64:ff9b::192.0.2.33", .v6(0x0064_FF9B << 32, 0xC000_0221)),
            ("1:2:3:4:5:6:7::", .v6(0x0001_0002_0003_0004, 0x0005_0006_0007_0000)),
        ] as [(String, IPAddress)]
    )
    func valid(text: String, address: IPAddress) {
        #expect(IPAddress(text) == address)
    }

    @Test(
        "Text that is none",
        arguments: [
            "", "localhost", "192.0.2", "192.0.2.1.1", "192.0.2.256", "192.0.2.01", "192.0.2.", ".1.2.3", "1.2.3.4 ",
            "0x7f.0.0.1", "2130706433", ":", ":::", "1:::2", "1::2::3", ":1::2", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
            "1:2:3:4:5:6:7:8::", "12345::", "g::", "fe80::1%eth0", "[::1]", "::1.2.3", "1.2.3.4::", "::1:", "1:",
        ]
    )
    func invalid(text: String) {
        #expect(IPAddress(text) == nil)
    }
}

@Suite("Where media may be sent")
struct MediaAddressPolicyTests {
    let policy = MediaAddressPolicy(boundTo: "198.51.100.1")

    @Test(
        "Refused",
        arguments: [
            ("127.0.0.1", .loopback), ("127.8.8.8", .loopback), ("::1", .loopback), ("::ffff:127.0.0.1", .loopback),
            ("169.254.169.254", .linkLocal), ("fe80::1", .linkLocal), ("::ffff:169.254.169.254", .linkLocal),
            ("224.2.36.42", .multicast), ("ff15::101", .multicast), ("255.255.255.255", .reserved),
            ("0.1.2.3", .reserved), ("::127.0.0.1", .reserved), ("198.51.100.1", .own), ("::ffff:198.51.100.1", .own),
            ("media.example", .notLiteral), ("", .notLiteral),
        ] as [(String, MediaAddressPolicy.Refusal)]
    )
    func refused(address: String, refusal: MediaAddressPolicy.Refusal) throws {
        #expect(policy.refusal(of: address, port: 4_000) == refusal)
        guard !address.isEmpty else { return }
        let session = try offer("m=audio 4000 RTP/AVP 8", address: address)
        let error = #expect(throws: SDPNegotiationError.self) { try OfferAnswer.answer(to: session, from: local) }
        #expect(error == .unacceptableAddress(address, refusal))
        #expect(error?.sipStatus == 488)
    }

    @Test("Allowed", arguments: ["192.0.2.7", "10.0.0.1", "2001:db8::1", "198.51.100.2"])
    func allowed(address: String) {
        #expect(policy.refusal(of: address, port: 4_000) == nil)
    }

    @Test("Bound to loopback, peers are on loopback, but not on our own ports")
    func loopback() {
        var policy = MediaAddressPolicy(boundTo: "127.0.0.1")
        policy.ownPorts = [5_060, 8_080]
        #expect(policy.refusal(of: "127.0.0.1", port: 4_000) == nil)
        #expect(policy.refusal(of: "127.0.0.1", port: 5_060) == .own)
        #expect(policy.refusal(of: "127.0.0.2", port: 8_080) == .own)
        #expect(policy.refusal(of: "169.254.169.254", port: 4_000) == .linkLocal)
    }

    @Test("An own port cannot be reached by way of a=rtcp")
    func rtcpPort() throws {
        var policy = MediaAddressPolicy(boundTo: "127.0.0.1")
        policy.ownPorts = [8_080]
        let session = try offer("m=audio 4000 RTP/AVP 8\na=rtcp:8080", address: "127.0.0.1")
        #expect(throws: SDPNegotiationError.unacceptableAddress("127.0.0.1", .own)) {
            try OfferAnswer.answer(to: session, from: local, policy: policy)
        }
    }
}
