import SIP
import Testing

@testable import SIPTransport

@Suite("What a datagram is, before it is parsed")
struct ArrivalTests {
    @Test(
        "A new call may be refused, and nothing else",
        arguments: [
            ("INVITE sip:bob@ims.example", "To: <sip:bob@ims.example>", Kind.newCall),
            ("INVITE sip:bob@ims.example", "t : <sip:bob@ims.example>", .newCall),
            ("INVITE sip:bob@ims.example", "To: <sip:bob@ims.example>;tag=1", .other),
            ("INVITE sip:bob@ims.example", "T:<sip:bob@ims.example> ;TAG=1", .other),
            ("INVITE sip:bob@ims.example", "To: <sip:bob@ims.example>;\ttag = 1", .other),
            ("INVITE sip:bob@ims.example", "To: <sip:bob@ims.example>\r\nresource-priority: wps.0", .other),
            ("INVITE sip:bob@ims.example", "To: <sip:bob@ims.example>\r\nContact: <sip:a@b;sos>", .other),
            ("INVITE sip:bob@ims.example", "To: <sip:bob@ims.example>\r\nm\t: <sip:a@b;x=1;SOS>", .other),
            ("INVITE urn:service:sos.police", "To: <urn:service:sos>", .other),
            ("ACK sip:bob@ims.example", "To: <sip:bob@ims.example>;tag=stateless-1f", .refusalAcknowledgement),
            ("ACK sip:bob@ims.example", "t: <sip:bob@ims.example>;Tag=stateless-1f", .refusalAcknowledgement),
            ("ACK sip:bob@ims.example", "To: <sip:bob@ims.example>;tag=1f", .other),
            ("ACK sip:bob@ims.example", "To: <sip:bob@ims.example>;tag=Stateless-1f", .other),
            ("ACK sip:bob@ims.example", "X: ;tag=stateless-1f", .other),
            ("BYE sip:bob@ims.example", "To: <sip:bob@ims.example>", .other),
            ("OPTIONS sip:bob@ims.example", "To: <sip:bob@ims.example>", .newCall),
            ("REGISTER sip:ims.example", "To: <sip:bob@ims.example>", .newCall),
            ("REGISTER sip:ims.example", "To: <sip:bob@ims.example>\r\nContact: <sip:a@b;sos>", .other),
            ("MESSAGE sip:bob@ims.example", "To: <sip:bob@ims.example>\r\nResource-Priority: ets.0", .other),
            ("MESSAGE urn:service:sos", "To: <urn:service:sos>", .other),
            ("OPTIONS sip:bob@ims.example", "To: <sip:bob@ims.example>;tag=1", .other),
            ("BYE sip:bob@ims.example", "To: <sip:bob@ims.example>;tag=1", .other),
        ] as [(String, String, Kind)])
    func kind(_ line: String, _ fields: String, _ expected: Kind) {
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

    enum Kind {
        case newCall
        case refusalAcknowledgement
        case other
    }

    private static func kind(_ text: String) -> Kind {
        Array(text.utf8).withUnsafeBytes { message in
            switch Arrival(message, refusalTag: SIPResponse.statelessTagPrefix) {
            case .newCall: .newCall
            case .refusalAcknowledgement: .refusalAcknowledgement
            case .other: .other
            }
        }
    }
}
