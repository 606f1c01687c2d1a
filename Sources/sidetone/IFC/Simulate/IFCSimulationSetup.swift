import IMS
import SIP
import Timing

/// The S-CSCF, its users and the request of a simulation.
struct IFCSimulationSetup {
    static let address = "s-cscf.invalid"

    let servingCSCF: ServingCSCF
    /// As the P-CSCF, the network or an application server would send it to the S-CSCF.
    let request: SIPRequest
    let caller: String

    init(
        subscription: IMSSubscription, subject: IFCSubject, request original: SIPRequest, peers: [IMSSubscription],
        dialect: Dialect, sharedSets: [Int: [InitialFilterCriteria]]
    ) {
        let sessionCase = subject.context.sessionCase
        let policy: DefaultHandlingPolicy =
            switch dialect {
            case .standard: .standard
            case .kamailio: .kamailio
            case .clearwater: .clearwater
            }
        let own = SIPURI(host: Self.address)
        // No home domain: a user of whom no profile is given is somebody else's.
        var model = ServingCSCF(
            .init(
                uri: own, homeDomains: [], networkIdentifier: "ims.example", dialect: dialect, defaultHandling: policy,
                sharedSets: sharedSets),
            salt: "sim")
        var request = original
        let asked = subject.identity
        let stated = ServedUserSelection.servedUser(of: request, sessionCase: sessionCase)?.uri
        let served = stated ?? asked ?? "sip:user@ims.example"
        var subscription = subscription
        Self.include(served, subject, &subscription)
        model.provision(subscription)
        for peer in peers {
            model.provision(peer)
            for profile in peer.serviceProfiles {
                if let identity = profile.publicIdentities.first?.identity {
                    model.addContact(Self.contact(of: identity), of: identity)
                    break
                }
            }
        }
        request.headers.removeAll(.route)
        if request.method == .register {
            if subject.context.registrationType != .initial {
                let contact = (try? request.headers.address(.contact))?.uriText
                model.addContact(contact ?? Self.contact(of: served), of: served)
            }
        } else if subject.context.isRegistered {
            model.addContact(Self.contact(of: served), of: served)
        }
        let isOriginating = sessionCase != .terminatingRegistered && sessionCase != .terminatingUnregistered
        if isOriginating, request.method != .register {
            request.headers.prepend(.route, "<sip:orig@\(Self.address);lr>")
            let user = ServedUser(identity: served, sessionCase: sessionCase)
            request.headers.set(.pServedUser, user.headerValue(isRegistered: subject.context.isRegistered))
        } else {
            request.headers.prepend(.route, "<sip:\(Self.address);lr>")
        }
        servingCSCF = model
        self.request = request
        let name = (try? request.headers.address(.from))?.uri.user ?? "caller"
        caller = request.method == .register ? "UE" : name
    }

    /// Makes sure that the served user's profile is found by the identity that the message has.
    private static func include(_ served: String, _ subject: IFCSubject, _ subscription: inout IMSSubscription) {
        if let found = subscription.profile(for: served),
            subscription.serviceProfiles[found.index] == subject.profile
        {
            return
        }
        guard let index = subscription.serviceProfiles.firstIndex(of: subject.profile) else { return }
        subscription.serviceProfiles[index].publicIdentities.insert(PublicIdentity(identity: served), at: 0)
    }

    private static func contact(of identity: String) -> String {
        let user = (try? SIPURI(parsing: identity))?.user ?? "user"
        return "sip:\(user.filter { $0 != "!" })@ue.invalid"
    }
}
