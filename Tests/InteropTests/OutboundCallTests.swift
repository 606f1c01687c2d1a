import ApplicationServer
import Foundation
import Operations
import ReferenceAS
import SIP
import Testing
import VoiceEngine

extension Interoperation {
    @Suite(
        "Calls that the server starts (TS 24.229 section 5.7.3)",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct OutboundCallTests {
        /// - Parameter t1: The transaction of an INVITE that nobody answers lives for 64·T1.
        static func change(t1: Duration = .milliseconds(500), servedUsers: [TargetRule] = []) -> Change {
            Change { configuration, addresses in
                configuration.outbound.servingCSCF = "sip:\(addresses.pbx):\(Addresses.pbxPort)"
                configuration.sip.timers.t1 = t1
                configuration.outbound.servedUser = "sip:bank@ims.example"
                configuration.services[0].assistant.onward.transferTargets = ["customer": "sip:carol@ims.example"]
                configuration.services[0].assistant.onward.policy.starters = ["admin"]
                configuration.services[0].assistant.onward.policy.servedUsers = servedUsers
            }
        }

        static func start(_ system: TestSystem, to target: String = "customer") async -> APIAnswer {
            let body = #"{"service":"assistant","to":"\#(target)"}"#
            return await SystemCallControl(system.system).startCall(Array(body.utf8), for: .writer)
        }

        /// The Call-ID in an answer of the API.
        private static func callID(_ answer: APIAnswer) throws -> String {
            var document = JSONDocument()
            try document.parse(answer.json.span)
            let callID = document.string("id", in: answer.json.span)
            return try #require(callID)
        }

        @Test("The target answers, the engine greets it, the operator hangs up")
        func answered() async throws {
            try await TestSystem.run(configure: Self.change()) { lab in
                let pbx = try await lab.pbx("uas-pbx")
                let answer = await Self.start(lab)
                #expect(answer.status == 202)
                let callID = try Self.callID(answer)
                let control = SystemCallControl(lab.system)
                let hasGreeted = await eventually {
                    await lab.system.server.recordUnderWay(of: callID)?.has("first-audio") == true
                }
                #expect(hasGreeted)
                let underWay = String(decoding: await control.listCalls(for: .writer).json, as: UTF8.self)
                #expect(underWay.contains(callID))
                #expect(await control.endCall(callID).status == 204)
                await pbx.expectSuccess()
                let record = try await lab.record()
                #expect(record.outcome == .answered)
                #expect(record.engines == ["local"])
                #expect(record.callee == "sip:carol@ims.example")
                #expect(record.caller == "sip:bank@ims.example")
                #expect(record.answerMilliseconds != nil)
                let invite = try #require(pbx.firstReceived("INVITE"))
                #expect(invite.contains("INVITE sip:carol@ims.example SIP/2.0"))
                #expect(invite.contains("Route: <sip:\(lab.addresses.pbx):\(Addresses.pbxPort);lr;orig>"))
                #expect(invite.contains("P-Asserted-Identity: <sip:bank@ims.example>"))
                #expect(invite.contains("P-Served-User: <sip:bank@ims.example>;sescase=orig"))
                let trace = String(decoding: await control.trace(of: callID, for: .writer).json, as: UTF8.self)
                for event in ["invite", "engine-ready", "200", "first-audio", "ended-by-operator", "media-released"] {
                    #expect(trace.contains(#""event":"\#(event)""#), "\(event) in \(trace)")
                }
                let seen = String(decoding: await control.trace(of: callID, for: .reader).json, as: UTF8.self)
                #expect(seen.contains(#""event":"first-audio""#))
                #expect(trace.contains("carol") && !seen.contains("carol") && !seen.contains("sip:bank@"))
                #expect(await control.endCall(callID).status == 404)
                await lab.expectIdle()
            }
        }

        @Test("The target is busy")
        func busy() async throws {
            try await TestSystem.run(configure: Self.change()) { lab in
                let pbx = try await lab.pbx("uas-pbx-busy")
                _ = try Self.callID(await Self.start(lab))
                await pbx.expectSuccess()
                let record = try await lab.record()
                #expect(record.outcome == .rejected)
                #expect(record.entries.contains { $0.event == "refused" && $0.detail.contains("486") })
                await lab.expectIdle()
            }
        }

        @Test("A call that rings is given up by the operator")
        func cancelled() async throws {
            try await TestSystem.run(configure: Self.change()) { lab in
                let pbx = try await lab.pbx("uas-pbx-ringing")
                let callID = try Self.callID(await Self.start(lab))
                let rings = await eventually {
                    await lab.system.server.recordUnderWay(of: callID)?.entries.contains { $0.event.hasPrefix("180") }
                        == true
                }
                #expect(rings)
                #expect(await SystemCallControl(lab.system).endCall(callID).status == 204)
                await pbx.expectSuccess()
                await lab.expectIdle()
            }
        }

        @Test("Nobody answers at all")
        func silent() async throws {
            try await TestSystem.run(configure: Self.change(t1: .milliseconds(50))) { lab in
                _ = try Self.callID(await Self.start(lab))
                let record = try await lab.record()
                #expect(record.outcome == .failed)
                await lab.expectIdle()
            }
        }

        @Test("Calls are made in the name of those who are allowed", arguments: [("pizza", 403), ("branch", 202)])
        func servedUser(user: String, status: Int) async throws {
            let branch = try #require(TargetRule("sip:branch@ims.example"))
            try await TestSystem.run(configure: Self.change(servedUsers: [branch])) { lab in
                let pbx = status == 202 ? try await lab.pbx("uas-pbx-busy") : nil
                let body = #"{"service":"assistant","to":"customer","from":"sip:\#(user)@ims.example"}"#
                let answer = await SystemCallControl(lab.system).startCall(Array(body.utf8), for: .writer)
                #expect(answer.status == status)
                guard let pbx else { return }
                await pbx.expectSuccess()
                let invite = try #require(pbx.firstReceived("INVITE"))
                #expect(invite.contains("P-Asserted-Identity: <sip:\(user)@ims.example>"))
                await lab.expectIdle()
            }
        }

        @Test(
            "What the policy does not allow is not dialled",
            arguments: [
                ("sip:premium@elsewhere.example", "admin", 403), ("+49900123456", "admin", 403),
                ("customer", "somebody", 403), ("nobody\r\nX: y", "admin", 403),
            ]
        )
        func refused(target: String, starter: String, status: Int) async throws {
            try await TestSystem.run(configure: Self.change()) { lab in
                let body = JSONWriter.object { json in
                    json.member("service", "assistant")
                    json.member("to", target)
                }
                let answer = await SystemCallControl(lab.system).startCall(
                    body, for: APIClient(name: starter, mayWrite: true))
                #expect(answer.status == status)
                #expect(await lab.system.server.statistics.callsStarted == 0)
                await lab.expectIdle()
            }
        }
    }
}
