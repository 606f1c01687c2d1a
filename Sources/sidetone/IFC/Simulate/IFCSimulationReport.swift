import IMS
import SIP
import Timing

/// What `ifc simulate --format json` prints.
struct IFCSimulationReport: Encodable {
    struct Visit: Encodable {
        let atMs: Int
        let serverName: String
        let priority: Int
        let method: String
        let requestURI: String
        let sessionCase: IFCNullable<String>
        let servedUser: IFCNullable<String>
        let route: [String]
        let defaultHandling: String
        let behaviour: String
        let body: IFCNullable<String>
    }

    struct Step: Encodable {
        let atMs: Int
        let from: String
        let to: IFCNullable<String>
        let text: String
    }

    struct Final: Encodable {
        let status: Int
        let reasonPhrase: String
        let atMs: Int
    }

    let identity: IFCNullable<String>
    let sessionCase: String
    let chain: [Visit]
    /// Where the request left the chain to: contacts of users, or Request-URIs that other networks serve.
    let deliveries: [String]
    let final: IFCNullable<Final>
    let cutShort: Bool
    let steps: [Step]

    init(_ simulation: IFCSimulation, _ subject: IFCSubject) {
        identity = IFCNullable(value: subject.identity)
        sessionCase = IFCSessionCase(subject.context.sessionCase).rawValue
        chain = simulation.visits.map { visit in
            let server = visit.criterion.applicationServer
            return Visit(
                atMs: Self.milliseconds(visit.at), serverName: server.serverName, priority: visit.criterion.priority,
                method: visit.request.method.rawValue, requestURI: visit.request.requestURI,
                sessionCase: IFCNullable(
                    value: visit.request.method == .register
                        ? nil : visit.sessionCase.map { IFCSessionCase($0).rawValue }),
                servedUser: IFCNullable(value: visit.request.headers.first(.pServedUser)),
                route: visit.request.headers.splitValues(.route),
                defaultHandling: server.defaultHandling == .sessionContinued ? "continued" : "terminated",
                behaviour: visit.outcome,
                body: IFCNullable(
                    value: visit.request.method == .register && !visit.request.body.isEmpty
                        ? String(decoding: visit.request.body, as: UTF8.self) : nil))
        }
        deliveries = simulation.deliveries
        final = IFCNullable(
            value: simulation.final.map {
                Final(
                    status: $0.response.status.rawValue, reasonPhrase: $0.response.reasonPhrase,
                    atMs: Self.milliseconds($0.at))
            })
        cutShort = simulation.isCutShort
        steps = simulation.steps.map {
            Step(atMs: Self.milliseconds($0.at), from: $0.from, to: IFCNullable(value: $0.to), text: $0.text)
        }
    }

    private static func milliseconds(_ time: MonotonicTime) -> Int { Int(time.nanoseconds / 1_000_000) }
}
