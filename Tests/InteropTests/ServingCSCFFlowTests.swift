import Testing

extension Interoperation {
    /// The caller's dialog goes through the S-CSCF, which has recorded its route.
    @Suite(
        "Flows of a call through Kamailio",
        .enabled(
            if: IMSLab.isInstalled,
            "kamailio, its ims modules, SIPp or python3 is not installed (Scripts/setup.sh demo)"
        ),
        .servingCSCF
    )
    struct ServingCSCFFlowTests {
        @Test("To the end", arguments: CallFlow.ofServingCSCF)
        func whole(_ flow: CallFlow) async throws {
            try await flow.run(.servingCSCF, addresses: try #require(ServingCSCF.addresses))
        }

        @Test("Somebody leaves while a request goes through it", arguments: FlowLeaving.ofCallersDialog)
        func left(_ point: FlowLeaving) async throws {
            try await point.flow.run(
                .servingCSCF, until: point.leaving, addresses: try #require(ServingCSCF.addresses))
        }
    }
}

extension CallFlow {
    /// A call that is answered 503 is one for the S-CSCF's default handling, see ``Interoperation/KamailioTests``.
    fileprivate static let ofServingCSCF = (engines + transfers).filter { $0.outcome != .rejected }
}

/// A flow that somebody leaves.
struct FlowLeaving: Sendable, CustomTestStringConvertible {
    let flow: CallFlow
    let leaving: CallFlow.Leaving

    var testDescription: String { "\(flow.name): \(leaving)" }

    /// At moments of the caller's dialog, and before there is one.
    static let ofCallersDialog = CallFlow.ofServingCSCF.flatMap { flow in
        flow.leavings.filter {
            $0.moment.party == .caller || flow.isRouted || $0.moment.event.hasPrefix("engine-ready")
        }
        .map { FlowLeaving(flow: flow, leaving: $0) }
    }
}
