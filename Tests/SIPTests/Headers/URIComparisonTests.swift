import SIP
import Testing

@Suite("Comparison of URIs (RFC 3261 §19.1.4, RFC 3966 §4)")
struct URIComparisonTests {
    @Test(
        "Equivalent",
        arguments: [
            ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"
            ),
            ("sip:alice@atlanta.com?subject=a&priority=urgent", "sip:alice@atlanta.com?priority=urgent&subject=a"),
            ("tel:+1-201-555-0123", "tel:+1(201)555.0123"),
            ("tel:7042;phone-context=EXAMPLE.com", "tel:70-42;phone-context=example.com"),
            ("tel:a1;phone-context=+1-2", "tel:A1;phone-context=+12"),
            ("tel:+1;ext=1-2", "tel:+1;ext=12"), ("tel:+1;rn=+2;isub=A", "tel:+1;ISUB=a;RN=+2"),
            ("tel:7042", "TEL:7042"), ("sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0:0::1]"),
            ("sip:a@[::ffff:192.0.2.1]", "sip:a@[0:0:0:0:0:ffff:c000:0201]"),
            ("sip:a@[1::]", "sip:a@[1:0:0:0:0:0:0:0]"),
            ("sip:a@b;x=1;x=2", "sip:a@b;x=1;x=2"), ("sip:a@b;x=1;X=2;y=3", "sip:a@b;y=3;X=1;x=4"),
            ("tel:+1;rn=+2;rn=+3", "tel:+1;RN=+2;rn=+4"), ("sip:a@b;x=\"q\"", "sip:a@b;x=\"q\""),
        ]
    )
    func equivalent(_ left: String, _ right: String) throws {
        let (left, right) = (try SIPURI(parsing: left), try SIPURI(parsing: right))
        #expect(left.isEquivalent(to: right))
        #expect(right.isEquivalent(to: left))
    }

    @Test(
        "Different",
        arguments: [
            ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
            ("sip:bob@a.com;x=1", "sip:bob@a.com;x=2"), ("sip:bob@a.com;x=1;x=2", "sip:bob@a.com;x=2;x=1"),
            ("sip:bob@a.com;x=1;x=2;y=3", "sip:bob@a.com;x=1;x=2;y=4"),
            ("sip:bob@a.com", "sips:bob@a.com"), ("sip:a%40b@c", "sip:a@c"), ("sip:a:b@c", "sip:a@c"),
            ("tel:+12", "tel:12;phone-context=+1"), ("tel:12;phone-context=a", "tel:12;phone-context=b"),
            ("tel:+1;ext=1", "tel:+1;ext=2"), ("tel:7042", "tel:8000"), ("tel:+A1", "tel:+B2"),
            ("tel:+1;rn=+2", "tel:+1"), ("tel:+1;rn=+2", "tel:+1;rn=+3"),
            ("tel:+1;rn=+2;rn=+3", "tel:+1;rn=+3;rn=+2"), ("tel:+1;isub=1", "tel:+1"),
            ("tel:+1;x", "tel:+1"),
            ("sip:a@[2001:db8::1]", "sip:a@[2001:db8::2]"), ("sip:a@[1::2::3]", "sip:a@[1::2:0:3]"),
            ("sip:a@[::1.2.3]", "sip:a@[::1.2.3.0]"), ("sip:a@[1:2]", "sip:a@[1:02]"),
            ("sip:a@[::10000]", "sip:a@[::0]"), ("sip:a@[1.2.3.4::5]", "sip:a@[102:304::5]"),
            ("sip:a@[1:2:3:4::5:6:7:8]", "sip:a@[1:2:3:4:5:6:7:8]"),
        ]
    )
    func different(_ left: String, _ right: String) throws {
        let (left, right) = (try SIPURI(parsing: left), try SIPURI(parsing: right))
        #expect(!left.isEquivalent(to: right))
        #expect(!right.isEquivalent(to: left))
    }

    @Test("user=phone: the user part is a number with its parameters")
    func phone() throws {
        let uri = try SIPURI(parsing: "sip:+358-555-1234567;postd=pp22@foo.com;user=phone")
        #expect(uri.telephoneNumber?.digits == "+3585551234567")
        #expect(uri.telephoneNumber == (try SIPURI(parsing: "tel:+3585551234567").telephoneNumber))
        #expect(try SIPURI(parsing: "sip:+1@foo.com").telephoneNumber == nil)
        #expect(try SIPURI(parsing: "tel:7042").telephoneNumber == nil)
        let local = try SIPURI(parsing: "tel:70-42;isub=9;ext=1.2;phone-context=+49").telephoneNumber
        #expect(local?.uri == "tel:7042;ext=12;isub=9;phone-context=+49")
        #expect(local?.isGlobal == false)
    }

    @Test("Route and Record-Route hold at most 32 values (SIPLimits)", arguments: ["Route", "Record-Route"])
    func routes(_ name: String) throws {
        func message(_ count: Int) -> [UInt8] {
            let values = Array(repeating: "<sip:a,b@c;lr>", count: count).joined(separator: ",")
            return wire("OPTIONS sip:a@b SIP/2.0\n\(name): \(values)\n\n")
        }
        #expect(throws: Never.self) { try SIPMessage(parsing: message(32)) }
        let error = #expect(throws: SIPParseError.self) { try SIPMessage(parsing: message(33)) }
        #expect(error?.fault == .tooLong(limit: 32))
        #expect(error?.responseStatus == .messageTooLarge)
    }
}
