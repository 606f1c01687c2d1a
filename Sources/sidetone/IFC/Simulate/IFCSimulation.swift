import IMS
import SIP
import Timing

/// Runs a request through the model of the S-CSCF, playing everybody else.
struct IFCSimulation {
    /// One message or remark of the ladder.
    struct Step {
        let at: MonotonicTime
        let from: String
        /// `nil`: a remark of `from`.
        let to: String?
        let text: String
    }

    /// A visit of an application server.
    struct Visit {
        let at: MonotonicTime
        let request: SIPRequest
        let sessionCase: SessionCase?
        let criterion: InitialFilterCriteria
        var outcome: String
    }

    static let servingCSCF = "S-CSCF"
    /// Later than any default handling, and earlier than a registration expires.
    private static let horizon = MonotonicTime.zero + .seconds(500)
    /// Behaviours can send a request around for ever.
    private static let mostMessages = 400

    private(set) var steps: [Step] = []
    private(set) var visits: [Visit] = []
    private(set) var final: (response: SIPResponse, at: MonotonicTime)?
    private(set) var deliveries: [String] = []
    private(set) var isCutShort = false
    let caller: String

    private enum Origin {
        case caller
        /// An application server that handed the request back, and whether it passes on what comes of it.
        case server(String, ServingCSCF.Branch, isRelaying: Bool)
    }

    private struct Work {
        let at: MonotonicTime
        let branch: ServingCSCF.Branch
        let node: String
        let request: SIPRequest
        var steps: ArraySlice<IFCServerBehaviour.Step>
        let visit: Int?
    }

    private var model: ServingCSCF
    private let request: SIPRequest
    private let behaviours: [IFCServerBehaviour]
    private let callee: IFCServerBehaviour
    private var now = MonotonicTime.zero
    private var queue: [Work] = []
    private var origins: [ServingCSCF.Transaction: Origin] = [:]
    private var nodes: [ServingCSCF.Branch: String] = [:]
    private var sessionCase: SessionCase?
    /// Branches with a provisional response.
    private var ringing: Set<ServingCSCF.Branch> = []

    init(setup: IFCSimulationSetup, behaviours: [IFCServerBehaviour], callee: IFCServerBehaviour) {
        model = setup.servingCSCF
        request = setup.request
        caller = setup.caller
        self.behaviours = behaviours
        self.callee = callee
    }

    mutating func run() {
        receive(request, from: .caller, node: caller)
        while !isCutShort {
            let next = queue.indices.min { queue[$0].at < queue[$1].at }
            let timeout = model.nextTimeout
            if let next, timeout.map({ queue[next].at <= $0 }) ?? true {
                var work = queue.remove(at: next)
                now = work.at
                act(&work)
            } else if let timeout, timeout <= Self.horizon {
                now = timeout
                var out: [ServingCSCF.Output] = []
                model.handleTimeout(at: now, into: &out)
                perform(out)
            } else {
                break
            }
        }
    }

    // MARK: What the others do

    private mutating func act(_ work: inout Work) {
        guard let step = work.steps.popFirst() else { return }
        switch step {
        case .silent:
            return
        case .wait(let duration):
            queue.append(
                Work(
                    at: now + duration, branch: work.branch, node: work.node, request: work.request,
                    steps: work.steps, visit: work.visit))
            return
        case .status(let status):
            respond(SIPResponse(status, to: work.request, toTag: "peer"), work)
            if status.isFinal { return }
        case .redirect(let uri):
            var response = SIPResponse(.movedTemporarily, to: work.request, toTag: "peer")
            response.headers.append(.contact, "<\(uri)>")
            respond(response, work)
            return
        case .handBack: sendBack(work)
        case .retarget(let uri): sendBack(work, requestURI: uri)
        case .dropOriginalDialog: sendBack(work, keepsOriginalDialog: false)
        }
        if !work.steps.isEmpty { queue.append(work) }
    }

    private mutating func respond(_ response: SIPResponse, _ work: Work) {
        steps.append(Step(at: now, from: work.node, to: Self.servingCSCF, text: Self.text(response)))
        if !response.status.isFinal { ringing.insert(work.branch) }
        var out: [ServingCSCF.Output] = []
        model.receive(response, on: work.branch, at: now, into: &out)
        perform(out)
    }

    /// A server that is a proxy: its own Route off, the rest as it came.
    private mutating func sendBack(_ work: Work, requestURI: String? = nil, keepsOriginalDialog: Bool = true) {
        var request = work.request
        var routes = request.headers.splitValues(.route).dropFirst()
        request.headers.removeAll(.route)
        if !keepsOriginalDialog { routes = ["<sip:\(IFCSimulationSetup.address);lr>"] }
        for route in routes.reversed() { request.headers.prepend(.route, route) }
        if let requestURI {
            HistoryInfo.retarget(&request.headers, from: request.requestURI, to: requestURI, cause: 302)
            request.requestURI = requestURI
        }
        if request.method == .invite {
            // The 100 of a proxy (RFC 3261 §16.2) is not worth a line.
            var out: [ServingCSCF.Output] = []
            model.receive(SIPResponse(.trying, to: work.request), on: work.branch, at: now, into: &out)
            perform(out)
        }
        receive(
            request, from: .server(work.node, work.branch, isRelaying: work.steps.isEmpty), node: work.node)
    }

