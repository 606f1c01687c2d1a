import SIP
import Testing

@Suite("Values keep the octets of the message that they stand in")
struct KeptOctetsTests {
    static let text = """
        INVITE sip:bob@example.com SIP/2.0\r
        Via: SIP/2.0/udp 192.0.2.1:5060;branch=z9hG4bK1;rport, SIP/2.0/TCP [2001:db8::1];branch=z9hG4bK2\r
        From: "A \\"quoted\\" name" <sip:alice:secret@example.com:5061;transport=tcp?subject=x>;tag=a1\r
        To: <urn:service:sos>\r
        Contact: sip:alice@192.0.2.1;expires=60\r
        P-Served-User: <sip:alice@example.com>;sescase=orig;regstate=reg\r
        Session-Expires: 1800;refresher=uac\r
        Call-ID: 1\r
        CSeq: 1 INVITE\r
        Content-Length: 0\r
        \r

        """

    let headers: SIPHeaders

    init() throws {
        headers = try SIPMessage(parsing: Array(Self.text.utf8)).headers
    }

    @Test("A value of a message equals the same value parsed alone, also in what it writes")
    func equality() throws {
        let from = try headers.address(.from)
        let alone = try NameAddress(parsing: #require(headers.first(.from)), field: .from)
        #expect(from == alone)
        #expect(from.hashValue == alone.hashValue)
        #expect(from.description == alone.description)
        #expect(from.uri.password == "secret")
        #expect(from.parameters.description == ";tag=a1")
        let vias = try headers.vias()
        #expect(vias.map(\.transport) == ["UDP", "TCP"])
        #expect(vias.map(\.sentBy) == [HostPort(host: "192.0.2.1", port: 5_060), HostPort(host: "2001:db8::1")])
        #expect(vias.map(\.branch) == ["z9hG4bK1", "z9hG4bK2"])
        #expect(vias[0].description == "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport")
        #expect(try headers.pServedUser()?.sessionCase == .originating)
        #expect(try headers.sessionExpires() == SessionExpires(interval: 1_800, refresher: .uac))
    }

    @Test("A URI moves from one value to another with its parts, whatever their octets")
    func moves() throws {
        let from = try headers.address(.from)
        for name in [HeaderName.to, .contact, .from] {
            var address = NameAddress(uri: SIPURI(host: "h"))
            let uri = try headers.address(name).uri
            address.uri = uri
            #expect(address.uri == uri)
            #expect(address.uriText == uri.description)
            var other = from
            other.uri = uri
            #expect(other.uri == uri)
            #expect(other.displayName == from.displayName)
            #expect(other.tag == "a1")
        }
    }

    @Test("A value stays as it is when the message changes, and the message when the value does")
    func independence() throws {
        var changed = headers
        var contact = try changed.address(.contact)
        let text = contact.description
        changed.set(.contact, "<sip:other@example.com>")
        changed.prepend(.via, "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK0")
        #expect(contact.description == text)
        contact.uri.user = "carol"
        contact.tag = "x"
        #expect(contact.description == "<sip:carol@192.0.2.1>;expires=60;tag=x")
        #expect(try headers.address(.contact).description == text)
    }
}
