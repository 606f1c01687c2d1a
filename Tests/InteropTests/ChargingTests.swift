import ApplicationServer
import SIP
import Testing

extension Interoperation {
    @Suite(
        "Charging correlation (TS 24.229 section 5.7)",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct ChargingTests {
        @Test("Requests of the server's own carry the identifier of the call, and no network's that is not its own")
        func ownRequests() async throws {
            try await TransferLab.run(.refer) { lab in
                let caller = try lab.caller("uac-refer-declined")
                #expect(await lab.service.result() == "refused(603)")
                await lab.expectCallerKept()
                await caller.expectSuccess()
                for method in ["REFER", "BYE"] {
                    let request = try #require(caller.firstReceived(method))
                    let fields = request.matches(of: /\nP-Charging-Vector: (.*)\n/).map { String($0.1) }
                    #expect(fields.count == 1)
                    let vector = try PChargingVector(parsing: fields.first ?? "", field: .pChargingVector)
                    #expect(vector.chargingID.hasPrefix("icid-"))
                    #expect(vector.originatingNetwork == nil)
                }
            }
        }

        @Test("A server that knows its network names it: type 3 term-ioi in answers, orig-ioi in requests")
        func network() async throws {
            var variation = TransferLab.Variation()
            variation.outbound = OutboundSettings(
                servingCSCF: try SIPURI(parsing: "sip:127.0.0.1"), servedUser: "sip:bank@ims.example",
                network: "bank.example")
            try await variation.run(.reinvite) { lab in
                let peers = try await lab.play(
                    "uac-call-peer-hangs-up", to: "uas-pbx-busy", result: "refused(486)")
                let answer = try #require(peers.caller.firstReceived("SIP/2.0 200"))
                #expect(answer.contains("term-ioi=\"Type 3bank.example\""))
                let bye = try #require(peers.caller.firstReceived("BYE"))
                #expect(bye.contains("orig-ioi=\"Type 3bank.example\"") && !bye.contains("term-ioi"))
            }
        }

        /// The S-CSCF gets it back, and is told the same in the answers.
        @Test("So it does in a call that goes back to the S-CSCF")
        func networkOfResumedCall() async throws {
            let change = Change { configuration, addresses in
                configuration.fallback["pbx"]?.mode = .resume
                configuration.outbound.servingCSCF = "sip:\(addresses.pbx)"
                configuration.outbound.servedUser = "sip:bank@ims.example"
                configuration.sip.domain = "bank.example"
            }
            try await TestSystem.run(engine: .refuse(status: 503), configure: change) { lab in
                let odi = "<sip:iscmark@\(lab.addresses.pbx):\(Addresses.pbxPort);lr;s=1>"
                let servingCSCF = try await SIPp.listening(
                    "uas-scscf", at: lab.addresses, transport: .udp, pause: .zero, keys: ["odi": odi])
                let caller = try lab.caller("uac-isc-odi", keys: ["odi": odi])
                await caller.expectSuccess()
                await servingCSCF.expectSuccess()
                let asked = try Self.vector(try #require(caller.sent.first))
                let invite = try Self.vector(try #require(servingCSCF.firstReceived("INVITE")))
                #expect(invite.chargingID == asked.chargingID)
                #expect(invite.originatingNetwork == "Type 3bank.example" && invite.terminatingNetwork == nil)
                for status in [180, 200] {
                    let answer = try Self.vector(try #require(caller.firstReceived("SIP/2.0 \(status)")))
                    #expect(answer.chargingID == asked.chargingID)
                    #expect(answer.originatingNetwork == asked.originatingNetwork)
                    #expect(answer.terminatingNetwork == "Type 3bank.example")
                }
            }
        }

        private static func vector(_ message: String) throws -> PChargingVector {
            try PChargingVector(parsing: message.fields("P-Charging-Vector").joined(), field: .pChargingVector)
        }
    }
}
