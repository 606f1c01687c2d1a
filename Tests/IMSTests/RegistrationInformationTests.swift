import SIP
import Testing

@testable import IMS

private enum RegInfo {
    static func document(_ attributes: String, _ content: String) -> [UInt8] {
        Array(
            "<?xml version=\"1.0\"?><reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" \(attributes)>\(content)</reginfo>"
                .utf8)
    }

    static func contact(_ id: String, _ state: RegistrationInformation.Contact.State) -> RegistrationInformation.Contact
    {
        .init(id: id, uri: "sip:\(id)@ue.example", state: state, event: state == .active ? .registered : .expired)
    }

    static func document(
        _ version: UInt32, _ completeness: RegistrationInformation.Completeness,
        _ contacts: [RegistrationInformation.Contact], state: RegistrationInformation.Registration.State = .active
    ) -> RegistrationInformation {
        RegistrationInformation(
            version: version, completeness: completeness,
            registrations: [.init(addressOfRecord: "sip:bob@ims.example", id: "a", state: state, contacts: contacts)])
    }
}

@Suite("Registration information (RFC 3680 §5)")
struct RegistrationInformationTests {
    @Test("Every attribute and element becomes a value; what is not known is passed over")
    func values() throws {
        let information = try RegistrationInformation(
            parsing: RegInfo.document(
                "xmlns:gr=\"urn:ietf:params:xml:ns:gruuinfo\" version=\"7\" state=\"partial\" later=\"x\"",
                """
                <registration aor="sip:bob@ims.example?a=1&amp;b=2" id="a7" state="active" gr:x="1">
                  <contact id="76" state="active" event="shortened" expires="300" duration-registered="7322" q="0.8"
                      callid="a&lt;b" cseq="99999999999">
                    <uri> sip:bob@[2001:db8::1]:5060;transport=tcp </uri>
                    <display-name xml:lang="en">Bob</display-name>
                    <unknown-param name="+sip.instance">"x"</unknown-param>
                    <gr:pub-gruu uri="sip:bob@ims.example;gr=x"/>
                  </contact>
                  <contact id="77" state="terminated" event="probation" retry-after="60"><uri>sip:b@c</uri></contact>
                  <new-element/>
                </registration>
                <gr:registration aor="x"/>
                <registration aor="tel:+15550100" id="a8" state="init"/>
                """))
        #expect(information.version == 7)
        #expect(information.completeness == .partial)
        #expect(information.registrations.map(\.state) == [.active, .`init`])
        let registration = try #require(information.registrations.first)
        #expect(registration.addressOfRecord == "sip:bob@ims.example?a=1&b=2")
        var expected = RegistrationInformation.Contact(
            id: "76", uri: "sip:bob@[2001:db8::1]:5060;transport=tcp", state: .active, event: .shortened)
        expected.displayName = "Bob"
        expected.expires = 300
        expected.durationRegistered = 7322
        expected.q = "0.8"
        expected.callID = "a<b"
        expected.cSeq = .max
        #expect(registration.contacts.first == expected)
        #expect(registration.contacts.last?.event == .probation)
        #expect(registration.contacts.last?.retryAfter == 60)
    }

    @Test("Every event of a contact", arguments: RegistrationInformation.Contact.Event.allCases)
    func events(_ event: RegistrationInformation.Contact.Event) throws {
        let information = try RegistrationInformation(
            parsing: RegInfo.document(
                "version=\"0\" state=\"full\"",
                "<registration aor=\"sip:b@c\" id=\"1\" state=\"active\"><contact id=\"1\" state=\"active\" "
                    + "event=\"\(event.rawValue)\"><uri>sip:x@y</uri></contact></registration>"))
        #expect(information.registrations.first?.contacts.first?.event == event)
    }

