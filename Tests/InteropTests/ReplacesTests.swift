import ApplicationServer
import Foundation
import ReferenceAS
import SIP
import Testing

extension Interoperation {
    @Suite(
        "INVITE with Replaces (RFC 3891)",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct ReplacesTests {
        /// Where the party who replaces another calls from.
        private static let newPort = 5_082

        @Test("The caller of an answered call is replaced", arguments: SIPp.Transport.allCases)
        func answered(_ transport: SIPp.Transport) async throws {
            try await TestSystem.run { lab in
                let caller = try lab.caller("uac-call-peer-hangs-up", transport)
                let replaces = try await Self.dialog(of: caller)
                let new = try lab.caller("uac-replaces", transport, port: Self.newPort, keys: ["replaces": replaces])
                await new.expectSuccess()
                await caller.expectSuccess()
                let bye = try #require(caller.firstReceived("BYE"))
                #expect(bye.fields("Reason") == ["SIP;cause=200;text=\"Replaced\""])
                let record = try await lab.record()
                #expect(record.outcome == .answered)
                #expect(record.has("replaced"))
                await lab.expectIdle()
            }
        }

        @Test(
            "The caller of a routed call is replaced; the callee hears of one session",
            arguments: SIPp.Transport.allCases)
        func routed(_ transport: SIPp.Transport) async throws {
            try await TestSystem.runRouted(transport) { lab in
                let pbx = try await lab.pbx("uas-pbx-peer-moves", transport, pause: .milliseconds(100))
                let caller = try lab.caller("uac-call-peer-hangs-up", transport)
                let replaces = try await Self.dialog(of: caller)
                let new = try lab.caller("uac-replaces", transport, port: Self.newPort, keys: ["replaces": replaces])
                await new.expectSuccess()
                await caller.expectSuccess()
                await pbx.expectSuccess()
                let offers = pbx.received.filter { $0.hasPrefix("INVITE") }
                #expect(offers.map { $0.line("o=") } == ["o=alice 3927514021 1 ", "o=alice 3927514021 2 "])
                #expect(offers.last?.fields("Replaces") == [])
                #expect(try await lab.record().has("replaced"))
                await lab.expectIdle()
            }
        }

        @Test(
            "The callee of a routed call is replaced; the caller hears of one session",
            arguments: SIPp.Transport.allCases)
        func callee(_ transport: SIPp.Transport) async throws {
            try await TestSystem.runRouted(transport) { lab in
                let pbx = try await lab.pbx("uas-pbx", transport, pause: .milliseconds(100))
                let caller = try lab.caller("uac-callee-replaced", transport)
                let replaces = try await Self.dialog(of: caller, towards: pbx)
                let new = try lab.caller("uac-replaces", transport, port: Self.newPort, keys: ["replaces": replaces])
                await new.expectSuccess()
                await caller.expectSuccess()
                await pbx.expectSuccess()
                let bye = try #require(pbx.firstReceived("BYE"))
                #expect(bye.fields("Reason") == ["SIP;cause=200;text=\"Replaced\""])
                let answer = try #require(caller.received.first { $0.hasPrefix("SIP/2.0 200") })
                let offer = try #require(caller.firstReceived("INVITE"))
                #expect(answer.line("o=") == "o=pbx 2890844526 1 ")
                #expect(offer.line("o=") == "o=pbx 2890844526 2 ")
                #expect(offer.fields("Replaces") == [])
                #expect(offer.fields("Require") == [])
                #expect(try await lab.record().details("replaced") == ["the other party"])
                await lab.expectIdle()
            }
        }

        @Test(
            "The caller refuses what the callee's replacement offers: the call goes on",
            arguments: SIPp.Transport.allCases)
        func calleeStays(_ transport: SIPp.Transport) async throws {
            try await TestSystem.runRouted(transport) { lab in
                let pbx = try await lab.pbx("uas-pbx", transport, pause: .milliseconds(100))
                let caller = try lab.caller("uac-move-refused-then-hangs-up", transport, pause: .milliseconds(500))
                let replaces = try await Self.dialog(of: caller, towards: pbx)
                let new = try lab.caller(
                    "uac-replaces-refused", transport, port: Self.newPort, keys: ["replaces": replaces])
                await new.expectSuccess()
                #expect(new.received.last { !$0.contains(" 100 ") }?.statusCode == "488")
                await caller.expectSuccess()
                await pbx.expectSuccess()
                #expect(pbx.firstReceived("BYE")?.fields("Reason") == [])
                let record = try await lab.record()
                #expect(record.has("replaces-refused"))
                #expect(!record.has("replaced"))
                await lab.expectIdle()
            }
        }

        @Test("A replacement is given up when the caller has taken it already: the caller is led back to the callee")
        func crossed() async throws {
            try await TestSystem.runRouted(.udp) { lab in
                let pbx = try await lab.pbx("uas-pbx", pause: .milliseconds(100))
                let caller = try lab.caller("uac-callee-not-replaced-late")
                let replaces = try await Self.dialog(of: caller, towards: pbx)
                let new = try lab.caller(
                    "uac-replaces-cancelled", pause: .seconds(2), port: Self.newPort, keys: ["replaces": replaces])
                await new.expectSuccess()
                await caller.expectSuccess()
                await pbx.expectSuccess()
                let ports = caller.received.filter { $0.hasPrefix("INVITE") || $0.hasPrefix("SIP/2.0 200") }
                    .compactMap { $0.firstMatch(of: #/\nm=audio ([0-9]+) /#).map { String($0.1) } }
                #expect(ports.count == 3)
                #expect(ports.first == ports.last && ports[1] == "7002", "\(ports)")
                #expect(try await lab.record().has("replaces-cancelled"))
                await lab.expectIdle()
            }
        }

        @Test("No dialog: 481; two Replaces: 400; early-only, but confirmed: 486; ended: 603")
        func refused() async throws {
            try await TestSystem.run { lab in
                func status(_ replaces: String) async throws -> String {
                    let new = try lab.caller(
                        "uac-replaces-refused", port: Self.newPort, keys: ["replaces": replaces])
                    await new.expectSuccess()
                    return new.received.last { !$0.contains(" 100 ") }?.statusCode ?? ""
                }
                #expect(try await status("nobody@host;to-tag=a;from-tag=b") == "481")
                #expect(try await status("a@h;to-tag=a;from-tag=b,b@h;to-tag=a;from-tag=b") == "400")
                let caller = try lab.caller("uac-call-peer-hangs-up")
                let replaces = try await Self.dialog(of: caller)
                #expect(try await status(replaces + ";early-only") == "486")
                let callID = String(replaces.prefix { $0 != ";" })
                #expect(await SystemCallControl(lab.system).endCall(callID).status == 204)
                await caller.expectSuccess()
                #expect(try await status(replaces) == "603")
                await lab.expectIdle()
            }
        }

        /// The Replaces value that names a caller's dialog from the server's side, once its ACK is sent.
        private static func dialog(of caller: SIPp) async throws -> String {
            let isUp = await eventually { caller.sent.contains { $0.hasPrefix("ACK") } }
            try #require(isUp)
            let answer = try #require(caller.received.first { $0.hasPrefix("SIP/2.0 200") })
            return try #require(answer.replaces(ofAnswerer: true))
        }

        /// The same for the server's dialog with the callee, once both have their ACK.
        private static func dialog(of caller: SIPp, towards callee: SIPp) async throws -> String {
            _ = try await dialog(of: caller)
            let isUp = await eventually { callee.firstReceived("ACK") != nil }
            try #require(isUp)
            let acknowledgement = try #require(callee.firstReceived("ACK"))
            return try #require(acknowledgement.replaces())
        }
    }
}

extension String {
    /// The first line of the body that starts so, up to its network type.
    fileprivate func line(_ start: String) -> String {
        let line = split(separator: "\n").first { $0.hasPrefix(start) } ?? ""
        return line.range(of: "IN ").map { String(line[..<$0.lowerBound]) } ?? ""
    }
}
