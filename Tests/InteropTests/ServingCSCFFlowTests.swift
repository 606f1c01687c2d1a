import ApplicationServer
import Operations
import ReferenceAS
import SIP
import Testing

extension Interoperation {
    /// The caller's dialog goes through the S-CSCF, which has recorded its route, and in some calls the target's does too.
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

        @Test("The target is called through it too, for the served user", arguments: CallFlow.ofBothDialogs)
        func twice(_ flow: CallFlow) async throws {
            try await flow.run(.servingCSCFTwice, addresses: try #require(ServingCSCF.addresses))
        }

        @Test("Somebody leaves while the target is called through it", arguments: FlowLeaving.ofTargetsDialog)
        func leftTwice(_ point: FlowLeaving) async throws {
            try await point.flow.run(
                .servingCSCFTwice, until: point.leaving, addresses: try #require(ServingCSCF.addresses))
        }

        /// Who ends a call that the server starts, and when.
        enum End: CaseIterable {
            case targetRefuses, targetHangsUp, operatorGivesUp, operatorHangsUp

            var leaving: CallFlow.Leaving {
                switch self {
                case .targetRefuses: .target(at: .target("sent 180"))
                case .targetHangsUp: .target(at: .server("first-audio"))
                case .operatorGivesUp: .init(party: .server, moment: .target("sent 180"))
                case .operatorHangsUp: .init(party: .server, moment: .server("first-audio"))
                }
            }

            var outcome: CallRecord.Outcome {
                switch self {
                case .targetRefuses: .rejected
                case .operatorGivesUp: .cancelled
                case .targetHangsUp, .operatorHangsUp: .answered
                }
            }
        }

        @Test("POST /api/calls: we call for a user of its", arguments: End.allCases)
        func started(_ end: End) async throws {
            let change = Change { configuration, addresses in
                FlowPath.servingCSCFTwice.setRoute(&configuration, addresses)
                configuration.services[0].assistant.onward.policy.starters = ["admin"]
            }
            try await TestSystem.run(addresses: try #require(ServingCSCF.addresses), configure: change) { lab in
                let journal = lab.records.journal
                let (host, port) = FlowPath.servingCSCFTwice.targetAddress(lab.addresses)
                let target = try FlowPhone(.target, at: host, port: port, FlowPhone.Conduct(), journal)
                journal.end(with: end.leaving)
                try await target.run {
                    let control = SystemCallControl(lab.system)
                    let body = #"{"service":"assistant","to":"queue"}"#
                    let answer = await control.startCall(Array(body.utf8), for: .writer)
                    #expect(answer.status == 202)
                    #expect(await journal.reaches(end.leaving.moment), "\(journal.lines)")
                    let invite = try #require(target.invite)
                    #expect(invite.headers.first(.pAssertedIdentity) == "<sip:bob@\(IMSLab.domain)>")
                    #expect(!invite.headers.contains(.pServedUser))
                    #expect(invite.headers.splitValues(.recordRoute).contains { $0.contains(IMSLab.address) })
                    if end.leaving.party == .target {
                        await target.hangUp()
                    } else {
                        for call in await lab.server.recordsUnderWay() {
                            #expect(await control.endCall(call.callID).status == 204)
                        }
                        journal.add(.server, "left")
                    }
                    #expect(await eventually { await target.isQuiet }, "\(journal.lines)")
                    #expect(try await lab.record().outcome == end.outcome, "\(journal.lines)")
                    await lab.expectIdle()
                }
            }
        }
    }
}

extension CallFlow {
    /// A call that is answered 503 is one for the S-CSCF's default handling, see ``Interoperation/KamailioTests``.
    fileprivate static let ofServingCSCF = (engines + transfers).filter { $0.outcome != .rejected }

    /// One that an engine begins, and each of the ways that call the target or name it.
    fileprivate static let ofBothDialogs = [sentOn, reinvite, glare, refer, attended, relay] + targetsThatFail
}

/// A flow that somebody leaves.
struct FlowLeaving: Sendable, CustomTestStringConvertible {
    let flow: CallFlow
    let leaving: CallFlow.Leaving

    var testDescription: String { "\(flow.name): \(leaving)" }

    private static func all(of flows: [CallFlow]) -> [FlowLeaving] {
        flows.flatMap { flow in flow.leavings.map { FlowLeaving(flow: flow, leaving: $0) } }
    }

    /// At moments of the caller's dialog, and before there is one.
    static let ofCallersDialog = all(of: CallFlow.ofServingCSCF).filter { point in
        point.leaving.moment.party == .caller || point.flow.isRouted
            || point.leaving.moment.event.hasPrefix("engine-ready")
    }

    /// At moments of the target's, and of the server's when it has one.
    static let ofTargetsDialog = all(of: CallFlow.ofBothDialogs).filter { $0.leaving.moment.party != .caller }
}
