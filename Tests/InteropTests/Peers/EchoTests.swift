import ApplicationServer
import LocalEngine
import ReferenceAS
import Testing

extension Interoperation {
    @Suite(
        "A caller from whom the bot's voice comes back",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct EchoTests {
        @Test("The engine takes the echo for the caller, and interrupts itself")
        func heard() async throws {
            let record = try await Self.call { _ in }
            #expect(record.has("barge-in"))
        }

        @Test("With the echo hidden it speaks to its end, whoever decides", arguments: [BargeInSetting.engine, .local])
        func hidden(_ setting: BargeInSetting) async throws {
            let record = try await Self.call { configuration in
                configuration.media.hideEcho = true
                configuration.media.bargeIn = setting == .local ? .local : .engine
            }
            #expect(record.has("engine-said"))
            #expect(record.has("bye-received"))
            #expect(!record.has("barge-in"))
            #expect(!record.has("caller-said"))
        }

        enum BargeInSetting {
            case engine, local
        }

        /// A call of eight seconds with a caller who returns all that comes, as loud as it was.
        private static func call(_ change: @escaping (inout ASConfiguration) -> Void) async throws -> CallRecord {
            var result: CallRecord?
            try await TestSystem.run(configure: Change { configuration, _ in change(&configuration) }) { lab in
                let caller = try lab.caller("uac-call", pause: .seconds(8), echoes: true)
                // What an engine makes of its own words may be a transfer or a farewell: who hangs up is left open.
                _ = await eventually(within: .seconds(20)) { !caller.isRunning }
                result = try await lab.record()
                await lab.expectIdle()
            }
            return try #require(result)
        }
    }
}
