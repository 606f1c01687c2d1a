import ApplicationServer
import LocalEngine
import ReferenceAS
import SIP
import Testing

extension CallFlow {
    /// Each flow to its end, and once for each moment at which somebody leaves; some of these at the same time, each with a
    /// server of its own.
    static func runAll(_ flows: [CallFlow], sourceLocation: SourceLocation = #_sourceLocation) async throws {
        // Engines that recognise speech take the processor from one another, and from the calls.
        try await run(flows.filter { !$0.isSpokenIn }, atOnce: 4, sourceLocation)
        try await run(flows.filter(\.isSpokenIn), atOnce: 1, sourceLocation)
    }

    private var isSpokenIn: Bool { cues.contains { if case .say = $0 { true } else { false } } }

    private static func run(_ flows: [CallFlow], atOnce limit: Int, _ sourceLocation: SourceLocation) async throws {
        try await withThrowingTaskGroup(of: Void.self) { runs in
            for (index, run) in flows.flatMap(\.endings).enumerated() {
                if index >= limit { try await runs.next() }
                runs.addTask { try await run.flow.run(until: run.leaving, sourceLocation: sourceLocation) }
            }
            try await runs.waitForAll()
        }
    }

    private var endings: [(flow: CallFlow, leaving: Leaving?)] { [(self, nil)] + leavings.map { (self, $0) } }

    /// Plays the flow to its end, or until somebody leaves it, and checks that everybody has had what they are owed.
    /// The laboratory checks that the server is left with nothing.
    func run(
        _ path: FlowPath = .direct,
        until leaving: Leaving? = nil,
        addresses: Addresses = Addresses(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        switch stage {
        case .engines(let first, let second, let change):
            try await EnginePair.run(
                first, second, addresses: addresses,
                also: Change { configuration, addresses in
                    configuration.sip.setTimers(path.timers)
                    change(&configuration, addresses)
                    path.setRoute(&configuration, addresses)
                },
                sourceLocation: sourceLocation
            ) { _ in
            } _: { lab, _ in
                try await play(path, leaving, in: lab, sourceLocation)
            }
        case .bank(let delay):
            let bank = Bank(delay: delay)
            try await bank.serve { port in
                let change = Change { configuration, _ in
                    configuration.sip.setTimers(path.timers)
                    bank.offer(in: &configuration, at: port, timeout: .seconds(30))
                    configuration.services[0].assistant.greeting = nil
                }
                try await EnginePair.run(
                    .normal, .normal, dialogue: Bank.dialogue(), addresses: addresses, also: change,
                    sourceLocation: sourceLocation
                ) { _ in
                } _: { lab, _ in
                    try await play(path, leaving, in: lab, sourceLocation)
                }
            }
        case .transfer(let way, let change):
            var variation = TransferLab.changing { plan, addresses in
                plan.targets = [.init(path.transferRoute.target(path.targetURI(addresses)))]
                change(&plan)
            }
            variation.addresses = addresses
            variation.outbound = path.outbound
            // No target of a flow is silent, however busy the machine is.
            variation.silenceTime = .seconds(30)
            variation.timers = path.timers
            try await variation.run(way, sourceLocation: sourceLocation) { lab in
                try await play(path, leaving, in: lab, sourceLocation)
            }
        }
    }

    private func play(
        _ path: FlowPath,
        _ leaving: Leaving?,
        in lab: some Laboratory,
        _ sourceLocation: SourceLocation
    ) async throws {
        let run = try FlowRun(self, path, leaving, in: lab, sourceLocation)
        try await run.play()
        try await run.checkRecord(lab.records)
    }
}

extension FlowPath {
    fileprivate var servingCSCFURI: String { "sip:\(IMSLab.address):\(Addresses.sipPort)" }

    /// How calls of the server's own leave it, if some do.
    fileprivate var outbound: OutboundSettings? {
        guard transferRoute == .servingCSCF, let uri = try? SIPURI(parsing: servingCSCFURI) else { return nil }
        return OutboundSettings(
            servingCSCF: uri, servedUser: "sip:bob@\(IMSLab.domain)", network: IMSLab.domain)
    }

    /// The same, of a service with an engine.
    func setRoute(_ configuration: inout ASConfiguration, _ addresses: Addresses) {
        guard transferRoute == .servingCSCF else { return }
        configuration.outbound.servingCSCF = servingCSCFURI
        configuration.outbound.servedUser = "sip:bob@\(IMSLab.domain)"
        configuration.sip.domain = IMSLab.domain
        configuration.services[0].assistant.onward.transfer.route = transferRoute
        configuration.services[0].assistant.onward.transferTargets["queue"] = targetURI(addresses)
    }
}
