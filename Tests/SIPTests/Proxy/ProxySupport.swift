import SIP
import Timing

/// What the proxy of the tests is.
enum Lab {
    static let loops = LoopDetector(key: Array(0..<32))
    static let configuration = ProxyConfiguration(
        names: [
            HostPort(host: "proxy.example.net"), HostPort(host: "192.0.2.1", port: 5_060),
            HostPort(host: "2001:db8::1"),
        ],
        recordRoutes: [
            .udp: HostPort(host: "proxy.example.net"), .tcp: HostPort(host: "proxy.example.net"),
        ],
        extensions: ["sec-agree"]
    )

    static func message(
        _ method: String = "INVITE",
        uri: String = "sip:bob@example.com",
        _ fields: String...
    ) throws -> SIPRequest {
        var lines = [
            "\(method) \(uri) SIP/2.0",
            "Via: SIP/2.0/UDP alice.example.org;branch=z9hG4bKa1",
            "Max-Forwards: 20",
            "From: \"A. Lice\" <sip:alice@example.org>;tag=1",
            "To: <sip:bob@example.com>",
            "Call-ID: c1@alice.example.org",
            "CSeq: 7 \(method)",
            "X-Kept:  as   it \t came",
        ]
        for field in fields {
            let name = field.prefix { $0 != ":" }
            lines.removeAll { $0.hasPrefix(name + ":") }
            if field.contains(": ") { lines.append(field) }
        }
        return try request(lines.joined(separator: "\n") + "\nContent-Length: 4\n\nbody")
    }

    static func admit(
        _ request: SIPRequest,
        on transport: TransportKind = .udp,
        _ configuration: ProxyConfiguration = Lab.configuration
    ) throws(ProxyRejection) -> ProxyRequest {
        try ProxyRequest(request, on: transport, configuration: configuration, loops: loops)
    }

    static func copy(
        _ request: SIPRequest,
        to target: ProxyTarget? = nil,
        on transport: TransportKind = .udp
    ) throws -> ProxyForward {
        let admitted = try admit(request, on: transport)
        return try admitted.forward(
            to: target ?? admitted.requestURITarget(),
            breadth: admitted.maxBreadth,
            routeToken: "tok",
            unique: "u",
            configuration: configuration,
            loops: loops
        )
    }

    static func target(_ uri: String, q: UInt16 = 1_000) throws -> ProxyTarget {
        ProxyTarget(uri: try SIPURI(parsing: uri), preference: q)
    }

    static func response(_ status: Int, _ fields: (HeaderName, String)...) throws -> SIPResponse {
        var response = SIPResponse(status: StatusCode(rawValue: status) ?? .ok)
        for (name, value) in fields { response.headers.append(name, value) }
        return response
    }
}

/// A context with a log of what it asks for.
struct ProxyBench {
    var context: ProxyContext
    var now = MonotonicTime.zero
    var forwards: [ProxyForward] = []
    private var out: [ProxyContext.Output] = []

    init(
        _ groups: [[String]],
        of request: SIPRequest? = nil,
        configuration: ProxyConfiguration = Lab.configuration
    ) throws {
        context = ProxyContext(
            request: try Lab.admit(request ?? Lab.message(), on: .udp, configuration),
            targets: ProxyTargetSet(groups: try groups.map { try $0.map { try Lab.target("sip:" + $0) } }),
            seed: "s",
            configuration: configuration,
            loops: Lab.loops
        )
    }

    /// The outputs in short: `forward n`, `cancel n`, `relay 180`, `respond 408`, `terminated`.
    private mutating func drain() -> [String] {
        defer { out.removeAll() }
        return out.map { output in
            switch output {
            case .forward(let id, let forward):
                forwards.append(forward)
                return "forward \(id.rawValue)"
            case .cancel(let id): return "cancel \(id.rawValue)"
            case .relay(let response): return "relay \(response.status)"
            case .respond(let status, _): return "respond \(status)"
            case .terminated: return "terminated"
            }
        }
    }

    mutating func start() -> [String] {
        context.start(at: now, into: &out)
        return drain()
    }

    mutating func receive(_ status: Int, on branch: Int) throws -> [String] {
        try receive(Lab.response(status), on: branch)
    }

    mutating func receive(_ response: SIPResponse, on branch: Int) -> [String] {
        context.receive(response, on: ProxyBranchID(rawValue: branch), at: now, into: &out)
        return drain()
    }

    /// The last response that was relayed, with what the outputs were.
    mutating func relayed(_ response: SIPResponse, on branch: Int) -> SIPResponse? {
        context.receive(response, on: ProxyBranchID(rawValue: branch), at: now, into: &out)
        defer { out.removeAll() }
        for case .relay(let response) in out { return response }
        return nil
    }

    mutating func fail(_ failure: TransactionFailure, on branch: Int) -> [String] {
        context.fail(ProxyBranchID(rawValue: branch), failure, at: now, into: &out)
        return drain()
    }

    mutating func cancel() -> [String] {
        context.cancel(at: now, into: &out)
        return drain()
    }

    mutating func wait(_ duration: Duration) -> [String] {
        now = now + duration
        context.handleTimeout(at: now, into: &out)
        return drain()
    }
}
