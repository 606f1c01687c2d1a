import SIP
import Timing

extension ServingCSCF {
    /// Methods that make a dialog, in which the S-CSCF stays (TS 24.229 §5.4.3.2).
    private static let dialogMethods: Set<SIPMethod> = [.invite, .subscribe, .refer]

    /// Writes what the hop needs into a request and sends it.
    ///
    /// - Parameter chain: Where the chain goes on after an application server; `nil` once it has left the chain.
    mutating func send(
        _ request: SIPRequest, to hop: Hop, _ chain: ServedChain?, upstream: Transaction, _ now: MonotonicTime,
        _ out: inout [Output]
    ) {
        let branch = nextBranch()
        var open = OpenBranch(upstream: upstream, chain: chain, request: request)
        var outgoing = request
        let isInDialog = (try? request.headers.address(.to))?.tag != nil
        switch hop {
        case .applicationServer(let criterion):
            guard let chain else { return }
            open.criterion = criterion
            let handling = criterion.applicationServer.defaultHandling
            open.deadline = now + configuration.defaultHandling.timeout(for: handling)
            let key = identifier("odi_")
            originalDialogs[key] = OriginalDialog(
                branch: branch, chain: chain, criterion: criterion, requestURI: request.requestURI,
                expiry: now + configuration.originalDialogLifetime)
            originalDialogOrder.append(key)
            addressServer(&outgoing, criterion.applicationServer, chain, key)
        case .userAgent(let contact):
            outgoing.headers.removeAll(.pServedUser)
            outgoing.headers.set(.pCalledPartyID, "<\(request.requestURI)>")
            outgoing.requestURI = contact
        case .network:
            outgoing.headers.removeAll(.pServedUser)
            if !isInDialog { setChargingVector(&outgoing, originatingNetwork: configuration.networkIdentifier) }
        }
        if !isInDialog, Self.dialogMethods.contains(request.method) {
            var own = configuration.uri
            own.parameters.set("lr", nil)
            outgoing.headers.insertBeforeFirst(.recordRoute, "<\(own)>")
        }
        branches[branch] = open
        out.append(.send(outgoing, to: hop, branch))
    }

    /// Route, P-Served-User and P-Charging-Vector for an application server (TS 24.229 §5.4.3.2, step 4).
    private mutating func addressServer(
        _ request: inout SIPRequest, _ server: InitialFilterCriteria.ApplicationServer, _ chain: ServedChain,
        _ originalDialog: String
    ) {
        var own = configuration.uri
        own.user = originalDialog
        own.parameters.set("lr", nil)
        request.headers.insertBeforeFirst(.route, "<\(Self.looseRoute(server.serverName))>, <\(own)>")
        request.headers.set(
            .pServedUser,
            ServedUser(identity: chain.identity, sessionCase: chain.sessionCase).headerValue(
                isRegistered: chain.isRegistered))
        setChargingVector(&request, originatingNetwork: PChargingVector.type3(configuration.networkIdentifier))
    }

    /// Keeps the icid and names this network; makes a vector when none came (TS 24.229 §5.4.3.2, RFC 7315 §4.6).
    mutating func setChargingVector(_ request: inout SIPRequest, originatingNetwork: String) {
        var vector = (try? request.headers.pChargingVector()) ?? PChargingVector(chargingID: identifier("icid"))
        vector.originatingNetwork = originatingNetwork
        vector.terminatingNetwork = nil
        request.headers.set(.pChargingVector, vector)
    }

    /// The URI of a server as a Route entry wants it.
    static func looseRoute(_ serverName: String) -> String {
        guard var uri = try? SIPURI(parsing: serverName) else { return serverName }
        if !uri.isLooseRouter { uri.parameters.set("lr", nil) }
        return uri.description
    }
}
