import SDP
import Testing

extension Interoperation {
    @Suite(
        "rtpengine transcodes between the caller and the server",
        .enabled(if: RTPEngine.isInstalled, "rtpengine is not installed (apt-get install rtpengine-daemon)")
    )
    struct TranscodingProxyTests {
        @Test("A tone each way, in another codec on either side", arguments: ["opus", "G722", "PCMU"])
        func tones(_ codec: String) async throws {
            let folder = try TemporaryFolder()
            let tone = try folder.tone(1_000, seconds: 30)
            let callerTone = try folder.tone(600, seconds: 30)
            let change = AnsweringLab.Change { settings in
                settings.server.codecs = PayloadFormat.formats(named: codec)
                settings.service.plays = tone
                settings.service.records = "\(folder.path)/at-server.wav"
            }
            try await AnsweringLab.run(configure: change) { lab in
                let proxy = try await RTPEngine(at: lab.addresses.engine)
                let caller = try ProxiedCaller(at: lab.addresses.caller, through: proxy)
                try await caller.call(
                    lab.addresses.server,
                    own: "PCMA",
                    theirs: codec,
                    plays: callerTone,
                    records: "\(folder.path)/at-caller.wav"
                ) {
                    let isHeardHere = await eventually {
                        HeardAudio(path: "\(folder.path)/at-server.wav").seconds(of: 600) >= 1
                    }
                    #expect(isHeardHere, "600 Hz at the server")
                    let isHeardThere = await eventually {
                        HeardAudio(path: "\(folder.path)/at-caller.wav").seconds(of: 1_000) >= 1
                    }
                    #expect(isHeardThere, "1 kHz at the caller")
                }
                await proxy.stop()
                _ = try await lab.record()
            }
        }
    }
}
