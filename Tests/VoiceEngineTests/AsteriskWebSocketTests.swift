import Codecs
import Foundation
import Testing
import VoiceEngine

@Suite("Asterisk chan_websocket, platform")
struct AsteriskWebSocketTests {
    private static func ready(_ format: AudioFormat = .pcmu) -> PlatformRig {
        var rig = PlatformRig.started(.asteriskWebSocket, format: format)
        rig.forget()
        return rig
    }

    private static func command(_ name: String, _ correlation: String? = nil) -> String {
        correlation.map { #"{"command":"\#(name)","correlation_id":"\#($0)"}"# } ?? #"{"command":"\#(name)"}"#
    }

    @Test(
        "MEDIA_START tells the format and the size of a frame",
        arguments: [
            (AudioFormat.pcmu, "ulaw", 160), (.pcma, "alaw", 160), (.pcm16(rate: 8_000), "slin", 320),
            (.pcm16(rate: 16_000), "slin16", 640), (.pcm16(rate: 24_000), "slin24", 960),
            (.pcm16(rate: 44_100), "slin16", 640),
        ])
    func mediaStart(_ format: AudioFormat, _ name: String, _ size: Int) throws {
        var rig = PlatformRig(.asteriskWebSocket, format: format)
        #expect(rig.session.handshake(PlatformRig.context).subprotocols == ["media"])
        rig.start()
        let connection = "00010203-0405-4607-8809-0a0b0c0d0e0f"
        #expect(
            try rig.messages() == [
                [
                    "event": "MEDIA_START", "channel_id": "call-1@as.example", "connection_id": connection,
                    "channel": "WebSocket/sidetone/\(connection)", "format": name, "optimal_frame_size": size,
                    "ptime": 20,
                    "channel_variables": [
                        "customer": "4\"2", "CALLERID(num)": "+15551234567", "CALLERID(dnid)": "+15557654321",
                    ],
                ]
            ])
        #expect(rig.formats.isEmpty == (format != .pcm16(rate: 44_100)))
        let other = PlatformRig.started(.asteriskWebSocket, format: format, options: ["format": "slin24"])
        #expect(other.sent.first?.json.text("format") == "slin24")
    }

