import ApplicationServer
import SIP
import SIPTransport

/// How a call comes to the server, and goes on from it.
enum FlowPath: Sendable {
    /// As an S-CSCF sends it, from the caller's address, and straight to the target.
    case direct
    /// Through the S-CSCF of ``IMSLab``, which triggers the server, and straight to the target.
    case servingCSCF
    /// Through the S-CSCF both times: the target is carol, whom we call as an originating application server.
    case servingCSCFTwice

    /// Of the server. Calls through the S-CSCF come one after another, and are not waited for until their transactions are
    /// over.
    var timers: SIPTimers {
        switch self {
        case .direct: SIPTimers(t1: .milliseconds(50), t2: .milliseconds(400), t4: .milliseconds(400))
        case .servingCSCF, .servingCSCFTwice: SIPTimers()
        }
    }

    /// Where the caller is.
    func callerAddress(_ addresses: Addresses) -> String {
        switch self {
        case .direct: addresses.caller
        case .servingCSCF, .servingCSCFTwice: IMSLab.alice
        }
    }

    /// Where the target is.
    func targetAddress(_ addresses: Addresses) -> (host: String, port: Int) {
        switch self {
        case .direct, .servingCSCF: (addresses.pbx, Addresses.pbxPort)
        case .servingCSCFTwice: (IMSLab.carol, Addresses.sipPort)
        }
    }

    /// What the target is called by.
    func targetURI(_ addresses: Addresses) -> String {
        switch self {
        case .direct, .servingCSCF: "sip:queue@\(addresses.pbx):\(Addresses.pbxPort)"
        case .servingCSCFTwice: "sip:carol@\(IMSLab.domain)"
        }
    }

    var transferRoute: TransferRoute {
        switch self {
        case .direct, .servingCSCF: .direct
        case .servingCSCFTwice: .servingCSCF
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
        case .servingCSCF, .servingCSCFTwice:
            request.headers.append(.route, "<sip:orig@\(IMSLab.address):\(Addresses.sipPort);lr>")
            return (request, Hop(transport: .udp, host: IMSLab.address, port: UInt16(Addresses.sipPort)))
        }
    }

    /// What is wrong with the INVITE as it came to a target that was called through the S-CSCF for bob.
    func faults(ofTargets invite: SIPRequest) -> [String] {
        guard self == .servingCSCFTwice else { return [] }
        let headers = invite.headers
        let vector = try? headers.pChargingVector()
        let isRecorded = headers.splitValues(.recordRoute).contains { $0.contains(IMSLab.address) }
        return [
            (isRecorded, "it has not come through the S-CSCF"),
            (headers.first(.pAssertedIdentity) == "<sip:alice@\(IMSLab.domain)>", "the caller is not asserted"),
            (!headers.contains(.pServedUser), "P-Served-User went beyond the S-CSCF"),
            (vector?.chargingID == "flow", "the caller's charging identifier is lost"),
            (vector?.originatingNetwork == "Type 3\(IMSLab.domain)", "orig-ioi is not ours"),
        ].filter { !$0.0 }.map(\.1)
    }
}
