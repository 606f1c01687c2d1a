import SIP
import Testing

@Suite("Values that keep their octets: parts read, set and compared")
struct ValuePartsTests {
    @Test("A part that is set takes the place of the one that was parsed, and the others stay (RFC 3261 §19.1.1)")
    func uriParts() throws {
        var uri = try SIPURI(parsing: "SIPS:al%20ice:secret@Host.example:5070;lr;x=1?Subject=a")
        #expect(uri.scheme == .sips && uri.user == "al%20ice" && uri.password == "secret")
        #expect(uri.hostPort == HostPort(host: "Host.example", port: 5_070) && uri.opaque == "Subject=a")
        uri.user = "bob"
        uri.hostPort = HostPort(host: "2001:db8::1")
        #expect(uri.description == "sips:bob:secret@[2001:db8::1];lr;x=1?Subject=a")
        uri.password = nil
        uri.opaque = nil
        uri.parameters["x"] = nil
        uri.scheme = .sip
        #expect(uri.description == "sip:bob@[2001:db8::1];lr")
        uri.user = nil
        #expect(uri.description == "sip:[2001:db8::1];lr")
    }

    @Test("Values are equal by their parts, wherever these lie and however they came to be")
    func equality() throws {
        let parsed = try SIPURI(parsing: "sip:bob@example.org:5070;lr")
        var made = SIPURI(user: "bob", host: "example.org", port: 5_070)
        made.parameters.set("lr", nil)
        #expect(parsed == made && parsed.hashValue == made.hashValue)
        made.user = "alice"
        #expect(parsed != made)
        made.user = "bob"
        #expect(parsed == made)

        let one = try NameAddress(parsing: "\"A\\\"b\" <sip:a@b>;tag=x")
        let other = NameAddress(displayName: "A\"b", uri: try SIPURI(parsing: "sip:a@b"), parameters: one.parameters)
        #expect(one == other && one.hashValue == other.hashValue && one.displayName == "A\"b")

        let via = try Via(parsing: "SIP/2.0/udp h:5060;branch=z9hG4bKx")
        let again = Via(transport: "UDP", sentBy: HostPort(host: "h", port: 5_060), branch: "z9hG4bKx")
        #expect(via == again && via.hashValue == again.hashValue && via.transport == "UDP")
    }

    @Test("The text of a URI that is set follows it, and name and parameters of the address stay")
    func addressURI() throws {
        var address = try NameAddress(parsing: "Alice <sip:a@b;x>;tag=1", field: .from)
        #expect(address.uriText == "sip:a@b;x")
        address.uri = SIPURI(scheme: .tel, user: "+4930123", host: "")
        #expect(address.uriText == "tel:+4930123" && address.uri.scheme == .tel)
        #expect(address.displayName == "Alice" && address.tag == "1")
        address.tag = "2"
        #expect(address.description == "\"Alice\" <tel:+4930123>;tag=2")
    }

    @Test("Look-ups find what was added and repeated, and nothing that was removed")
    func presence() throws {
        var headers = SIPHeaders()
        #expect(!headers.contains(.route) && headers.first(.route) == nil)
        headers.append(.route, "<sip:a>")
        headers.append("X-Other", "1")
        headers.prepend(.route, "<sip:b>")
        headers.append("x-other", "2")
        #expect(try headers.addresses(.route).map(\.uriText) == ["sip:b", "sip:a"])
        #expect(try headers.tokens("X-OTHER").map(\.token) == ["1", "2"])
        headers.removeAll(.route)
        #expect(!headers.contains(.route) && headers.contains("X-Other"))
        headers.append(.route, "<sip:c>, <sip:d>")
        #expect(try headers.addresses(.route).map(\.uriText) == ["sip:c", "sip:d"])
    }

    @Test("A folded number reads as an unfolded one (RFC 3261 §7.3.1)")
    func foldedNumber() throws {
        let text = "OPTIONS sip:a SIP/2.0\r\nMax-Forwards:\r\n 68\r\nCSeq: 4\r\n\tOPTIONS\r\n\r\n"
        let headers = try SIPMessage(parsing: Array(text.utf8)).headers
        #expect(try headers.maxForwards() == 68)
        #expect(try headers.cSeq() == CSeq(number: 4, method: .options))
    }

    @Test("Fields that were moved, added and left alone are written in their order")
    func written() throws {
        let text = "OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nTo: b\r\nFrom: c\r\nContent-Length: 0\r\n\r\n"
        guard case .request(var request) = try SIPMessage(parsing: Array(text.utf8)) else {
            Issue.record("not a request")
            return
        }
        #expect(String(decoding: request.serialized(), as: UTF8.self) == text)
        request.headers.prepend(.via, "SIP/2.0/UDP z")
        request.headers.set(.to, "d")
        request.body = [0x78]
        #expect(
            String(decoding: request.serialized(), as: UTF8.self)
                == "OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP z\r\nVia: SIP/2.0/UDP a\r\nTo: d\r\nFrom: c\r\n"
                + "Content-Length: 1\r\n\r\nx")
    }

    @Test("A list that ends inside a quoted string, or with an escape, ends there", arguments: 0...40)
    func unfinishedLists(_ length: Int) {
        let filling = String(repeating: "x", count: length)
        for (text, values) in [
            ("a,\"\(filling)\\", ["a", "\"\(filling)\\"]), ("a,\(filling)\\", ["a", "\(filling)\\"]),
            ("a,<\(filling)", ["a", "<\(filling)"]), ("\"a,\(filling)\\", ["\"a,\(filling)\\"]),
        ] {
            var headers = SIPHeaders()
            headers.append(.route, text)
            #expect(headers.splitValues(.route) == values)
        }
    }
}
