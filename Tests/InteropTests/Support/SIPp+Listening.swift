import Testing

extension SIPp {
    /// A scenario that waits for calls at the PBX's address; its socket is bound when this returns.
    static func listening(
        _ scenario: String,
        at addresses: Addresses,
        transport: Transport,
        pause: Duration
    ) async throws -> SIPp {
        let peer = try SIPp(
            scenario,
            at: addresses.pbx,
            port: Addresses.pbxPort,
            target: "\(addresses.server):\(Addresses.sipPort)",
            transport: transport,
            pause: pause
        )
        let isBound = await eventually {
            KernelSockets.isBound(transport, addresses.pbx, Addresses.pbxPort) || !peer.isRunning
        }
        try #require(isBound && peer.isRunning, "\(scenario) does not listen")
        return peer
    }
}
