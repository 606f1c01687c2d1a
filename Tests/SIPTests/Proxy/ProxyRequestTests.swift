import SIP
import Testing

@Suite("Proxy: validation and routes of a request (RFC 3261 §16.3, §16.4)")
struct ProxyRequestTests {
    private func status(_ request: SIPRequest) -> Int? {
        do throws(ProxyRejection) {
            _ = try Lab.admit(request)
            return nil
        } catch {
            return error.status.rawValue
        }
    }

    @Test("Max-Forwards 0 is 483; the proxy may answer OPTIONS itself; none at all passes")
    func maxForwards() throws {
        #expect(status(try Lab.message("INVITE", "Max-Forwards: 0")) == 483)
        #expect(status(try Lab.message("INVITE", "Max-Forwards: 1")) == nil)
        #expect(status(try Lab.message("INVITE", "Max-Forwards:")) == nil)
        let options = try Lab.message("OPTIONS", "Max-Forwards: 0")
        let rejection = #expect(throws: ProxyRejection.self) { try Lab.admit(options) }
        #expect(rejection?.mayAnswerAsRecipient == true)
    }

    @Test("A scheme that is not sip, sips or tel is 416, but for an emergency service (RFC 5031)")
    func scheme() throws {
        #expect(status(try Lab.message(uri: "http://example.com")) == 416)
        #expect(status(try Lab.message(uri: "tel:+15551234")) == nil)
        #expect(status(try Lab.message(uri: "urn:service:sos.fire")) == nil)
        #expect(status(try Lab.message(uri: "urn:service:counseling")) == 416)
    }

    @Test("An option that is not understood is 420 with Unsupported; ACK is let through")
    func proxyRequire() throws {
        let rejection = #expect(throws: ProxyRejection.self) {
            try Lab.admit(try Lab.message("INVITE", "Proxy-Require: sec-agree, foo, bar"))
        }
        #expect(rejection?.status == .badExtension)
        #expect(rejection?.headers.first(.unsupported) == "foo, bar")
        #expect(status(try Lab.message("INVITE", "Proxy-Require: SEC-AGREE")) == nil)
        #expect(status(try Lab.message("ACK", "Proxy-Require: foo")) == nil)
    }

    @Test("Max-Breadth 0 is 440, more than ours is cut, nonsense is 400 (RFC 5393 §5.3.3)")
    func maxBreadth() throws {
        #expect(status(try Lab.message("INVITE", "Max-Breadth: 0")) == 440)
        #expect(status(try Lab.message("INVITE", "Max-Breadth: -1")) == 400)
        #expect(try Lab.admit(Lab.message("INVITE", "Max-Breadth: 7")).maxBreadth == 7)
        #expect(try Lab.admit(Lab.message("INVITE", "Max-Breadth: 99999999999999999999")).maxBreadth == 60)
        #expect(try Lab.admit(Lab.message()).maxBreadth == 60)
    }

    @Test("Our Routes come off the top, and their token is told")
    func ownRoute() throws {
        let own = "<sip:tok7@proxy.example.net;lr>, <sip:proxy.example.net:5060;transport=tcp;lr>"
        let admitted = try Lab.admit(Lab.message("INVITE", "Route: \(own), <sip:next.example.com;lr>"))
        #expect(admitted.routeToken == "tok7")
        #expect(admitted.request.headers.splitValues(.route) == ["<sip:next.example.com;lr>"])
        #expect(admitted.isRouted(Lab.configuration, domains: ["example.com"]))
    }

    @Test(
        "A foreign port of an address of ours is a foreign Route; a name of ours without a port has any",
        arguments: [
            ("192.0.2.1:5070", 1), ("192.0.2.1;transport=tls", 1), ("192.0.2.1", 0), ("192.0.2.1:5060", 0),
            ("proxy.example.net:5070", 0), ("proxy.example.net", 0), ("other.example.net", 1),
        ])
    func foreignRoute(_ host: String, _ left: Int) throws {
        let admitted = try Lab.admit(Lab.message("INVITE", "Route: <sip:\(host);lr>"))
        #expect(admitted.request.headers.splitValues(.route).count == left)
    }

    @Test("A strict router upstream: the last Route is the Request-URI (§16.4)")
    func strictRouter() throws {
        let admitted = try Lab.admit(
            Lab.message(
                uri: "sip:tok@proxy.example.net;lr",
                "Route: <sip:p2.example.com;lr>, <sip:bob@192.0.2.9;ob>"
            ))
        #expect(admitted.request.requestURI == "sip:bob@192.0.2.9;ob")
        #expect(admitted.request.headers.splitValues(.route) == ["<sip:p2.example.com;lr>"])
        #expect(admitted.routeToken == "tok")
    }

    @Test("maddr that is ours is taken out with port and transport")
    func maddr() throws {
        let admitted = try Lab.admit(
            Lab.message(uri: "sip:bob@example.com:5060;maddr=192.0.2.1;transport=udp;x=1"))
        #expect(admitted.request.requestURI == "sip:bob@example.com;x=1")
        let foreign = try Lab.admit(Lab.message(uri: "sip:bob@example.com;maddr=192.0.2.77"))
        #expect(foreign.request.requestURI == "sip:bob@example.com;maddr=192.0.2.77")
        let inBrackets = try Lab.admit(Lab.message(uri: "sip:bob@example.com;maddr=[2001:db8::1]"))
        #expect(inBrackets.request.requestURI == "sip:bob@example.com")
    }

    @Test("The location service is asked for our domain only")
    func responsibility() throws {
        let domains: Set = ["example.com"]
        #expect(try !Lab.admit(Lab.message()).isRouted(Lab.configuration, domains: domains))
        #expect(try Lab.admit(Lab.message(uri: "sip:b@other.net")).isRouted(Lab.configuration, domains: domains))
    }
}

