import SIP
import SIPTransport

/// How a call comes to the server.
enum FlowPath: Sendable {
    /// As an S-CSCF sends it, from the caller's address.
    case direct
    /// Through the S-CSCF of ``IMSLab``, which triggers the server.
    case servingCSCF

    /// Of the server. Calls through the S-CSCF come one after another, and are not waited for until their transactions are
    /// over.
    var timers: SIPTimers {
        switch self {
        case .direct: SIPTimers(t1: .milliseconds(50), t2: .milliseconds(400), t4: .milliseconds(400))
        case .servingCSCF: SIPTimers()
        }
    }

    /// Where the caller is.
    func callerAddress(_ addresses: Addresses) -> String {
        switch self {
        case .direct: addresses.caller
        case .servingCSCF: IMSLab.alice
        }
    }

    /// alice's INVITE for bob, without a body, and where it goes.
    func invite(_ addresses: Addresses) -> (SIPRequest, Hop) {
        var request = SIPRequest(method: .invite, requestURI: "sip:bob@\(IMSLab.domain)")
        request.headers.append(.maxForwards, "70")
        request.headers.append(.from, "<sip:alice@\(IMSLab.domain)>")
        request.headers.append(.to, "<sip:bob@\(IMSLab.domain)>")
        request.headers.append(.pAssertedIdentity, "<sip:alice@\(IMSLab.domain)>")
        request.headers.append(.pChargingVector, "icid-value=\"flow\";orig-ioi=\(IMSLab.domain)")
        switch self {
        case .direct:
            let server = "sip:\(addresses.server):\(Addresses.sipPort)"
            request.headers.append(.route, "<\(server);lr>, <sip:odi-1@\(addresses.caller);lr>")
            request.headers.append(.pServedUser, "<sip:bob@\(IMSLab.domain)>;sescase=term;regstate=reg")
            return (request, Hop(transport: .udp, host: addresses.server, port: UInt16(Addresses.sipPort)))
        case .servingCSCF:
            request.headers.append(.route, "<sip:orig@\(IMSLab.address):\(Addresses.sipPort);lr>")
            return (request, Hop(transport: .udp, host: IMSLab.address, port: UInt16(Addresses.sipPort)))
        }
    }
}
