import SIP
import Testing

@testable import SIPTransport

@Suite("Refusal of an INVITE that has not been parsed")
struct UnparsedInviteTests {
    private static let via = "Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKa"
    private static let fields = [
        via, "Max-Forwards: 70", "v: SIP/2.0/UDP b;branch=z9hG4bKb", "f: <sip:a@ims.example>;tag=1",
        "To: <sip:b@ims.example>", "i: 1@a", "CSeq: 1 INVITE", "Content-Length: 0",
    ]

    @Test("It is the response that a parsed request would get, padded after a colon")
    func same() throws {
        let octets = Array(Self.text(Self.fields).utf8)
        guard case .request(let request) = try SIPMessage(parsing: octets) else {
            Issue.record("not a request")
            return
        }
        let expected = SIPResponse(overloadedFor: request, retryAfter: 3)
        let response = try Self.refusal(Self.fields)
        #expect(response.status == .serviceUnavailable)
        for name in [HeaderName.from, .to, .callID, .cSeq, .retryAfter] {
            #expect(response.headers.first(name) == expected.headers.first(name), "\(name)")
        }
        #expect(try response.headers.vias() == expected.headers.vias())
        #expect(response.headers.first(.contentLength) == "0")
    }

    @Test("All are of a length that others have as well")
    func length() throws {
        for padding in 0..<UnparsedInvite.granularity {
            var fields = Self.fields
            fields[5] += String(repeating: "x", count: padding)
            #expect(try Self.octets(fields).count % UnparsedInvite.granularity == 0)
            #expect(try Self.refusal(fields).headers.first(.callID) == "1@a" + String(repeating: "x", count: padding))
        }
    }

    @Test(
        "Where it goes, and what it says of where the request came from (RFC 3261 §18.2, RFC 3581 §4)",
        arguments: [
            ("192.0.2.1:5070;branch=z9hG4bKa", 5_070, "192.0.2.1:5070;branch=z9hG4bKa"),
            ("192.0.2.1;branch=z9hG4bKa", 5_060, "192.0.2.1;branch=z9hG4bKa"),
            ("192.0.2.1;rport;branch=z9hG4bKa", 40_000, "192.0.2.1;rport=40000;branch=z9hG4bKa;received=192.0.2.1"),
            (
                "192.0.2.1:5070;branch=z9hG4bKa;RPORT", 40_000,
                "192.0.2.1:5070;branch=z9hG4bKa;RPORT=40000;received=192.0.2.1"
            ),
            ("host.example:5080;branch=z9hG4bKa", 5_080, "host.example:5080;branch=z9hG4bKa;received=192.0.2.1"),
            ("[2001:db8::1]:5080;branch=z9hG4bKa", 5_080, "[2001:db8::1]:5080;branch=z9hG4bKa;received=192.0.2.1"),
        ])
    func way(_ via: String, _ port: UInt16, _ expected: String) throws {
        var fields = Self.fields
        fields[0] = "Via: SIP/2.0/UDP \(via)"
        let invite = try #require(Self.outline(fields))
        #expect(invite.replyPort(from: 40_000) == port)
        #expect(try Self.refusal(fields).headers.first(.via) == "SIP/2.0/UDP \(expected)")
    }

    @Test(
        "An IPv6 address that is the sender's is not told again, with its brackets and in capitals as well",
        arguments: ["[2001:db8::1]:5080", "[2001:DB8::1]"])
    func sameIPv6(_ sentBy: String) throws {
        var fields = Self.fields
        fields[0] = "Via: SIP/2.0/UDP \(sentBy);branch=z9hG4bKa"
        let response = try Self.parse(Self.octets(fields, from: "2001:db8::1"))
        #expect(response.headers.first(.via) == "SIP/2.0/UDP \(sentBy);branch=z9hG4bKa")
    }

    @Test("An INVITE is the same when it comes again, and no other one is")
    func key() throws {
        var other = Self.fields
        other[0] += "b"
        #expect(Self.outline(Self.fields)?.key == Self.outline(Self.fields)?.key)
        #expect(Self.outline(Self.fields)?.key != Self.outline(other)?.key)
    }

    @Test("What wants a closer look is left to the parser")
    func declined() {
        for index in [0, 3, 4, 5, 6] {
            var fields = Self.fields
            fields.remove(at: index)
            if index == 0 { fields.removeAll { $0.hasPrefix("v:") } }
            #expect(Self.outline(fields) == nil, "without \(Self.fields[index])")
            fields = Self.fields
            fields.insert(" folded", at: index + 1)
            #expect(Self.outline(fields) == nil, "folded \(Self.fields[index])")
        }
        for index in [3, 4, 5, 6] {
            #expect(Self.outline(Self.fields + [Self.fields[index]]) == nil, "twice \(Self.fields[index])")
        }
        #expect(Self.outline(Self.fields + Array(repeating: "Via: SIP/2.0/UDP c", count: 20)) == nil)
        for via in [
            Self.via + ";oc;oc-algo=\"loss\"", Self.via + ";maddr=192.0.2.9", Self.via + ", SIP/2.0/UDP b",
            Self.via + ";received=192.0.2.9", Self.via + ";rport=5070", Self.via + ";x=\"a;b\"", Self.via + ";",
            "Via: SIP / 2.0 / UDP 192.0.2.1;branch=z9hG4bKa", "Via: SIP/2.0/UDP 192.0.2.1:;branch=z9hG4bKa",
            "Via: SIP/2.0/UDP 192.0.2.1:65536;branch=z9hG4bKa", "Via: SIP/2.0/UDP ;branch=z9hG4bKa",
            "Via: SIP/2.0/UDP 192.0.2.1:0;branch=z9hG4bKa",
            "Via: SIP/2.0/UDP [2001:db8::1;branch=z9hG4bKa", "Via: SIP/2.0/UDP 192.0.2.1 ;branch=z9hG4bKa", "Via:",
        ] {
            var fields = Self.fields
            fields[0] = via
            #expect(Self.outline(fields) == nil, "\(via)")
        }
    }