    // MARK: The S-CSCF

    private mutating func receive(_ request: SIPRequest, from origin: Origin, node: String) {
        let transaction = ServingCSCF.Transaction(rawValue: origins.count + 1)
        origins[transaction] = origin
        steps.append(
            Step(
                at: now, from: node, to: Self.servingCSCF, text: "\(request.method.rawValue) \(request.requestURI)"))
        if steps.count > Self.mostMessages {
            isCutShort = true
            return
        }
        var out: [ServingCSCF.Output] = []
        model.receive(request, as: transaction, at: now, into: &out)
        perform(out)
    }

    private mutating func perform(_ outputs: [ServingCSCF.Output]) {
        for output in outputs {
            switch output {
            case .decided(let decision): note(decision)
            case .cancel(let branch):
                // RFC 3261 §9.1: only what has been answered provisionally is cancelled.
                if let node = nodes[branch], request.method == .invite, ringing.contains(branch) {
                    steps.append(Step(at: now, from: Self.servingCSCF, to: node, text: "CANCEL"))
                }
                queue.removeAll { $0.branch == branch }
            case .send(let request, let hop, let branch): send(request, hop, branch)
            case .respond(let response, let transaction): respond(response, to: transaction)
            }
        }
    }

    private mutating func send(_ request: SIPRequest, _ hop: ServingCSCF.Hop, _ branch: ServingCSCF.Branch) {
        let node: String
        var behaviour = callee
        var visit: Int?
        var text = "\(request.method.rawValue) \(request.requestURI)"
        switch hop {
        case .applicationServer(let criterion):
            node = criterion.applicationServer.serverName
            behaviour =
                behaviours.first { $0.server == node } ?? behaviours.first { $0.names(node) }
                ?? behaviours.last { $0.server == nil }
                ?? (request.method == .register ? IFCServerBehaviour(server: nil, steps: [.status(.ok)]) : .handBack)
            if request.method == .register { text += ", Expires: \(request.headers.first(.expires) ?? "")" }
            visit = visits.count
            visits.append(
                Visit(
                    at: now, request: request, sessionCase: sessionCase, criterion: criterion, outcome: behaviour.text))
        case .userAgent(let contact):
            node = contact
            deliveries.append(contact)
        case .network:
            node = "network"
            deliveries.append(request.requestURI)
        }
        nodes[branch] = node
        steps.append(Step(at: now, from: Self.servingCSCF, to: node, text: text))
        queue.append(
            Work(at: now, branch: branch, node: node, request: request, steps: behaviour.steps[...], visit: visit))
    }

    private mutating func respond(_ response: SIPResponse, to transaction: ServingCSCF.Transaction) {
        switch origins[transaction] {
        case .caller:
            steps.append(Step(at: now, from: Self.servingCSCF, to: caller, text: Self.text(response)))
            if response.status.isFinal, final == nil { final = (response, now) }
        case .server(let node, let branch, let isRelaying):
            steps.append(Step(at: now, from: Self.servingCSCF, to: node, text: Self.text(response)))
            guard isRelaying else { return }
            steps.append(Step(at: now, from: node, to: Self.servingCSCF, text: Self.text(response)))
            if !response.status.isFinal { ringing.insert(branch) }
            var out: [ServingCSCF.Output] = []
            model.receive(response, on: branch, at: now, into: &out)
            perform(out)
        case nil: break
        }
    }

    private mutating func note(_ decision: ServingCSCF.Decision) {
        if case .chainBegan(_, let began) = decision { sessionCase = began }
        steps.append(Step(at: now, from: Self.servingCSCF, to: nil, text: decision.text))
    }

    private static func text(_ response: SIPResponse) -> String { "\(response.status) \(response.reasonPhrase)" }
}

extension ServingCSCF.Decision {
    /// One clause for people.
    var text: String {
        switch self {
        case .chainBegan(let user, let sessionCase): "\(sessionCase) for \(user)"
        case .handedBack(let criterion): "back from priority \(criterion.priority)"
        case .retargeted(_, let to): "retargeted to \(to): the terminating chain ends"
        case .chainEnded(let sessionCase): "no criterion left (\(sessionCase))"
        case .defaultHandling(let criterion, let failure):
            "\(failure.text): "
                + (criterion.applicationServer.defaultHandling == .sessionContinued
                    ? "SESSION_CONTINUED" : "SESSION_TERMINATED")
        case .registrationEnded(let identity): "registration of \(identity) ended"
        }
    }
}

extension ServingCSCF.Failure {
    var text: String {
        switch self {
        case .response(let status): "\(status)"
        case .silence: "silence"
        case .unreachable: "unreachable"
        }
    }
}
