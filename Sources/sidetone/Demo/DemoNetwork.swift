import NIOCore
import ReferenceAS
import SIP

/// The way from the caller to the application server: a real S-CSCF, or what one would write into the request.
struct DemoNetwork {
    private let servingCSCF: Hop?
    private let domain: String

    /// - Parameter servingCSCF: HOST:PORT; `nil` plays its part here.
    init(servingCSCF: String?, domain: String) throws {
        self.domain = domain
        self.servingCSCF = try servingCSCF.map { text in
            guard let uri = try? SIPURI(parsing: "sip:\(text)"), let hop = Hop(uri) else {
                throw SystemError("--s-cscf takes HOST:PORT, not \(text)")
            }
            return hop
        }
    }

    /// Registers a user, so that the server learns of it by third-party REGISTER.
    func register(_ user: String, with phone: Softphone, application: Hop) async throws {
        let identity = "sip:\(user)@\(domain)"
        var request = SIPRequest(method: .register, requestURI: "sip:\(domain)")
        request.headers.append(.from, "<\(identity)>")
        request.headers.append(.to, "<\(identity)>")
        request.headers.append(.expires, "600")
        let hop: Hop
        if let servingCSCF {
            hop = servingCSCF
            let contact = await phone.contact
            request.headers.append(.contact, contact)
            request.headers.append(.supported, "path")
            request.headers.append(.require, "path")
            request.headers.append(.path, contact.replacing(">", with: ";lr>"))
            request.headers.append(.pVisitedNetworkID, "\"\(domain)\"")
            request.headers.append(
                "Authorization",
                "Digest username=\"\(user)@\(domain)\",realm=\"\(domain)\",nonce=\"\",uri=\"sip:\(domain)\",response=\"\""
            )
        } else {
            hop = application
            request.requestURI = "sip:127.0.0.1:5060"
            request.headers.append(.contact, "<sip:scscf.\(domain)>")
            request.headers.append(.contentType, "application/3gpp-ims+xml")
            request.body = Array("<ims-3gpp version=\"1\"><service-info>assistant</service-info></ims-3gpp>".utf8)
        }
        let response = try await phone.request(request, to: hop)
        guard response.status.isSuccess else {
            throw SystemError("\(identity) was not registered: \(response.status) \(response.reasonPhrase)")
        }
    }

    /// Gives the INVITE its way.
    func route(_ plan: inout SoftphoneCallPlan, to application: Hop) {
        if let servingCSCF {
            plan.hop = servingCSCF
            plan.headers.append(.route, "<sip:orig@\(servingCSCF.host):\(servingCSCF.port);lr>")
        } else {
            plan.hop = application
            plan.headers.append(.route, "<sip:127.0.0.1:5060;lr>, <sip:odi-7d31@scscf.\(domain);lr>")
            plan.headers.append(.pServedUser, "<\(plan.target)>;sescase=term;regstate=reg")
        }
    }
}
