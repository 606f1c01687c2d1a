import ApplicationServer
import Codecs
import Foundation
import Glibc
import Testing

extension Interoperation {
    @Suite(
        "A caller whose RTP was captured elsewhere",
        .enabled(if: CapturedRTP.isUsable, "SIPp with its captures, and root for raw sockets, are needed")
    )
    struct CapturedRTPTests {
        @Test("PCMA in packets of 30 ms is heard in full, RFC 4733 events come once each")
        func captured() async throws {
            let folder = try TemporaryFolder()
            let change = AnsweringLab.Change { $0.service.records = "\(folder.path)/caller.wav" }
            try await AnsweringLab.run(configure: change) { lab in
                let caller = try lab.caller("uac-call-captured-rtp")
                await caller.expectSuccess()
                let record = try await lab.record()
                let media = try #require(record.media)
                // 236 of speech, and the events. Numbers begin anew with each capture, so losses cannot be told.
                #expect(media.packetsReceived > 236)
                #expect(await eventually { lab.service.digits == "1#" })
                let heard = HeardAudio(path: "\(folder.path)/caller.wav")
                #expect(heard.seconds(above: -40) > 3)
            }
        }
    }
}

private enum CapturedRTP {
    static let isUsable =
        SIPp.isInstalled && geteuid() == 0
        && ["g711a", "dtmf_2833_1", "dtmf_2833_pound"].allSatisfy {
            FileManager.default.fileExists(atPath: "/usr/share/sip-tester/\($0).pcap")
        }
}
