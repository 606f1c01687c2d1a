import SIP
import Testing

@testable import SIPTransport

@Suite("What a datagram is, before it is parsed")
struct ArrivalKindTests {
    @Test(
        "A new call may be refused, and nothing else",
        arguments: [
            ("INVITE sip:bob@ims.example", "To: <sip:bob@ims.example>", ArrivalKind.newCall),
            ("INVITE sip:bob@ims.example", "t : <sip:bob@ims.example>", .newCall),
            ("INVITE sip:bob@ims.example", "To: <sip:bob@ims.example>;tag=1", .other),
            ("INVITE sip:bob@ims.example", "T:<sip:bob@ims.example> ;TAG=1", .other),
            ("INVITE sip:bob@ims.example", "To: <sip:bob@ims.example>\r\nresource-priority: wps.0", .other),
            ("INVITE sip:bob@ims.example", "To: <sip:bob@ims.example>\r\nContact: <sip:a@b;sos>", .other),
            ("INVITE urn:service:sos.police", "To: <urn:service:sos>", .other),
            ("ACK sip:bob@ims.example", "To: <sip:bob@ims.example>;tag=stateless-1f", .refusalAcknowledgement),
            ("ACK sip:bob@ims.example", "To: <sip:bob@ims.example>;tag=1f", .other),
            ("BYE sip:bob@ims.example", "To: <sip:bob@ims.example>", .other),
            ("OPTIONS sip:bob@ims.example", "To: <sip:bob@ims.example>", .other),
        ] as [(String, String, ArrivalKind)])
    func kind(_ line: String, _ fields: String, _ expected: ArrivalKind) {
        #expect(Self.kind("\(line) SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n\(fields)\r\n\r\n") == expected)
    }

    @Test("What stands in the body is not read")
    func body() {
        #expect(Self.kind("INVITE sip:a@b SIP/2.0\r\nTo: <sip:a@b>\r\n\r\nTo: <sip:a@b>;tag=1\r\n") == .newCall)
    }

    @Test("Cut off anywhere, it is still something")
    func truncated() {
        let text = "INVITE sip:a@b SIP/2.0\r\nTo: <sip:a@b>;tag=1\r\nContact: <sip:a@b;sos>\r\n\r\n"
        for count in 0...text.utf8.count {
            let kind = Self.kind(String(decoding: Array(text.utf8).prefix(count), as: UTF8.self))
            #expect(kind != .refusalAcknowledgement)
        }
    }

    private static func kind(_ text: String) -> ArrivalKind {
        Array(text.utf8).withUnsafeBytes { ArrivalKind($0, refusalTag: SIPResponse.statelessTagPrefix) }
    }
}

@Suite("Refusal of an INVITE that has not been parsed")
struct UnparsedInviteTests {
    private static let fields = [
        "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKa;rport", "Max-Forwards: 70", "v: SIP/2.0/UDP b;branch=z9hG4bKb",
        "f: <sip:a@ims.example>;tag=1", "To: <sip:b@ims.example>", "i: 1@a", "CSeq: 1 INVITE", "Content-Length: 0",
    ]

    @Test("It is the response that a parsed request would get")
    func same() throws {
        let octets = Array(Self.text(Self.fields).utf8)
        let invite = try #require(octets.withUnsafeBytes(UnparsedInvite.init))
        guard case .request(let request) = try SIPMessage(parsing: octets) else {
            Issue.record("not a request")
            return
        }
        let expected = SIPResponse(overloadedFor: request, retryAfter: 3)
        guard case .response(let response) = try SIPMessage(parsing: invite.refusal(retryAfter: 3)) else {
            Issue.record("not a response")
            return
        }
        #expect(response.status == .serviceUnavailable)
        for name in [HeaderName.from, .to, .callID, .cSeq, .retryAfter] {
            #expect(response.headers.first(name) == expected.headers.first(name), "\(name)")
        }
        #expect(try response.headers.vias() == expected.headers.vias())
        #expect(invite.via.branch == "z9hG4bKa")
    }

    @Test("What wants a closer look is left to the parser")
    func declined() {
        for index in [0, 3, 4, 5, 6] {
            var fields = Self.fields
            fields.remove(at: index)
            if index == 0 { fields.removeAll { $0.hasPrefix("v:") } }
            #expect(Self.invite(fields) == false, "without \(Self.fields[index])")
            fields = Self.fields
            fields.insert(" folded", at: index + 1)
            #expect(Self.invite(fields) == false, "folded \(Self.fields[index])")
        }
        for index in [3, 4, 5, 6] {
            #expect(Self.invite(Self.fields + [Self.fields[index]]) == false, "twice \(Self.fields[index])")
        }
        var fields = Self.fields
        fields[0] += ";oc;oc-algo=\"loss\""
        #expect(Self.invite(fields) == false)
        fields[0] = "Via: SIP/2.0/UDP a;branch=z9hG4bKa, SIP/2.0/UDP b;branch=z9hG4bKb"
        #expect(Self.invite(fields) == false)
    }

    private static func invite(_ fields: [String]) -> Bool {
        Array(text(fields).utf8).withUnsafeBytes { UnparsedInvite($0) != nil }
    }

    private static func text(_ fields: [String]) -> String {
        "INVITE sip:b@ims.example SIP/2.0\r\n" + fields.joined(separator: "\r\n") + "\r\n\r\n"
    }
}
