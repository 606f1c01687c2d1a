import IMS
import SIP

/// The profiles and requests that `bench ifc-mix` measures.
enum IFCBenchMix {
    typealias Test = ServicePointTrigger.Test

    /// Ten criteria whose first test fails.
    static let decidedByFirst: [[Test]] = (0..<10).map { index in
        [.method("MESSAGE", registrationTypes: [])] + worst[index]
    }

    /// Ten criteria whose methods and session cases fit and whose last pattern fails.
    static let worst: [[Test]] = [
        [.sipHeader(name: "P-Asserted-Service", content: "3gpp-service\\.ims\\.icsi\\.mcptt$")],
        [.sipHeader(name: "Accept-Contact", content: "\\+g\\.oma\\.sip-im")],
        [.requestURI(pattern: "^(acme|globex|initech)\\.example(:[0-9]+)?$")],
        [.sessionDescription(line: "m", content: "^video [1-9][0-9]*")],
        [.sipHeader(name: "Contact", content: ";\\+g\\.3gpp\\.smsip"), .requestURI(pattern: "example")],
        [.sipHeader(name: "P-Access-Network-Info", content: "^(IEEE-802\\.11|3GPP-NR)")],
        [.sessionDescription(line: "a", content: "^rtpmap:[0-9]+ (opus|EVS)/")],
        [.sipHeader(name: "User-Agent", content: "^[A-Z][a-z]+PBX/[0-9]+\\.[0-9]+")],
        [.sipHeader(name: "From", content: "<sip:\\+(33|44|1)[0-9]+@")],
        [
            .sipHeader(name: "History-Info", content: "cause=(302|404|408|480|486|487|503)"),
            .requestURI(pattern: "ims"),
        ],
    ]

    static func profile(_ criteria: [[Test]]) -> CompiledProfile {
        var profile = ServiceProfile()
        profile.initialFilterCriteria = criteria.enumerated().map { index, tests in
            var triggers = [
                ServicePointTrigger(groups: [0], test: .method("INVITE", registrationTypes: [])),
                ServicePointTrigger(groups: [1], test: .sessionCase(.originating)),
            ]
            if case .method? = tests.first { triggers = [] }
            triggers += tests.enumerated().map { ServicePointTrigger(groups: [2 + $0.offset], test: $0.element) }
            return InitialFilterCriteria(
                priority: index,
                triggerPoint: TriggerPoint(isConjunctiveNormalForm: true, servicePointTriggers: triggers),
                applicationServer: .init(serverName: "sip:as\(index).ims.example"))
        }
        return CompiledProfile(profile)
    }

    /// The document of a subscriber with that many criteria.
    static func document(criteria count: Int) -> [UInt8] {
        var profile = ServiceProfile()
        profile.publicIdentities = [
            PublicIdentity(identity: "sip:alice@ims.example"), PublicIdentity(identity: "tel:+4930123456"),
        ]
        profile.initialFilterCriteria = (0..<count).map { index in
            let tests = worst[index % worst.count]
            let triggers =
                [
                    ServicePointTrigger(groups: [0], test: .method("INVITE", registrationTypes: [])),
                    ServicePointTrigger(
                        groups: [1], test: .sessionCase(index % 2 == 0 ? .originating : .terminatingRegistered)),
                ] + tests.enumerated().map { ServicePointTrigger(groups: [2 + $0.offset], test: $0.element) }
            return InitialFilterCriteria(
                priority: index * 10,
                triggerPoint: TriggerPoint(isConjunctiveNormalForm: true, servicePointTriggers: triggers),
                applicationServer: .init(serverName: "sip:as\(index).ims.example"))
        }
        return Array(IMSSubscription(privateID: "alice@ims.example", serviceProfiles: [profile]).xml().utf8)
    }

