/// Something that SIPp can call and be called by, at addresses of its own.
protocol Reachable: Sendable {
    var addresses: Addresses { get }
}

extension TransferLab: Reachable {}
extension TestSystem: Reachable {}

extension Reachable {
    /// A caller, begun, of a scenario that was put together.
    func caller(
        _ scenario: Scenario,
        _ transport: SIPp.Transport = .udp,
        pause: Duration = .milliseconds(200)
    ) throws -> SIPp {
        try SIPp(
            "caller",
            script: scenario,
            at: addresses.caller,
            target: "\(addresses.server):\(Addresses.sipPort)",
            transport: transport,
            pause: pause
        )
    }

    /// A target, listening.
    func target(
        _ scenario: Scenario,
        _ transport: SIPp.Transport = .udp,
        pause: Duration = .milliseconds(200),
        port: Int = Addresses.pbxPort
    ) async throws -> SIPp {
        try await SIPp.listening(
            "target", script: scenario, at: addresses, transport: transport, pause: pause, port: port)
    }

    /// Both.
    func peers(
        _ caller: Scenario,
        _ target: Scenario,
        _ transport: SIPp.Transport = .udp,
        pause: Duration = .milliseconds(200)
    ) async throws -> (caller: SIPp, target: SIPp) {
        let answering = try await self.target(target, transport, pause: pause)
        return (try self.caller(caller, transport, pause: pause), answering)
    }
}
