import SIP

@testable import IMS

/// An INVITE as an S-CSCF hands it over, with parts that a test replaces.
enum ISCMessage {
    static let originalDialog = "<sip:odi_7@S-CSCF.ims.example;lr;x=\"a,b\" ;y=%41>"

    static func invite(
        _ changes: [(HeaderName, String?)] = [], routes: [String] = ["<sip:as.ims.example;lr>, <sip:odi@s-cscf;lr>"],
        body: String = "v=0\r\n"
    ) -> SIPRequest {
        var headers = SIPHeaders()
        headers.append(.via, "SIP/2.0/UDP s-cscf.ims.example;branch=z9hG4bK1")
        for route in routes { headers.append(.route, route) }
        headers.append(.recordRoute, "<sip:s-cscf.ims.example;lr>")
        headers.append(.maxForwards, "60")
        headers.append(.from, "\"Alice\" <sip:alice@ims.example>;tag=1")
        headers.append(.to, "<sip:bob@ims.example>")
        headers.append(.callID, "call-1")
        headers.append(.cSeq, "7 INVITE")
        headers.append(.contact, "<sip:alice@ue.example>")
        headers.append(.pAssertedIdentity, "\"Alice\" <sip:alice@ims.example>, <tel:+15550100>")
        headers.append(.pServedUser, "<sip:bob@ims.example>;sescase=term;regstate=reg")
        headers.append(.pChargingVector, "icid-value=\"AyretyU0dm+6O2IrT5tAFrbHLso=\";orig-ioi=\"Type 3ims.example\"")
        headers.append(.privacy, "id")
        headers.append(.historyInfo, "<sip:bob@ims.example>;index=1")
        headers.append(.acceptContact, "*;+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel\"")
        headers.append("X-Unknown", "kept,  as; it=\"is\"")
        headers.append(.supported, "timer, 100rel")
        headers.append(.contentType, "application/sdp")
        for (name, value) in changes {
            if let value { headers.set(name, value) } else { headers.removeAll(name) }
        }
        return SIPRequest(
            method: .invite, requestURI: "sip:bob@ims.example", headers: headers, body: Array(body.utf8))
    }

    static func read(_ request: SIPRequest, isTrusted: Bool = true) throws -> ISCRequest {
        try ISCRequest(request, isTrusted: isTrusted) { $0.host == "as.ims.example" }
    }
}