    /// An INVITE as an S-CSCF sends it for a VoLTE call.
    static func request() throws -> SIPRequest {
        let lines = [
            "INVITE sip:+493012345678@ims.example;user=phone SIP/2.0",
            "Via: SIP/2.0/UDP scscf.ims.example:5060;branch=z9hG4bK1",
            "Via: SIP/2.0/UDP pcscf.ims.example;branch=z9hG4bK2",
            "Via: SIP/2.0/TCP [2001:db8::10]:5060;branch=z9hG4bK3", "Route: <sip:as.ims.example;lr>",
            "Route: <sip:odi_7f31@scscf.ims.example;lr>", "Record-Route: <sip:scscf.ims.example;lr>",
            "Max-Forwards: 67",
            "From: <sip:+493087654321@ims.example;user=phone>;tag=a1", "To: <sip:+493012345678@ims.example;user=phone>",
            "Call-ID: 8d1f@2001:db8::10", "CSeq: 1 INVITE",
            "Contact: <sip:ue@[2001:db8::10]:5060>;+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel\"",
            "P-Asserted-Identity: <sip:+493087654321@ims.example>, <tel:+493087654321>",
            "P-Asserted-Service: urn:urn-7:3gpp-service.ims.icsi.mmtel",
            "Accept-Contact: *;+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel\"",
            "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=2620100c30000d01",
            "P-Charging-Vector: icid-value=1f2e3d;orig-ioi=ims.example", "User-Agent: ue/1.0",
            "P-Served-User: <sip:+493087654321@ims.example>;sescase=orig;regstate=reg",
            "Supported: 100rel, timer, precondition", "Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, INFO, OPTIONS",
            "Session-Expires: 1800;refresher=uac", "Content-Type: application/sdp",
        ]
        let body = [
            "v=0", "o=- 1 1 IN IP6 2001:db8::10", "s=-", "c=IN IP6 2001:db8::10", "t=0 0",
            "m=audio 49152 RTP/AVP 104 102 101",
            "b=AS:41", "a=rtpmap:104 AMR-WB/16000/1", "a=fmtp:104 mode-change-capability=2;max-red=0",
            "a=rtpmap:102 AMR/8000/1", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=curr:qos local none",
            "a=curr:qos remote none", "a=des:qos mandatory local sendrecv", "a=ptime:20", "a=maxptime:240",
            "a=sendrecv",
        ]
        return try parse(lines, body.map { $0 + "\r\n" }.joined())
    }

    /// Two hundred different patterns, each with more states than a table holds.
    static func hostileDocument() -> [UInt8] {
        var profile = ServiceProfile()
        profile.initialFilterCriteria = (0..<200).map { index in
            let pattern = "(a|b)*a(a|b){\(20 + index % 60)}(c|\(index))*x"
            return InitialFilterCriteria(
                priority: index,
                triggerPoint: TriggerPoint(
                    isConjunctiveNormalForm: true,
                    servicePointTriggers: [ServicePointTrigger(test: .sipHeader(name: "Subject", content: pattern))]),
                applicationServer: .init(serverName: "sip:as\(index).ims.example"))
        }
        return Array(IMSSubscription(privateID: "x", serviceProfiles: [profile]).xml().utf8)
    }

    static func hostileRequest() throws -> SIPRequest {
        try parse(
            [
                "INVITE sip:bob@ims.example SIP/2.0", "Via: SIP/2.0/UDP a.example;branch=z9hG4bK1", "Max-Forwards: 70",
                "From: <sip:a@b.example>;tag=1", "To: <sip:bob@ims.example>", "Call-ID: 1", "CSeq: 1 INVITE",
                "Subject: " + String(repeating: "ab", count: 2_048),
            ], "")
    }

    private static func parse(_ lines: [String], _ body: String) throws -> SIPRequest {
        let text = (lines + ["Content-Length: \(body.utf8.count)", "", body]).joined(separator: "\r\n")
        guard case .request(let request) = try SIPMessage(parsing: Array(text.utf8)) else {
            throw SIPParseError(.malformedStartLine)
        }
        return request
    }
}
