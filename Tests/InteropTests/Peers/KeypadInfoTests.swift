import ApplicationServer
import Testing

extension Interoperation {
    @Suite(
        "Keys by SIP INFO",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct KeypadInfoTests {
        @Test("Both bodies are read; a flash is no key; other bodies get 415, broken ones 400, Info-Packages 469")
        func received() async throws {
            try await AnsweringLab.run { lab in
                let caller = try lab.caller("uac-keys-by-info")
                await caller.expectSuccess()
                _ = try await lab.record()
                #expect(await eventually { lab.service.digits == "1*#5" })
                let refusals = caller.received.filter { !$0.hasPrefix("SIP/2.0 2") && !$0.hasPrefix("SIP/2.0 1") }
                #expect(
                    refusals.compactMap { $0.split(separator: "\n").first }.map(String.init) == [
                        "SIP/2.0 400 Bad Keypad Signal", "SIP/2.0 415 Unsupported Media Type",
                        "SIP/2.0 469 Bad Info Package",
                    ])
                #expect(refusals.dropFirst().first?.fields("Accept") == ["application/dtmf-relay, application/dtmf"])
                #expect(refusals.last?.fields("Recv-Info") == [""])
            }
        }

        @Test("A peer without telephone events is sent keys by INFO if that is configured")
        func sent() async throws {
            let change = AnsweringLab.Change { settings in
                settings.server.sendsDigitsByInfo = true
                settings.service.sends = "4#"
            }
            try await AnsweringLab.run(configure: change) { lab in
                let caller = try lab.caller("uac-keys-by-info-from-peer")
                await caller.expectSuccess()
                #expect(try await lab.record().outcome == .answered)
            }
        }
    }
}
