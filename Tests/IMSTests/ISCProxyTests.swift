import SIP
import Testing

@testable import IMS

@Suite("ISC: SIP proxy (TS 24.229 §5.7.4)")
struct ISCProxyTests {
    private static func forwarded(
        _ request: SIPRequest, _ retargeting: ProxyRole.Retargeting? = nil, recordRoute: SIPURI? = nil
    ) throws -> SIPRequest {
        try ProxyRole.request(
            for: try ISCMessage.read(request), retargeting: retargeting, recordRoute: recordRoute)
    }

    @Test("Our Route entry goes, the original dialog identifier stays octet for octet")
    func route() throws {
        let request = try Self.forwarded(
            ISCMessage.invite(routes: ["<sip:as.ims.example;lr>, \(ISCMessage.originalDialog)"]))
        #expect(request.headers.all(.route) == [ISCMessage.originalDialog])
        let foreign = try Self.forwarded(ISCMessage.invite(routes: ["<sip:other.example;lr>"]))
        #expect(foreign.headers.all(.route) == ["<sip:other.example;lr>"])
    }

    @Test("Request-URI, dialog, identities, charging, unknown fields and body stay as they came")
    func unchanged() throws {
        let incoming = ISCMessage.invite()
        let request = try Self.forwarded(incoming)
        #expect(request.requestURI == incoming.requestURI)
        #expect(request.body == incoming.body)
        let changed: [HeaderName] = [.route, .maxForwards]
        for (name, value) in incoming.headers.fields where !changed.contains(name) {
            #expect(request.headers.all(name).contains(value), "\(name)")
        }
        #expect(request.headers.count == incoming.headers.count)
    }

    @Test("Max-Forwards counts down; 0 is refused; 70 is assumed")
    func maxForwards() throws {
        #expect(try Self.forwarded(ISCMessage.invite()).headers.all(.maxForwards) == ["59"])
        #expect(try Self.forwarded(ISCMessage.invite([(.maxForwards, nil)])).headers.first(.maxForwards) == "69")
        #expect(throws: ProxyRole.Refusal.tooManyHops) { try Self.forwarded(ISCMessage.invite([(.maxForwards, "0")])) }
        #expect(throws: ProxyRole.Refusal.self) { try Self.forwarded(ISCMessage.invite([(.maxForwards, "x")])) }
    }

    @Test("Record-Route is ours and first when we stay in the path, and left alone when not")
    func recordRoute() throws {
        let ours = SIPURI(host: "as.ims.example")
        let request = try Self.forwarded(ISCMessage.invite(), recordRoute: ours)
        #expect(
            request.headers.splitValues(.recordRoute) == ["<sip:as.ims.example;lr>", "<sip:s-cscf.ims.example;lr>"])
        #expect(
            try Self.forwarded(ISCMessage.invite()).headers.splitValues(.recordRoute) == ["<sip:s-cscf.ims.example;lr>"]
        )
    }

    @Test("Retargeting changes the Request-URI and says so in History-Info (RFC 7044 §5)")
    func retargeting() throws {
        let request = try Self.forwarded(
            ISCMessage.invite(), ProxyRole.Retargeting(target: "sip:carol@ims.example", cause: 302))
        #expect(request.requestURI == "sip:carol@ims.example")
        #expect(
            request.headers.splitValues(.historyInfo) == [
                "<sip:bob@ims.example>;index=1", "<sip:carol@ims.example;cause=302>;index=1.1;mp=1",
            ])
        #expect(request.headers.first(.to) == "<sip:bob@ims.example>")
    }

    @Test("Proxy-Require: an option that we do not know is refused (RFC 3261 §16.3)")
    func proxyRequire() throws {
        #expect(throws: ProxyRole.Refusal.unsupportedExtensions(["sec-agree"])) {
            try Self.forwarded(ISCMessage.invite([(.proxyRequire, "sec-agree")]))
        }
        // Require is for the other end.
        #expect(try Self.forwarded(ISCMessage.invite([(.require, "x")])).headers.first(.require) == "x")
    }

    @Test("What it sends takes the S-CSCF on to the next criterion")
    func resumesTheChain() throws {
        var bench = ServingCSCFBench(alice: [
            ServingCSCFBench.criterion(0, "sip:as.ims.example"), ServingCSCFBench.criterion(1, "sip:next.example"),
        ])
        let sent = try #require(bench.receive(ServingCSCFBench.request()).sent.first)
        let next = try #require(bench.receive(try Self.forwarded(sent.request)).sent.first)
        #expect(try next.request.headers.addresses(.route).first?.uri.host == "next.example")
    }
}
