import SIP
import Testing

@Suite("Escapes of URIs (RFC 3261 §25.1, RFC 3986 §2.1)")
struct URIEscapesTests {
    static let contacts: [(octets: [UInt8], target: String)] = [
        (Array("sip:bob@192.0.2.9".utf8), "sip:bob@192.0.2.9"),
        (Array("sip:b\u{F6}b@192.0.2.9".utf8), "sip:b%C3%B6b@192.0.2.9"),
        (Array("sip:b".utf8) + [0xFF] + Array("b@192.0.2.9;x=".utf8) + [0x80], "sip:b%FFb@192.0.2.9;x=%80"),
        (Array("sip:%e9@192.0.2.9?subject=".utf8) + [0xC3], "sip:%e9@192.0.2.9?subject=%C3"),
        (Array("im:b\u{F6}b".utf8), "im:b%C3%B6b"),
    ]

    @Test("A Contact with octets beyond ASCII is a target that requests can be sent to", arguments: contacts)
    func target(_ contact: (octets: [UInt8], target: String)) throws {
        // Without angle brackets a parameter would be one of the header field.
        for field in contact.target.contains(";") ? ["Contact: <@>"] : ["Contact: <@>", "Contact: @"] {
            let invite = wire(Peer.invite().replacing("Contact: <sip:alice@192.0.2.9:5060>", with: "CONTACT"))
            let place = try #require(invite.firstRange(of: Array("CONTACT".utf8)))
            let octets = field.utf8.flatMap { $0 == UInt8(ascii: "@") ? contact.octets : [$0] }
            let request = try SIPMessage(parsing: invite[..<place.lowerBound] + octets + invite[place.upperBound...])
            let dialog = try Dialog(accepting: #require(request.asRequest), localTag: "ours", isConfirmed: true)
            #expect(dialog.remoteTarget == contact.target)
            let bye = SIPRequest(method: .bye, requestURI: dialog.remoteTarget)
            #expect(try SIPMessage(parsing: bye.serialized()).asRequest?.requestURI == contact.target)
        }
    }

    @Test("Every octet that may not stand in a URI is escaped where one is written, and no other")
    func everyOctet() throws {
        for octet in UInt8.min...UInt8.max {
            let isFault = octet <= 0x20 || octet >= 0x7F || octet == 0x3C || octet == 0x3E
            let digits = String(octet, radix: 16, uppercase: true)
            // Also where sixteen octets are looked at together.
            for filling in ["", "a", "abcdefghijklmnopq"] {
                let text = Array((filling + "sip:").utf8) + [octet] + Array(("@" + filling).utf8)
                var written = text
                written.escapeURI(from: 0)
                let escaped = "%" + (digits.utf8.count == 1 ? "0" : "") + digits
                let wanted = Array((filling + "sip:" + escaped + "@" + filling).utf8)
                #expect(written == (isFault ? wanted : text), "\(octet)")
                var kept = text
                kept.escapeURI(from: filling.utf8.count + 5)
                #expect(kept == text, "\(octet): what stands before is let be")
            }
        }
    }

    @Test("A Request-URI that is set leaves as one that is read; angle brackets in it are let be")
    func requestURI() throws {
        var request = try #require(try SIPMessage(parsing: wire(Peer.invite())).asRequest)
        request.requestURI = "sip:a\r\nb c<\u{E9}>@example.com"
        let again = try #require(try SIPMessage(parsing: request.serialized()).asRequest)
        #expect(again.requestURI == "sip:a%0D%0Ab%20c<%C3%A9>@example.com")
        request.requestURI = "sip:a\r\nb c\u{E9}@example.com"
        let uri = try #require(try SIPMessage(parsing: request.serialized()).asRequest).uri()
        #expect(uri.unescapedUser == "a\r\nb c\u{E9}")
    }

    @Test("An octet beyond ASCII and its escape are the same in a URI")
    func equivalence() throws {
        for (left, right) in [
            ("sip:b\u{F6}b@a", "sip:b%C3%B6b@a"), ("sip:a@a;x=\u{F6}", "sip:a@a;x=%c3%b6"),
            ("sip:a@a?subject=\u{F6}", "sip:a@a?subject=%C3%B6"), ("im:\u{F6}", "im:%C3%B6"),
        ] {
            let uri = try SIPURI(parsing: left)
            #expect(uri.description == right || right.contains("%c3"))
            #expect(uri.isEquivalent(to: try SIPURI(parsing: right)), "\(left)")
        }
    }
}