    @Test("The usual session: answer, buffer, mark, hang up")
    func usual() throws {
        var rig = Self.ready()
        rig.receive(Self.command("ANSWER"))
        rig.receive(Self.command("START_MEDIA_BUFFERING"))
        rig.receive(Self.command("GET_STATUS"))
        #expect(rig.sent.last?.json.at("bulk_media") == true as NSNumber)
        rig.forget()
        rig.receive(binary: [UInt8](repeating: 1, count: 500))
        rig.receive(Self.command("MARK_MEDIA", "m1"))
        rig.receive(Self.command("STOP_MEDIA_BUFFERING", "b1"))
        #expect(rig.sent.isEmpty)
        rig.play()
        #expect(
            try rig.messages() == [
                ["event": "MEDIA_MARK_PROCESSED", "channel_id": "call-1@as.example", "correlation_id": "m1"],
                ["event": "MEDIA_BUFFERING_COMPLETED", "channel_id": "call-1@as.example", "correlation_id": "b1"],
            ])
        rig.handle(.digit("9"))
        #expect(rig.sent.last?.json == ["event": "DTMF_END", "channel_id": "call-1@as.example", "digit": "9"])
        rig.receive(Self.command("HANGUP"))
        #expect(rig.events.last == .hangUpRequested(reason: nil))
    }

    @Test("A flush drops what waits and forgets its marks without a word")
    func flush() throws {
        var rig = Self.ready()
        rig.receive(Self.command("START_MEDIA_BUFFERING"))
        rig.receive(binary: [1, 2, 3])
        rig.receive(Self.command("MARK_MEDIA", "m1"))
        rig.receive(Self.command("FLUSH_MEDIA"))
        #expect(rig.events.suffix(2) == [.interrupted, .turnEnded(EngineTurnID("turn-1"), .cancelled)])
        #expect(rig.sent.isEmpty)
        #expect(rig.queue.isEmpty)
        rig.receive(Self.command("GET_STATUS"))
        #expect(rig.sent.last?.json.at("queue_length") == 0 as NSNumber)
        #expect(rig.sent.last?.json.at("bulk_media") == false as NSNumber, "a flush ends buffering")
    }

    @Test("Marks that a flush has dropped do not count for what comes after it")
    func lateMarks() {
        var rig = Self.ready()
        var out: [EngineSessionOutput] = []
        rig.session.receive(binary: [UInt8](repeating: 1, count: 8_000).span, into: &out)
        rig.session.receive(text: Array(Self.command("FLUSH_MEDIA").utf8).span, into: &out)
        rig.session.receive(binary: [UInt8](repeating: 1, count: 8_000).span, into: &out)
        let marks = out.compactMap { if case .mark(let mark, _) = $0 { mark } else { nil } }
        #expect(marks.count == 2)
        // The media plane tells of dropped marks with its next cycle.
        for mark in marks.prefix(1) { rig.handle(.markReached(mark, .cleared)) }
        rig.receive(Self.command("GET_STATUS"))
        #expect(rig.sent.last?.json.at("queue_length") == 50 as NSNumber)
        for mark in marks.dropFirst() { rig.handle(.markReached(mark, .played)) }
        rig.receive(Self.command("GET_STATUS"))
        #expect(rig.sent.last?.json.at("queue_length") == 0 as NSNumber)
    }

    @Test("QUEUE_DRAINED comes once, when all has been played")
    func drained() throws {
        var rig = Self.ready()
        rig.receive(binary: [UInt8](repeating: 1, count: 160))
        rig.receive(Self.command("REPORT_QUEUE_DRAINED"))
        rig.receive(binary: [UInt8](repeating: 1, count: 160))
        rig.play(1)
        #expect(rig.sent.isEmpty)
        rig.tick()
        rig.play()
        #expect(try rig.messages().map { $0.text("event") } == ["QUEUE_DRAINED"])
        rig.receive(binary: [1])
        rig.play()
        rig.tick(5)
        #expect(rig.sent.count == 1)
        rig.receive(Self.command("REPORT_QUEUE_DRAINED"))
        #expect(rig.sent.count == 2, "nothing waits: at once")
    }

    @Test("The queue asks for a pause at 900 frames, for more at 800, and takes no more than 1 000")
    func flowControl() throws {
        var rig = Self.ready()
        let second = [UInt8](repeating: 1, count: 8_000)
        for _ in 0..<17 { rig.receive(binary: second) }
        #expect(rig.sent.isEmpty)
        rig.receive(binary: second)
        #expect(try rig.messages().map { $0.text("event") } == ["MEDIA_XOFF"])
        for _ in 0..<10 { rig.receive(binary: second) }
        rig.receive(Self.command("GET_STATUS"))
        #expect(rig.sent.last?.json.at("queue_length") == 1_000 as NSNumber)
        #expect(rig.sent.last?.json.at("queue_full") == true as NSNumber)
        rig.forget()
        rig.play(3)
        #expect(rig.sent.isEmpty)
        rig.play(1)
        #expect(try rig.messages().map { $0.text("event") } == ["MEDIA_XON"])
        rig.play()
        #expect(rig.played.count == 20 * 8_000)
    }

    @Test("With the direction in, nothing is played; with out, nothing is heard")
    func direction() {
        var rig = Self.ready()
        rig.receive(#"{"command":"SET_MEDIA_DIRECTION","direction":"in"}"#)
        rig.receive(binary: [1])
        #expect(rig.queue.isEmpty)
        #expect(rig.audio([1]) == [1])
        rig.receive(Self.command("MARK_MEDIA", "m"))
        #expect(rig.sent.last?.json.text("event") == "ERROR")
        rig.receive(#"{"command":"SET_MEDIA_DIRECTION","direction":"out"}"#)
        #expect(rig.audio([1]) == nil)
        rig.receive(binary: [1])
        #expect(rig.queue.count == 1)
        rig.receive(#"{"command":"SET_MEDIA_DIRECTION","direction":"up"}"#)
        #expect(rig.sent.last?.json.text("event") == "ERROR")
        #expect(rig.audio([1]) == nil)
    }

    @Test("The plain text of the first versions says the same without JSON")
    func plainText() {
        var rig = PlatformRig.started(.asteriskWebSocket, options: ["control": "plain-text"])
        let connection = "00010203-0405-4607-8809-0a0b0c0d0e0f"
        #expect(
            rig.sent == [
                "MEDIA_START connection_id:\(connection) channel:WebSocket/sidetone/\(connection) "
                    + "channel_id:call-1@as.example format:ulaw optimal_frame_size:160 ptime:20"
            ])
        rig.forget()
        rig.receive("START_MEDIA_BUFFERING")
        rig.receive(binary: [UInt8](repeating: 1, count: 320))
        rig.receive("MARK_MEDIA m1")
        rig.receive("STOP_MEDIA_BUFFERING")
        rig.handle(.digit("5"))
        rig.play()
        rig.receive("GET_STATUS")
        rig.receive("CONTINUE_MEDIA")
        #expect(
            rig.sent == [
                "DTMF_END digit:5 channel_id:call-1@as.example", "MEDIA_MARK_PROCESSED m1", "MEDIA_BUFFERING_COMPLETED",
                "STATUS channel_id:call-1@as.example queue_length:2 xon_level:800 xoff_level:900 queue_full:false "
                    + "bulk_media:false media_paused:false",
                "ERROR CONTINUE_MEDIA not supported",
            ])
        rig.receive(binary: [1])
        rig.receive("FLUSH_MEDIA")
        #expect(rig.queue.isEmpty)
        #expect(rig.violation == nil)
        for wrong in [#"{"command":"HANGUP"}"#, "", String(repeating: "A", count: 129)] {
            rig.forget()
            rig.receive(wrong)
            guard case .error? = rig.events.first else {
                Issue.record("taken: \(wrong)")
                continue
            }
        }
        rig.receive("HANGUP")
        #expect(rig.events.last == .hangUpRequested(reason: nil))
    }

    @Test("What cannot be done is answered with ERROR", arguments: ["PAUSE_MEDIA", "CONTINUE_MEDIA", "answer", "X"])
    func errors(_ name: String) {
        var rig = Self.ready()
        rig.receive(Self.command(name))
        #expect(rig.sent.last?.json.text("event") == "ERROR")
        #expect(rig.events.isEmpty)
    }
}
