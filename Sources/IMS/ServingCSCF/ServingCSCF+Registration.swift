import SIP
import Timing

extension ServingCSCF {
    /// A REGISTER of a user: answers it, and tells the application servers whose criteria it meets (TS 24.229
    /// §5.4.1.2, §5.4.1.4, §5.4.1.7). Authentication is not modelled.
    mutating func register(
        _ request: SIPRequest, _ transaction: Transaction, _ now: MonotonicTime, _ out: inout [Output]
    ) throws(Refusal) {
        let identity: String
        do throws(SIPParseError) { identity = try request.headers.address(.to).uriText } catch {
            throw Refusal(.badRequest)
        }
        guard let found = find(identity) else { throw Refusal(.forbidden) }
        let wasRegistered = subscriptions[found.subscription].isRegistered
        let granted = try bind(request, found.subscription, now)
        let isRegistered = subscriptions[found.subscription].isRegistered
        var response = registerResponse(to: request, found.subscription, now)
        if granted == 0 { response.headers.set(.expires, "0") }
        transactions[transaction] = nil
        out.append(.respond(response, to: transaction))
        guard wasRegistered || isRegistered else { return }
        let type: RegistrationType = !wasRegistered ? .initial : isRegistered ? .reRegistration : .deRegistration
        if isRegistered { subscriptions[found.subscription].lastRegister = request }
        notifyServers(
            found.subscription, ThirdPartyEvent(identity: identity, type: type, expires: isRegistered ? granted : 0),
            register: request, carried: (request, response), except: nil, now, &out)
    }

    /// Takes the contacts in or out.
    ///
    /// - Returns: The granted expiry in seconds; 0 when contacts left.
    private mutating func bind(_ request: SIPRequest, _ index: Int, _ now: MonotonicTime) throws(Refusal) -> Int {
        let longest = Int(configuration.longestRegistration.components.seconds)
        let stated = request.headers.first(.expires).flatMap { Int($0) }
        if request.headers.splitValues(.contact) == ["*"] {
            guard stated == 0 else { throw Refusal(.badRequest) }
            subscriptions[index].contacts = []
            return 0
        }
        let contacts: [NameAddress]
        do throws(SIPParseError) { contacts = try request.headers.addresses(.contact) } catch {
            throw Refusal(.badRequest)
        }
        guard !contacts.isEmpty else { return longest }  // A query.
        var granted = 0
        for contact in contacts {
            let wanted = contact.parameters["expires"].flatMap { Int($0) } ?? stated ?? longest
            let seconds = min(max(wanted, 0), longest)
            subscriptions[index].contacts.removeAll {
                (try? SIPURI(parsing: $0.uri))?.namesSameResource(as: contact.uri) ?? false
            }
            if seconds > 0 {
                subscriptions[index].contacts.append(.init(uri: contact.uriText, expiry: now + .seconds(seconds)))
            }
            granted = max(granted, seconds)
        }
        return granted
    }

    private mutating func registerResponse(
        to request: SIPRequest, _ index: Int, _ now: MonotonicTime
    ) -> SIPResponse {
        var response = SIPResponse(.ok, to: request, toTag: identifier("t"))
        for contact in subscriptions[index].contacts {
            let left = now.duration(to: contact.expiry).components.seconds
            response.headers.append(.contact, "<\(contact.uri)>;expires=\(left)")
        }
        response.headers.copy(.path, from: request.headers)
        var route = configuration.uri
        route.user = "orig"
        route.parameters.set("lr", nil)
        response.headers.append(.serviceRoute, "<\(route)>")
        let identities = subscriptions[index].subscription.serviceProfiles.flatMap(\.publicIdentities)
        let associated = identities.filter { !$0.isBarred && $0.type == .publicUserIdentity }
        if !associated.isEmpty {
            response.headers.append(
                .pAssociatedURI, associated.map { "<\($0.identity)>" }.joined(separator: ", "))
        }
        return response
    }

    // MARK: Third-party registration

    struct ThirdPartyEvent {
        let identity: String
        let type: RegistrationType
        let expires: Int
    }

