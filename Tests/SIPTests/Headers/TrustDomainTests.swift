import SIP
import Testing

@Suite("The edge of the trust domain (RFC 3325, TS 24.229 §4.4)")
struct TrustDomainTests {
    private static let preferences: [HeaderName] = ["P-Preferred-Identity", "P-Preferred-Service"]

    /// Every field that is cleared away at the edge, some that are not, and two of a name.
    private static var everything: SIPHeaders {
        var headers = SIPHeaders()
        headers.append(.from, "<sip:alice@ims.example>;tag=1")
        for name in TrustDomain.assertions + preferences { headers.append(name, "<sip:alice@ims.example>") }
        headers.append("p-asserted-IDENTITY", "<tel:+15550100>")
        headers.append("X-Unknown", "kept")
        return headers
    }

    @Test("What comes in is believed of nothing that only a member may say")
    func comingIn() {
        var headers = Self.everything
        TrustDomain.removeAssertions(from: &headers)
        #expect(headers.fields.map(\.name) == [.from, "X-Unknown"])
    }

    @Test("Who asks for privacy is shown nothing of on the way out; Privacy stays")
    func goingOut() {
        var headers = Self.everything
        headers.append(.privacy, "id;history")
        headers.append("Diversion", "<sip:alice@ims.example>;reason=user-busy")
        TrustDomain.removeOnExit(from: &headers)
        #expect(headers.fields.map(\.name) == [.from] + Self.preferences + ["X-Unknown", .privacy])
    }

    @Test("Without a wish for privacy identity, history and Diversion are shown, and nothing else is")
    func goingOutOpenly() {
        var headers = SIPHeaders()
        for name in TrustDomain.assertions { headers.append(name, "<sip:alice@ims.example>;index=1") }
        headers.append("Diversion", "<sip:alice@ims.example>;reason=user-busy")
        TrustDomain.removeOnExit(from: &headers)
        #expect(headers.fields.map(\.name) == [.pAssertedIdentity, .historyInfo, "Diversion"])
    }

    @Test(
        "An entry of History-Info that asks for privacy loses its target, and its place stays (RFC 7044 §10.1.2)",
        arguments: [
            ("<sip:a@x>;index=1", "<sip:a@x>;index=1"),
            ("\"A\" <sip:a@x?Privacy=history>;index=1", "<sip:anonymous@anonymous.invalid>;index=1"),
            (
                "<sip:a@x?Privacy=none>;index=1, <sip:b@x;cause=486?Reason=SIP%3Bcause%3D486&Privacy=id>;index=1.1;mp=1",
                "<sip:a@x?Privacy=none>;index=1, <sip:anonymous@anonymous.invalid>;index=1.1;mp=1"
            ),
            ("<sip:a@x?Privacy=%2C>;index=1", "<sip:anonymous@anonymous.invalid>;index=1"),
            ("<sip:a@x>;index=1, <sip:", "<sip:a@x>;index=1"),
            ("<sip:", nil),
        ] as [(String, String?)])
    func entries(_ came: String, _ goes: String?) {
        var headers = SIPHeaders()
        headers.append(.historyInfo, came)
        TrustDomain.removeOnExit(from: &headers)
        #expect(headers.first(.historyInfo) == goes)
    }
}
