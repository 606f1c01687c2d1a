import ReferenceAS
import Testing

extension TestSystem {
    /// A server whose engine refuses, so that every call goes to the PBX, which is reached by `transport`.
    static func runRouted(
        _ transport: SIPp.Transport = .udp,
        t1: Duration = .milliseconds(500),
        _ body: (TestSystem) async throws -> Void
    ) async throws {
        let route = Change { configuration, addresses in
            configuration.sip.timers.t1 = t1
            let suffix = transport == .tcp ? ";transport=tcp" : ""
            configuration.fallback["pbx"]?.uri = "sip:\(addresses.pbx):\(Addresses.pbxPort)\(suffix)"
        }
        try await run(engine: .refuse(status: 503), configure: route, body)
    }
}