@Suite("Proxy: the copy that is forwarded (RFC 3261 §16.6)")
struct ProxyForwardTests {
    @Test("What the proxy does not touch leaves octet for octet")
    func untouched() throws {
        let original = try Lab.message()
        let copy = try Lab.copy(original).request
        let text = String(decoding: copy.serialized(), as: UTF8.self)
        #expect(text.hasPrefix("INVITE sip:bob@example.com SIP/2.0\r\n"))
        #expect(text.contains("\r\nX-Kept:  as   it \t came\r\n"))
        #expect(text.contains("\r\nFrom: \"A. Lice\" <sip:alice@example.org>;tag=1\r\n"))
        #expect(text.hasSuffix("\r\n\r\nbody"))
        #expect(copy.headers.all(.via) == original.headers.all(.via))
    }

    @Test("Max-Forwards goes down by one, or is 70 where there was none")
    func maxForwards() throws {
        #expect(try Lab.copy(Lab.message()).request.headers.first(.maxForwards) == "19")
        #expect(try Lab.copy(Lab.message("INVITE", "Max-Forwards:")).request.headers.first(.maxForwards) == "70")
    }

    @Test("A target's URI leaves without method and header fields, and its routes go on top")
    func target() throws {
        var target = try Lab.target("sip:bob@192.0.2.5:5062;method=INVITE;ob?Subject=x")
        target.routes = [try SIPURI(parsing: "sip:edge.example.com;lr")]
        let copy = try Lab.copy(Lab.message("INVITE", "Route: <sip:inner.example.com;lr>"), to: target)
        #expect(copy.request.requestURI == "sip:bob@192.0.2.5:5062;ob")
        #expect(
            copy.request.headers.splitValues(.route) == ["<sip:edge.example.com;lr>", "<sip:inner.example.com;lr>"])
        #expect(copy.hop == Hop(try SIPURI(parsing: "sip:edge.example.com")))
    }

    @Test("A strict router next: it becomes the Request-URI, which goes last in Route")
    func strictNext() throws {
        let copy = try Lab.copy(Lab.message("INVITE", "Route: <sip:strict.example.com>, <sip:p2.example.com;lr>"))
        #expect(copy.request.requestURI == "sip:strict.example.com")
        #expect(
            copy.request.headers.splitValues(.route) == ["<sip:p2.example.com;lr>", "<sip:bob@example.com>"])
        #expect(copy.hop.host == "strict.example.com")
    }

    @Test("A strict router whose transport we do not have is no next hop")
    func unreachable() throws {
        let rejection = #expect(throws: ProxyRejection.self) {
            try Lab.copy(try Lab.message(uri: "sip:bob@example.com;transport=sctp"))
        }
        #expect(rejection?.status == .serviceUnavailable)
    }

    @Test("Without a Route an emergency service, as a number, leads nowhere", arguments: ["urn:service:sos", "tel:+1"])
    func nowhere(_ uri: String) throws {
        let rejection = #expect(throws: ProxyRejection.self) { try Lab.copy(try Lab.message(uri: uri)) }
        #expect(rejection?.status == .unsupportedURIScheme)
    }

    @Test("Record-Route for INVITE with our token, twice when the transport changes, not for MESSAGE")
    func recordRoute() throws {
        let same = try Lab.copy(Lab.message("INVITE", "Record-Route: <sip:p0.example.org;lr>"))
        #expect(
            same.request.headers.splitValues(.recordRoute) == [
                "<sip:tok@proxy.example.net;lr>", "<sip:p0.example.org;lr>",
            ])
        let changed = try Lab.copy(Lab.message(uri: "sip:bob@example.com;transport=tcp"))
        #expect(
            changed.request.headers.splitValues(.recordRoute) == [
                "<sip:tok@proxy.example.net;transport=tcp;lr>", "<sip:tok@proxy.example.net;lr>",
            ])
        // We do not listen for TLS: requests of that side come by the transport of this one.
        let unheard = try Lab.copy(Lab.message(uri: "sip:bob@example.com;transport=tls"))
        #expect(unheard.request.headers.splitValues(.recordRoute) == ["<sip:tok@proxy.example.net;lr>"])
        #expect(try !Lab.copy(Lab.message("MESSAGE")).request.headers.contains(.recordRoute))
    }

    @Test(
        "q values, and what is none",
        arguments: [("0.5", 500), ("1", 1_000), ("0.123", 123), ("1.1", 1_000), ("x", 1_000)])
    func preference(text: String, thousandths: UInt16) throws {
        let contact = try NameAddress(parsing: "<sip:b@example.com>;q=\(text)")
        #expect(ProxyTarget(contact).preference == thousandths)
    }
}