    @Test(
        "A request in a dialog is none that is refused", arguments: [";tag=2", "; tag=2", ";\ttag = 2", ";x=1;TAG=2"])
    func inDialog(_ tag: String) {
        var fields = Self.fields
        fields[4] += tag
        #expect(Self.outline(fields) == nil)
    }

    @Test("A To that ends with white space wants a closer look: its tag is written behind it", arguments: [" ", "\t"])
    func spaceBehindTo(_ space: String) {
        var fields = Self.fields
        fields[4] += space
        #expect(Self.outline(fields) == nil)
    }

    @Test("A To with an octet that is not written again wants a closer look")
    func deleteInTo() {
        var fields = Self.fields
        fields[4] = "To: \"b\u{7F}\" <sip:b@ims.example>"
        #expect(Self.outline(fields) == nil)
        fields[4] = "To: \"b~\" <sip:b@ims.example>"
        #expect(Self.outline(fields) != nil)
    }

    @Test(
        "A call with priority, to an emergency service or by an emergency registration is none that is refused",
        arguments: [
            ("sip:b@ims.example", "Resource-Priority: wps.0"), ("sip:b@ims.example", "RESOURCE-priority : ets.0"),
            ("urn:service:sos.fire", "Subject: x"), ("URN:Service:SOS", "Subject: x"),
            ("sip:b@ims.example", "Contact: <sip:a@192.0.2.1;sos>"), ("sip:b@ims.example", "m: <sip:a@192.0.2.1>;SOS"),
        ])
    func neverRefused(_ requestURI: String, _ field: String) {
        let text = Self.text(Self.fields + [field])
            .replacing("INVITE sip:b@ims.example ", with: "INVITE \(requestURI) ")
        #expect(text.hasPrefix("INVITE \(requestURI) "))
        let arrival = Array(text.utf8).withUnsafeBytes { Arrival($0, refusalTag: SIPResponse.statelessTagPrefix) }
        guard case .other = arrival else {
            Issue.record("\(arrival)")
            return
        }
    }

    @Test("Neither tiny nor huge messages are refused unparsed: what goes back is not much longer, and finds its way")
    func size() {
        func outline(_ octets: Int) -> UnparsedInvite? {
            let short = Self.text(["Via: SIP/2.0/UDP a", "f:", "t:", "i:", "CSeq:", "s:"])
            let padding = String(repeating: "x", count: octets - short.utf8.count)
            return Self.outline(["Via: SIP/2.0/UDP a", "f:", "t:", "i:", "CSeq:", "s:" + padding])
        }
        #expect(outline(199) == nil && outline(8_193) == nil)
        #expect(outline(200) != nil && outline(8_192) != nil)
    }

    @Test("Cut off anywhere, it is left to the parser or refused without a trap")
    func truncated() {
        let octets = Array(Self.text(Self.fields).utf8)
        for count in 0...octets.count { _ = Self.outline(Array(octets.prefix(count))) }
    }

    private static func outline(_ octets: [UInt8]) -> UnparsedInvite? {
        octets.withUnsafeBytes { outline($0) }
    }

    private static func outline(_ message: UnsafeRawBufferPointer) -> UnparsedInvite? {
        guard case .newCall(let invite) = Arrival(message, refusalTag: SIPResponse.statelessTagPrefix) else {
            return nil
        }
        return invite
    }

    private static func outline(_ fields: [String]) -> UnparsedInvite? { outline(Array(text(fields).utf8)) }

    private static func octets(_ fields: [String], from address: String = "192.0.2.1") throws -> [UInt8] {
        try Array(text(fields).utf8).withUnsafeBytes { message in
            let invite = try #require(outline(message))
            var output: [UInt8] = []
            invite.writeRefusal(retryAfter: 3, of: message, from: address, 40_000, into: &output)
            return output
        }
    }

    private static func refusal(_ fields: [String]) throws -> SIPResponse { try parse(octets(fields)) }

    private static func parse(_ octets: [UInt8]) throws -> SIPResponse {
        guard case .response(let response) = try SIPMessage(parsing: octets) else {
            throw SIPParseError(.missing, field: nil)
        }
        return response
    }

    private static func text(_ fields: [String]) -> String {
        "INVITE sip:b@ims.example SIP/2.0\r\n" + fields.joined(separator: "\r\n") + "\r\n\r\n"
    }
}
