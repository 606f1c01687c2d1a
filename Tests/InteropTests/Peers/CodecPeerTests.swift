import ApplicationServer
import SDP
import Testing

extension Interoperation {
    @Suite(
        "Codecs and digits with baresip",
        .enabled(if: Baresip.isInstalled, "baresip is not installed (apt-get install baresip-core)")
    )
    struct CodecPeerTests {
        @Test("A tone each way", arguments: Baresip.Codec.allCases.filter(Baresip.has))
        func tones(_ codec: Baresip.Codec) async throws {
            let folder = try TemporaryFolder()
            let tone = try folder.tone(1_000, seconds: 30)
            let change = AnsweringLab.Change { settings in
                settings.server.codecs = PayloadFormat.formats(named: codec.encodingName)
                settings.service.plays = tone
                settings.service.records = "\(folder.path)/caller.wav"
            }
            try await AnsweringLab.run(configure: change) { lab in
                let caller = try await Baresip("alice", at: lab.addresses.caller, codec: codec)
                try await caller.command("dial", lab.baresipURI)
                _ = try await caller.expect("CALL_ESTABLISHED")
                let isHeardHere = await eventually {
                    HeardAudio(path: "\(folder.path)/caller.wav").seconds(of: 440) >= 1
                }
                #expect(isHeardHere, "440 Hz from baresip")
                let isHeardThere = await eventually {
                    HeardAudio(caller.heard).seconds(of: 1_000) >= 1
                }
                #expect(isHeardThere, "1 kHz at baresip")
                let answer = try #require(
                    caller.received(from: lab.addresses.server).first { $0.hasPrefix("SIP/2.0 200") })
                #expect(answer.contains(" \(codec.encodingName)/"))
                try await caller.command("hangup")
                let record = try await lab.record()
                #expect(record.outcome == .answered)
            }
        }

        @Test("Digits as RFC 4733 events, each once, each way")
        func digits() async throws {
            let change = AnsweringLab.Change { $0.service.sends = "0123456789*#ABCD" }
            try await AnsweringLab.run(configure: change) { lab in
                let caller = try await Baresip("alice", at: lab.addresses.caller)
                try await caller.command("dial", lab.baresipURI)
                _ = try await caller.expect("CALL_ESTABLISHED")
                for digit in "159#" { try await caller.command("sndcode", String(digit)) }
                _ = await eventually { lab.service.digits.count >= 4 }
                _ = await eventually { caller.digits.count >= 16 }
                try await caller.command("hangup")
                _ = try await lab.record()
                #expect(lab.service.digits == "159#")
                #expect(caller.digits == "0123456789*#ABCD")
            }
        }
    }
}

extension AnsweringLab {
    fileprivate var baresipURI: String { "sip:bob@\(addresses.server):\(Addresses.sipPort);transport=udp" }
}