    @Test(
        "What must be there is asked for by name",
        arguments: [
            ("state=\"full\"", "", "reginfo", "version"), ("version=\"-1\" state=\"full\"", "", "reginfo", "version"),
            ("version=\"0\" state=\"half\"", "", "reginfo", "state"),
            ("version=\"0\" state=\"full\"", "<registration id=\"1\" state=\"active\"/>", "registration", "aor"),
            (
                "version=\"0\" state=\"full\"", "<registration aor=\"a\" id=\"1\" state=\"on\"/>", "registration",
                "state"
            ),
            (
                "version=\"0\" state=\"full\"",
                "<registration aor=\"a\" id=\"1\" state=\"active\"><contact id=\"1\" state=\"active\" "
                    + "event=\"registered\"/></registration>", "contact", "uri"
            ),
        ])
    func invalid(_ attributes: String, _ content: String, _ element: String, _ attribute: String) {
        let error = #expect(throws: RegistrationInformationError.self) {
            try RegistrationInformation(parsing: RegInfo.document(attributes, content))
        }
        #expect(error == .invalid(element: element, attribute: attribute, line: 1))
    }

    @Test("Refused: a DOCTYPE, what is not XML, another document, more entries than the limit")
    func refused() {
        func error(_ text: String) -> RegistrationInformationError? {
            #expect(throws: RegistrationInformationError.self) {
                try RegistrationInformation(parsing: Array(text.utf8))
            }
        }
        #expect(error("<!DOCTYPE reginfo [<!ENTITY a \"b\">]><reginfo/>") == .notReadable(line: 1))
        #expect(error("") == .notReadable(line: 1))
        #expect(error("<reginfo version=\"0\" state=\"full\"/>") == .notRegistrationInformation)
        #expect(error("<presence xmlns=\"urn:ietf:params:xml:ns:reginfo\"/>") == .notRegistrationInformation)
        let many = String(
            repeating: "<registration aor=\"a\" id=\"1\" state=\"init\"/>",
            count: RegistrationInformation.maximumEntries + 1)
        #expect(throws: RegistrationInformationError.tooMany) {
            try RegistrationInformation(parsing: RegInfo.document("version=\"0\" state=\"full\"", many))
        }
    }
}

