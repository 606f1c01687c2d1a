import SIP
import Timing

@testable import IMS

/// An S-CSCF at `s-cscf.ims.example` with users, and what a test says to it.
struct ServingCSCFBench {
    var model: ServingCSCF
    var now = MonotonicTime.zero
    private var transactions = 0

    init(
        _ policy: DefaultHandlingPolicy = .standard, alice: [InitialFilterCriteria] = [],
        bob: [InitialFilterCriteria] = [], registered: [String] = ["alice", "bob"]
    ) {
        model = ServingCSCF(
            .init(
                uri: SIPURI(host: "s-cscf.ims.example"), homeDomains: ["ims.example"], defaultHandling: policy),
            salt: "salt")
        model.provision(Self.subscription("alice", alice))
        model.provision(Self.subscription("bob", bob, also: ["tel:+15550100"]))
        for user in registered {
            model.addContact("sip:\(user)@ue.example:5070", of: "sip:\(user)@ims.example")
        }
    }

    static func subscription(
        _ user: String, _ criteria: [InitialFilterCriteria], also others: [String] = []
    ) -> IMSSubscription {
        var profile = ServiceProfile()
        profile.publicIdentities = (["sip:\(user)@ims.example"] + others).map { PublicIdentity(identity: $0) }
        profile.initialFilterCriteria = criteria
        return IMSSubscription(privateID: "\(user)@ims.example", serviceProfiles: [profile])
    }

    /// A criterion with all of the tests; none: always.
    static func criterion(
        _ priority: Int, _ server: String, _ handling: InitialFilterCriteria.DefaultHandling = .sessionContinued,
        _ tests: ServicePointTrigger.Test..., info: String? = nil, includesRequest: Bool = false,
        includesResponse: Bool = false
    ) -> InitialFilterCriteria {
        let triggers = tests.map { ServicePointTrigger(test: $0) }
        return InitialFilterCriteria(
            priority: priority,
            triggerPoint: triggers.isEmpty
                ? nil : TriggerPoint(isConjunctiveNormalForm: false, servicePointTriggers: triggers),
            applicationServer: .init(
                serverName: server, defaultHandling: handling, serviceInfo: info,
                includesRegisterRequest: includesRequest, includesRegisterResponse: includesResponse))
    }

    /// A request of alice to bob, as the P-CSCF passes it on.
    static func request(
        _ method: SIPMethod = .invite, to target: String = "sip:bob@ims.example", route: String? = "orig@",
        _ extra: [(HeaderName, String)] = []
    ) -> SIPRequest {
        var headers = SIPHeaders()
        headers.append(.via, "SIP/2.0/UDP p-cscf.ims.example;branch=z9hG4bK1")
        if let route { headers.append(.route, "<sip:\(route)s-cscf.ims.example;lr>") }
        headers.append(.maxForwards, "69")
        headers.append(.from, "<sip:alice@ims.example>;tag=1")
        headers.append(.to, "<\(target)>")
        headers.append(.callID, "call-1")
        headers.append(.cSeq, "1 \(method.rawValue)")
        headers.append(.pAssertedIdentity, "\"Alice\" <sip:alice@ims.example>")
        headers.append(.pChargingVector, "icid-value=\"icid-1\";orig-ioi=visited.example")
        for (name, value) in extra { headers.append(name, value) }
        return SIPRequest(method: method, requestURI: target, headers: headers)
    }

    mutating func receive(_ request: SIPRequest) -> [ServingCSCF.Output] {
        transactions += 1
        var out: [ServingCSCF.Output] = []
        model.receive(request, as: .init(rawValue: transactions), at: now, into: &out)
        return out
    }

    mutating func answer(_ sent: Sent, _ status: StatusCode) -> [ServingCSCF.Output] {
        var out: [ServingCSCF.Output] = []
        model.receive(SIPResponse(status, to: sent.request, toTag: "as"), on: sent.branch, at: now, into: &out)
        return out
    }

    /// The application server hands the request back: its own Route entry off.
    mutating func handBack(_ sent: Sent, to target: String? = nil) -> [ServingCSCF.Output] {
        var request = sent.request
        request.headers.removeFirstValue(of: .route)
        if let target { request.requestURI = target }
        return receive(request)
    }

    /// Goes to the next timeout; the time that took.
    mutating func waitForTimeout() -> (after: Duration, out: [ServingCSCF.Output])? {
        guard let due = model.nextTimeout else { return nil }
        let elapsed = now.duration(to: due)
        now = due
        var out: [ServingCSCF.Output] = []
        model.handleTimeout(at: now, into: &out)
        return (elapsed, out)
    }

    struct Sent {
        let request: SIPRequest
        let hop: ServingCSCF.Hop
        let branch: ServingCSCF.Branch

        /// The application server, if it is one.
        var server: String? {
            if case .applicationServer(let criterion) = hop { criterion.applicationServer.serverName } else { nil }
        }
    }
}

extension [ServingCSCF.Output] {
    var sent: [ServingCSCFBench.Sent] {
        compactMap { output in
            if case .send(let request, let hop, let branch) = output {
                ServingCSCFBench.Sent(request: request, hop: hop, branch: branch)
            } else {
                nil
            }
        }
    }

    /// What went upstream, with the number of the transaction.
    var responses: [(status: Int, to: Int)] {
        compactMap { output in
            if case .respond(let response, let transaction) = output {
                (response.status.rawValue, transaction.rawValue)
            } else {
                nil
            }
        }
    }

    var statuses: [Int] { responses.map(\.status) }

    var decisions: [ServingCSCF.Decision] {
        compactMap { if case .decided(let decision) = $0 { decision } else { nil } }
    }

    var cancelled: [ServingCSCF.Branch] {
        compactMap { if case .cancel(let branch) = $0 { branch } else { nil } }
    }
}
