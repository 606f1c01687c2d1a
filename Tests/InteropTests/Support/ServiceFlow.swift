import ApplicationServer
import ReferenceAS
import Testing

/// A call to a service of one kind, each side with its scenario.
struct ServiceFlow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let caller: String
    /// Scenarios of those whom the service calls, at the PBX's address, one port after another.
    var parties: [String] = []
    var outcome: CallRecord.Outcome
    /// Events that the record has.
    var events: [String] = []
    /// Pauses of the caller's scenario.
    var pause = Duration.milliseconds(200)
    /// How long the caller may send nothing.
    var inactivity = Duration.seconds(30)
    var settings: @Sendable (_ addresses: Addresses, _ folder: TemporaryFolder) throws -> ServiceSettings
    /// What the messages of the caller and of the parties have to say.
    var check: @Sendable (_ caller: SIPp, _ parties: [SIPp]) -> Void = { _, _ in }

    /// The same, with a look at those messages.
    func checking(_ check: @escaping @Sendable (_ caller: SIPp, _ parties: [SIPp]) -> Void) -> ServiceFlow {
        var flow = self
        flow.check = check
        return flow
    }

    /// Plays the flow; in the end nothing is left of the call: no leg, dialog, media session, port or task.
    func run(_ transport: SIPp.Transport = .udp) async throws {
        let folder = try TemporaryFolder()
        let addresses = Addresses()
        let service = ServiceDefinition(try settings(addresses, folder))
        try await TestSystem.run(service, addresses: addresses, inactivity: inactivity) { lab in
            // The first party may be the S-CSCF, to which the original dialog identifier leads.
            let odi = "<sip:iscmark@\(addresses.pbx):\(Addresses.pbxPort);lr;s=1;h=0;d=1;a=7369703a626f62>"
            let keys = ["pbx": addresses.pbx, "odi": odi]
            var listening: [SIPp] = []
            for (index, scenario) in parties.enumerated() {
                let port = Addresses.pbxPort + index * 10
                listening.append(
                    try await SIPp.listening(
                        scenario, at: addresses, transport: .udp, pause: .milliseconds(100), port: port, keys: keys))
            }
            let caller = try lab.caller(self.caller, transport, pause: pause, keys: keys)
            await caller.expectSuccess()
            for party in listening { await party.expectSuccess() }
            check(caller, listening)
            let record = try await lab.record()
            #expect(record.outcome == outcome)
            for event in events { #expect(record.has(event), "\(record.entries.map(\.event))") }
            await lab.expectIdle()
        }
    }

    /// The URI of a party, by its place.
    static func party(_ index: Int, _ addresses: Addresses) -> String {
        "sip:desk\(index)@\(addresses.pbx):\(Addresses.pbxPort + index * 10)"
    }
}

extension TestSystem {
    /// A server with one service, without an engine's conversation.
    static func run(
        _ service: ServiceDefinition,
        addresses: Addresses,
        inactivity: Duration = .seconds(30),
        _ body: (TestSystem) async throws -> Void
    ) async throws {
        var service = service
        service.name = "tested"
        try await run(
            addresses: addresses,
            configure: Change { configuration, _ in
                configuration.services = [service]
                configuration.media.inactivity = inactivity
                configuration.sip.timers.t1 = .milliseconds(50)
                configuration.sip.timers.t2 = .milliseconds(200)
                configuration.sip.timers.t4 = .milliseconds(200)
            },
            body
        )
    }
}
