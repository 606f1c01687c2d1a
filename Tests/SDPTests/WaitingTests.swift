import SDP
import Testing

@Suite("An answer that lets nothing flow until somebody talks (RFC 3725 §4.4)")
struct WaitingTests {
    @Test("Audio is taken up with its first codec and key events, and flows in neither direction")
    func audio() throws {
        let lines = [
            "m=audio 4000 RTP/AVPF 101 9 96 8", "a=rtpmap:101 Telephone-Event/8000", "a=rtpmap:9 G722/8000",
            "a=rtpmap:96 AMR-WB/16000", "a=fmtp:96 mode-set=0,1,2", "a=fmtp:101 0-15", "a=sendonly", "a=ptime:20",
        ]
        let answer = try #require(try offer(lines.joined(separator: "\n")).waitingAnswer(sessionID: 7))
        let kept = [
            "t=0 0", "m=audio 9 RTP/AVPF 101 9", "a=rtpmap:101 Telephone-Event/8000", "a=rtpmap:9 G722/8000",
            "a=fmtp:101 0-15", "a=inactive", "",
        ]
        #expect(String(decoding: answer.serialized(), as: UTF8.self).hasSuffix(kept.joined(separator: "\r\n")))
        #expect(answer.origin.sessionID == 7)
        #expect(answer.connection?.address == "0.0.0.0")
        #expect(answer.isHold)
    }

    @Test("Every line of the offer has its answer: others than plain audio are refused")
    func others() throws {
        let lines = [
            "m=video 4002 RTP/AVP 99", "m=audio 4004 RTP/SAVP 8", "m=audio 0 RTP/AVP 8", "m=audio 4006 rtp/avp 8",
        ]
        let answer = try #require(try offer(lines.joined(separator: "\n")).waitingAnswer(sessionID: 1))
        #expect(answer.media.map(\.port) == [0, 0, 0, 9])
        #expect(answer.media.map(\.transportProtocol) == ["RTP/AVP", "RTP/SAVP", "RTP/AVP", "rtp/avp"])
        #expect(answer.media.map(\.formats) == [["99"], ["8"], ["8"], ["8"]])
    }

    @Test(
        "Nothing to take up", arguments: ["m=audio 4004 RTP/SAVP 8", "m=video 4002 RTP/AVP 99", "m=audio 0 RTP/AVP 8"])
    func nothing(line: String) throws {
        #expect(try offer(line).waitingAnswer(sessionID: 1) == nil)
    }

    @Test("The IP version is that of the offer")
    func version() throws {
        let answer = try #require(
            try offer("m=audio 4000 RTP/AVP 8", address: "2001:db8::1").waitingAnswer(sessionID: 1))
        #expect(answer.connection?.address == "::")
        #expect(answer.origin.address == "::")
    }
}
