import ApplicationServer
import NIOPosix
import ReferenceAS
import SDP
import SIP
import SIPTransport
import Testing

extension Interoperation {
    @Suite("Codecs of a call")
    struct CodecTests {
        @Test(
            "A phone's offer of EVS, AMR-WB and AMR is answered with AMR-WB, and AMR-WB is sent",
            .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)"))
        func phone() async throws {
            try await TestSystem.run { lab in
                let caller = try lab.caller("uac-call-wideband", pause: .seconds(1))
                await caller.expectSuccess()
                let answer = try #require(caller.firstReceived("SIP/2.0 200"))
                #expect(answer.contains(" RTP/AVP 106 101\n"))
                #expect(answer.contains("a=rtpmap:106 AMR-WB/16000\n"))
                #expect(
                    answer.contains("a=fmtp:106 octet-align=1; mode-set=0,1,2; mode-change-capability=2; max-red=0\n")
                )
                #expect(answer.contains("a=rtpmap:101 telephone-event/16000\n"))
                let record = try await lab.record()
                #expect(record.outcome == .answered)
                #expect(record.media.map { $0.packetsSent > 0 } == true)
                await lab.expectIdle()
            }
        }

        @Test("The engine's greeting reaches callers in each codec")
        func greeting() async throws {
            let codecs = ["AMR-WB", "opus", "G722", "PCMA", "PCMU", "AMR"]
            try await TestSystem.run { lab in
                for (index, codec) in codecs.enumerated() {
                    // The engine has synthesised its greeting when the first call is over.
                    let report = try await lab.softphoneCall(for: .seconds(index == 0 ? 4 : 2)) {
                        $0.codecs = PayloadFormat.formats(named: codec)
                    }
                    #expect(report.outcome == .completed, "\(codec)")
                    #expect(report.codec == codec)
                    #expect(report.firstAudioMs != nil, "\(codec)")
                    #expect(report.packetsReceived > 20, "\(codec)")
                }
                await lab.expectIdle()
            }
        }

        @Test("The server's first codec is taken, whatever the caller likes best")
        func order() async throws {
            let formats = ["PCMA", "AMR", "opus", "AMR-WB"].flatMap(PayloadFormat.formats(named:))
            try await TestSystem.run { lab in
                let report = try await lab.softphoneCall(for: .milliseconds(200)) { $0.codecs = formats }
                #expect(report.codec == "AMR-WB")
                await lab.expectIdle()
            }
        }
    }
}
