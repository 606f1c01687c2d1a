import Testing

extension SIPp {
    /// A scenario that waits for calls at the PBX's address; its socket is bound when this returns.
    static func listening(
        _ scenario: String,
        script: Scenario? = nil,
        at addresses: Addresses,
        transport: Transport,
        pause: Duration,
        port: Int = Addresses.pbxPort,
        keys: [String: String] = [:],
        calls: Int = 1
    ) async throws -> SIPp {
        let peer = try SIPp(
            scenario,
            script: script,
            at: addresses.pbx,
            port: port,
            target: "\(addresses.server):\(Addresses.sipPort)",
            transport: transport,
            pause: pause,
            keys: keys,
            calls: calls
        )
        let isBound = await eventually {
            KernelSockets.isBound(transport, addresses.pbx, port) || !peer.isRunning
        }
        try #require(isBound && peer.isRunning, "\(scenario) does not listen")
        return peer
    }
}