@Suite("Loop detection (RFC 5393 §4)")
struct LoopDetectorTests {
    private func returned(_ request: SIPRequest, sentBy: String = "proxy.example.net", uri: String? = nil) throws
        -> SIPRequest
    {
        var back = request
        let branch = Lab.loops.branch(token: Lab.loops.token(for: request), unique: "u1")
        back.headers.prepend(.via, "SIP/2.0/UDP \(sentBy);branch=\(branch)")
        back.headers.prepend(.via, "SIP/2.0/UDP other.example.com;branch=z9hG4bKx")
        if let uri { back.requestURI = uri }
        return back
    }

    @Test("The same request back through another proxy is 482")
    func loop() throws {
        let back = try returned(Lab.message())
        let rejection = #expect(throws: ProxyRejection.self) { try Lab.admit(back) }
        #expect(rejection?.status == .loopDetected)
    }

    @Test("A spiral with another Request-URI, or another Route, passes")
    func spiral() throws {
        #expect(throws: Never.self) { try Lab.admit(returned(Lab.message(), uri: "sip:carol@example.com")) }
        var routed = try returned(Lab.message())
        routed.headers.append(.route, "<sip:svc2@proxy.example.net;lr>")
        #expect(throws: Never.self) { try Lab.admit(routed) }
    }

    @Test("Another element's Via, and a hash that is not ours, say nothing")
    func foreign() throws {
        #expect(throws: Never.self) { try Lab.admit(returned(Lab.message(), sentBy: "other.example.net")) }
        var forged = try Lab.message()
        forged.headers.prepend(.via, "SIP/2.0/UDP proxy.example.net;branch=z9hG4bKu1.0123456789abcdef")
        #expect(throws: Never.self) { try Lab.admit(forged) }
    }

    @Test("Fields that run into each other hash apart")
    func framing() throws {
        let one = try Lab.message("INVITE", "Proxy-Require: ab")
        let two = try Lab.message("INVITE", "Proxy-Authorization: ab")
        #expect(Lab.loops.token(for: one) != Lab.loops.token(for: two))
        #expect(Lab.loops.token(for: one) == Lab.loops.token(for: one))
        #expect(Lab.loops.token(for: one) != LoopDetector(key: [1]).token(for: one))
    }
}