@Suite("Registration state from documents (RFC 3680 §5.2)")
struct RegistrationStateTests {
    @Test("A full document, then changes in order: contacts come and go")
    func inOrder() {
        var state = RegistrationState()
        #expect(state.isRegistered("sip:bob@ims.example") == nil)
        #expect(state.apply(RegInfo.document(0, .full, [RegInfo.contact("x", .active)])) == .applied)
        #expect(state.isRegistered("sip:BOB@IMS.example;user=phone") == false)
        #expect(state.isRegistered("sip:bob@IMS.example:5060") == true)
        #expect(state.apply(RegInfo.document(1, .partial, [RegInfo.contact("y", .active)])) == .applied)
        #expect(state.apply(RegInfo.document(2, .partial, [RegInfo.contact("x", .terminated)])) == .applied)
        #expect(state.registrations.first?.contacts.map(\.id) == ["y"])
        #expect(
            state.apply(RegInfo.document(3, .partial, [RegInfo.contact("y", .terminated)], state: .terminated))
                == .applied)
        #expect(state.registrations.isEmpty)
        #expect(state.isRegistered("sip:bob@ims.example") == false)
    }

    @Test("An old document, or the same again, changes nothing")
    func outdated() {
        var state = RegistrationState()
        _ = state.apply(RegInfo.document(5, .full, [RegInfo.contact("x", .active)]))
        let before = state
        #expect(state.apply(RegInfo.document(5, .full, [])) == .outdated)
        #expect(state.apply(RegInfo.document(4, .partial, [], state: .terminated)) == .outdated)
        #expect(state == before)
    }

    @Test("After a gap a full document is wanted, until one comes")
    func gap() {
        var state = RegistrationState()
        #expect(state.apply(RegInfo.document(0, .partial, [])) == .wantsFullState)
        #expect(state.apply(RegInfo.document(1, .full, [RegInfo.contact("x", .active)])) == .applied)
        #expect(state.apply(RegInfo.document(3, .partial, [], state: .terminated)) == .wantsFullState)
        #expect(state.isRegistered("sip:bob@ims.example") == nil)
        #expect(state.apply(RegInfo.document(4, .partial, [RegInfo.contact("y", .active)])) == .wantsFullState)
        #expect(state.isRegistered("sip:bob@ims.example") == true)
        #expect(state.apply(RegInfo.document(9, .full, [RegInfo.contact("z", .active)])) == .applied)
        #expect(state.registrations.first?.contacts.map(\.id) == ["z"])
    }

    @Test("A new subscription counts from 0 again")
    func restart() {
        var state = RegistrationState()
        _ = state.apply(RegInfo.document(8, .full, [RegInfo.contact("x", .active)]))
        state.subscriptionRestarted()
        #expect(state.isRegistered("sip:bob@ims.example") == true)
        #expect(state.apply(RegInfo.document(0, .full, [], state: .`init`)) == .applied)
        #expect(state.isRegistered("sip:bob@ims.example") == false)
    }

    @Test("Memory is bounded, and a state with a part left out is not complete")
    func limit() {
        var state = RegistrationState()
        let many = (0..<RegistrationInformation.maximumEntries).map { RegInfo.contact("c\($0)", .active) }
        #expect(state.apply(RegInfo.document(0, .full, many)) == .applied)
        #expect(state.apply(RegInfo.document(1, .partial, [RegInfo.contact("more", .active)])) == .wantsFullState)
        #expect(state.registrations.first?.contacts.count == RegistrationInformation.maximumEntries)
        #expect(state.apply(RegInfo.document(2, .full, [RegInfo.contact("one", .active)])) == .applied)
    }
}

@Suite("Subscription of an application server to registration state (TS 24.229 §5.7.1.1)")
struct RegistrationSubscriptionTests {
    private static let builder = RegistrationSubscription(
        applicationServer: SIPURI(host: "as.ims.example"), network: "ims.example")

    private static func registration(expires: Int) throws -> ThirdPartyRegistration {
        var headers = SIPHeaders()
        headers.append(.to, "<sip:bob@ims.example>")
        headers.append(.from, "<sip:s-cscf.ims.example>;tag=1")
        headers.append(.contact, "<sip:s-cscf.ims.example:6060>")
        headers.append(.expires, String(expires))
        return try ThirdPartyRegistration(
            SIPRequest(method: .register, requestURI: "sip:as.ims.example", headers: headers))
    }

    @Test("To the user's identity, by way of the S-CSCF that registered, as the application server")
    func request() throws {
        let request = try Self.builder.request(for: try Self.registration(expires: 3_600), chargingID: "i1")
        #expect(request.method == .subscribe)
        #expect(request.requestURI == "sip:bob@ims.example")
        #expect(request.headers.first(.to) == "<sip:bob@ims.example>")
        #expect(request.headers.all(.route) == ["<sip:s-cscf.ims.example:6060;lr>"])
        #expect(request.headers.first(.event) == "reg")
        #expect(request.headers.first(.accept) == "application/reginfo+xml")
        #expect(request.headers.first(.pAssertedIdentity) == "<sip:as.ims.example>")
        #expect(request.headers.first(.from) == "<sip:as.ims.example>")
        #expect(request.headers.first(.pChargingVector) == "icid-value=\"i1\";orig-ioi=\"Type 3ims.example\"")
    }

    @Test("It outlives the registration; a de-registration asks once", arguments: [(3_600, "4200"), (0, "0")])
    func expires(_ registration: Int, _ subscription: String) throws {
        let request = try Self.builder.request(for: try Self.registration(expires: registration), chargingID: "i1")
        #expect(request.headers.first(.expires) == subscription)
    }
}