    /// Sends a third-party REGISTER for each criterion that the registration meets, all at once: they are no chain.
    private mutating func notifyServers(
        _ index: Int, _ event: ThirdPartyEvent, register: SIPRequest, carried: (SIPRequest, SIPResponse)?,
        except failed: InitialFilterCriteria?, _ now: MonotonicTime, _ out: inout [Output]
    ) {
        let context = EvaluationContext(
            sessionCase: .originating, registrationType: event.type, isRegistered: true)
        for (position, profile) in subscriptions[index].profiles.enumerated() {
            guard let identity = subscriptions[index].identity(of: position, registered: event.identity) else {
                continue
            }
            for criterion in profile.matches(register, in: context) where criterion != failed {
                let request = thirdPartyRegister(criterion, identity, event, register, carried)
                let branch = nextBranch()
                var open = OpenBranch(request: request)
                open.criterion = criterion
                open.registration = index
                let handling = criterion.applicationServer.defaultHandling
                open.deadline = now + configuration.defaultHandling.timeout(for: handling)
                branches[branch] = open
                out.append(.send(request, to: .applicationServer(criterion), branch))
            }
        }
    }

    /// TS 24.229 §5.4.1.7.
    private mutating func thirdPartyRegister(
        _ criterion: InitialFilterCriteria, _ identity: String, _ event: ThirdPartyEvent, _ register: SIPRequest,
        _ carried: (request: SIPRequest, response: SIPResponse)?
    ) -> SIPRequest {
        let server = criterion.applicationServer
        var request = SIPRequest(method: .register, requestURI: server.serverName)
        request.headers.append(.maxForwards, "70")
        request.headers.append(.from, "<\(configuration.uri)>;tag=\(identifier("t"))")
        request.headers.append(.to, "<\(identity)>")
        request.headers.append(.callID, identifier("r"))
        request.headers.append(.cSeq, "1 REGISTER")
        request.headers.append(.contact, "<\(configuration.uri)>")
        request.headers.append(.expires, String(event.expires))
        for name in [HeaderName.pAccessNetworkInfo, .pVisitedNetworkID] where carried != nil {
            request.headers.copy(name, from: register.headers)
        }
        request.headers.copy(.pChargingVector, from: register.headers)
        setChargingVector(&request, originatingNetwork: PChargingVector.type3(configuration.networkIdentifier))
        let content = RegistrationBody(
            serviceInfo: server.serviceInfo,
            request: server.includesRegisterRequest ? carried?.request : nil,
            response: server.includesRegisterResponse ? carried?.response : nil
        ).content(boundary: identifier("b"))
        if let content {
            request.headers.append(.contentType, content.type)
            request.body = content.body
        }
        return request
    }

    // MARK: The end of a registration

    mutating func expireRegistrations(_ now: MonotonicTime, _ out: inout [Output]) {
        for index in subscriptions.indices where subscriptions[index].contacts.contains(where: { $0.expiry <= now }) {
            subscriptions[index].contacts.removeAll { $0.expiry <= now }
            if !subscriptions[index].isRegistered { endRegistration(index, except: nil, now, &out) }
        }
    }

    /// TS 24.229 §5.4.1.7: SESSION_TERMINATED has the network end the registration (§5.4.1.5).
    mutating func registrationFailed(
        _ index: Int, _ criterion: InitialFilterCriteria?, _ failure: Failure, _ now: MonotonicTime,
        _ out: inout [Output]
    ) {
        guard let criterion else { return }
        out.append(.decided(.defaultHandling(criterion, failure)))
        guard criterion.applicationServer.defaultHandling == .sessionTerminated, subscriptions[index].isRegistered
        else {
            return
        }
        subscriptions[index].contacts = []
        endRegistration(index, except: criterion, now, &out)
    }

    private mutating func endRegistration(
        _ index: Int, except failed: InitialFilterCriteria?, _ now: MonotonicTime, _ out: inout [Output]
    ) {
        guard let register = subscriptions[index].lastRegister, let to = try? register.headers.address(.to) else {
            return
        }
        out.append(.decided(.registrationEnded(identity: to.uriText)))
        notifyServers(
            index, ThirdPartyEvent(identity: to.uriText, type: .deRegistration, expires: 0), register: register,
            carried: nil, except: failed, now, &out)
    }
}
