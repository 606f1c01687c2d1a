import Codecs
import Foundation
import Testing
import VoiceEngine

@Suite("AudioCodes Bot API, connector")
struct AudioCodesBotTests {
    private static let conversation = "00010203-0405-4607-8809-0a0b0c0d0e0f"

    private static func ready(options: [String: String] = [:]) -> PlatformRig {
        var rig = PlatformRig.started(.audioCodesBot, options: options)
        rig.receive(#"{"type":"session.accepted","mediaFormat":"raw/mulaw"}"#)
        rig.receive(#"{"type":"userStream.started"}"#)
        rig.forget()
        return rig
    }

    private static func play(_ stream: String, _ bytes: [UInt8]) -> String {
        #"{"type":"playStream.chunk","streamId":"\#(stream)","audioChunk":"\#(base64(bytes))"}"#
    }

    private static func start(_ stream: String, _ format: String = "raw/mulaw") -> String {
        #"{"type":"playStream.start","streamId":"\#(stream)","mediaFormat":"\#(format)"}"#
    }

    private static func activity(_ content: String) -> String { #"{"type":"activities","activities":[{\#(content)}]}"# }

    @Test("The handshake carries the conversation and the caller's number, if a header can")
    func handshake() {
        var rig = PlatformRig(.audioCodesBot)
        #expect(
            rig.session.handshake(PlatformRig.context).headers == [
                .init(name: "Authorization", value: "Bearer key"),
                .init(name: "AC-Conversation-Id", value: Self.conversation),
                .init(name: "AC-Caller-Number", value: "+15551234567"),
            ])
        var call = PlatformRig.call
        call.caller = "sip:a\r\nX: y@b"
        rig.session = EngineDialect.audioCodesBot.makeSession(EngineSessionConfiguration(call: call))
        #expect(rig.session.handshake(PlatformRig.context).headers.allSatisfy { $0.name != "AC-Caller-Number" })
    }

    @Test("initiate, accepted in one of the formats offered, start, the caller's stream")
    func opening() throws {
        var rig = PlatformRig.started(.audioCodesBot, format: .pcm16(rate: 24_000), options: ["bot": "b1"])
        #expect(
            try rig.messages() == [
                [
                    "type": "session.initiate", "conversationId": Self.conversation, "expectAudioMessages": true,
                    "botName": "b1", "caller": "+15551234567",
                    "supportedMediaFormats": ["raw/lpcm16_24", "raw/mulaw", "raw/lpcm16", "raw/lpcm16_8"],
                ]
            ])
        #expect(rig.events.isEmpty)
        rig.forget()
        for _ in 0..<15 { rig.tick() }
        rig.receive(#"{"type":"session.accepted","mediaFormat":"raw/lpcm16"}"#)
        #expect(rig.formats == [.pcm16(rate: 16_000), .pcm16(rate: 16_000)])
        #expect(rig.events == [.ready, .resumable(EngineResumption(Self.conversation))])
        let messages = try rig.messages()
        #expect(messages.map { $0.text("type") } == ["activities", "userStream.start"])
        let start = try #require((messages[0].at("activities") as? [NSDictionary])?.first)
        #expect(start.text("name") == "start")
        #expect(start.text("timestamp") == "2023-11-14T22:13:21.500Z")
        #expect(
            start.at("parameters") == [
                "locale": "en-US", "caller": "+15551234567", "callee": "+15557654321", "customer": "4\"2",
            ] as NSDictionary)
        #expect(rig.audio([1, 2]) == nil, "not before the bot takes it")
        rig.receive(#"{"type":"userStream.started"}"#)
        let taken = rig.audio([1, 2])
        let chunk = String(decoding: try #require(taken), as: UTF8.self).json
        #expect(
            chunk == ["type": "userStream.chunk", "conversationId": Self.conversation, "audioChunk": base64([1, 2])])
    }

    @Test(
        "A refusal, or a format that was not offered, ends the session",
        arguments: [
            #"{"type":"session.error","reason":"conversation not found"}"#, #"{"type":"session.accepted"}"#,
            #"{"type":"session.accepted","mediaFormat":"wav/lpcm16"}"#,
        ])
    func refusal(_ answer: String) {
        var rig = PlatformRig.started(.audioCodesBot)
        rig.receive(answer)
        #expect(rig.violation != nil)
        #expect(!rig.events.contains(.ready))
    }

    @Test("A lost session is resumed by its conversation, without another start")
    func resumption() throws {
        var rig = PlatformRig.started(.audioCodesBot, resumption: EngineResumption("c-7"))
        #expect(try rig.messages() == [["type": "session.resume", "conversationId": "c-7"]])
        rig.receive(#"{"type":"session.accepted","mediaFormat":"raw/mulaw"}"#)
        #expect(try rig.messages().dropFirst().map { $0.text("type") } == ["userStream.start"])
        #expect(rig.events == [.ready, .resumable(EngineResumption("c-7"))])
    }

    @Test("A play stream is a turn, which playStream.stop ends")
    func playStream() {
        var rig = Self.ready()
        rig.receive(Self.start("1"))
        rig.receive(Self.play("1", [1, 2]))
        rig.receive(Self.play("1", [3]))
        rig.receive(Self.play("2", [4]))
        rig.receive(#"{"type":"playStream.stop","streamId":"1"}"#)
        rig.receive(Self.play("1", [5]))
        #expect(rig.events == [.turnStarted(EngineTurnID("turn-1")), .turnEnded(EngineTurnID("turn-1"), .completed)])
        rig.receive(Self.start("1", "raw/lpcm16_8"))
        #expect(rig.formats == [.pcm16(rate: 8_000)])
        rig.receive(Self.play("1", [6, 7, 8]))
        rig.play()
        #expect(rig.played == [1, 2, 3, 6, 7])
    }

    @Test("A second stream stops the first")
    func secondStream() {
        var rig = Self.ready()
        rig.receive(Self.start("1"))
        rig.receive(Self.play("1", [1]))
        rig.receive(Self.start("2"))
        rig.receive(Self.play("2", [2]))
        rig.play()
        #expect(rig.played == [2])
        #expect(rig.events.contains(.interrupted))
        #expect(rig.events.contains(.turnEnded(EngineTurnID("turn-1"), .cancelled)))
    }

    @Test(
        "playStream.stop drops what waits while the caller speaks, or as configured",
        arguments: [(true, nil, true), (false, nil, false), (true, "end", false), (false, "flush", true)]
            as [(Bool, String?, Bool)])
    func stop(_ isSpeaking: Bool, _ option: String?, _ drops: Bool) {
        var rig = Self.ready(options: option.map { ["playStreamStop": $0] } ?? [:])
        if isSpeaking { rig.receive(#"{"type":"userStream.speech.started"}"#) }
        rig.receive(Self.start("1"))
        rig.receive(Self.play("1", [1]))
        rig.receive(#"{"type":"playStream.stop","streamId":"1"}"#)
        #expect(rig.queue.isEmpty == drops)
        #expect(rig.events.contains(.interrupted) == drops)
    }

    @Test("What the bot recognises stops its prompt only with barge-in")
    func bargeIn() {
        let hypothesis = #"{"type":"userStream.speech.hypothesis","alternatives":[{"text":"he"}]}"#
        var rig = Self.ready()
        rig.receive(hypothesis)
        #expect(rig.events.isEmpty)
        rig.receive(Self.activity(#""type":"event","name":"config","sessionParams":{"bargeIn":true}"#))
        rig.receive(hypothesis)
        rig.receive(hypothesis)
        rig.receive(
            #"{"type":"userStream.speech.recognition","alternatives":[{"text":"hello","confidence":0.9},{"text":"x"}]}"#
        )
        #expect(
            rig.events == [
                .userSpeechStarted, .userSpeechStopped, .transcript(.caller, text: "hello", isFinal: true),
            ])
    }

    @Test("A transfer hands on its target and headers as they are")
    func transfer() {
        for name in ["transfer", "handover"] {
            var rig = Self.ready()
            rig.receive(
                Self.activity(
                    #""type":"event","name":"\#(name)","activityParams":{"transferTarget":"tel:+1","#
                        + #""transferReferredByURL":"sip:r@x","transferSipHeaders":[{"name":"X-A","value":"1"},"#
                        + #"{"name":"Via"},{"name":"Route","value":"<sip:evil>"}],"handoverReason":"why"}"#))
            #expect(
                rig.events == [
                    .transferRequested(
                        EngineTransferRequest(
                            target: "tel:+1",
                            headers: [
                                .init(name: "X-A", value: "1"), .init(name: "Route", value: "<sip:evil>"),
                                .init(name: "Referred-By", value: "sip:r@x"),
                            ], reason: "why"))
                ])
        }
    }

    @Test("Hang-up, keys, data, and the activities that are refused")
    func activities() {
        var rig = Self.ready()
        rig.receive(
            #"{"type":"activities","activities":[{"type":"event","name":"sendDtmf","value":"12#"},"#
                + #"{"type":"event","name":"sendMetaData","value":{"intent":"x"}},"#
                + #"{"type":"event","name":"startRecognition"},"#
                + #"{"type":"event","name":"hangup","activityParams":{"hangupReason":"done"}}]}"#)
        #expect(
            rig.events == [
                .digitsRequested("12#"), .variables(["intent": "x"]), .hangUpRequested(reason: "done"),
            ])
        for refused in [#""type":"message","text":"hi""#, #""type":"event","name":"sendDtmf","value":"1;2""#] {
            rig.forget()
            rig.receive(Self.activity(refused))
            guard case .error(let fault)? = rig.events.first else {
                Issue.record("not refused: \(refused)")
                continue
            }
            #expect(fault.code == "unsupported" && fault.isRecoverable)
        }
        rig.receive(Self.start("1"))
        rig.receive(Self.play("1", [1]))
        rig.receive(Self.activity(#""type":"event","name":"abortPrompts""#))
        #expect(rig.queue.isEmpty)
    }

    @Test("A mark comes back with its members; keys of the caller are activities; the end says why")
    func marksAndEnd() throws {
        var rig = Self.ready()
        rig.receive(Self.start("1"))
        rig.receive(Self.play("1", [1]))
        rig.receive(#"{"type":"playStream.mark.set","conversationId":"c","streamId":"1","markId":"m\"1","n":2}"#)
        rig.play()
        #expect(
            try rig.messages() == [
                [
                    "type": "playStream.mark.reached", "conversationId": Self.conversation, "streamId": "1",
                    "markId": "m\"1", "n": 2,
                ]
            ])
        rig.handle(.digit("4"))
        let activity = (try rig.messages().last?.at("activities") as? [NSDictionary])?.first
        #expect(activity?.text("name") == "dtmf")
        #expect(activity?.text("value") == "4")
        rig.handle(.end(.callerGone))
        #expect(try rig.messages().last?.text("type") == "session.end")
        #expect(try rig.messages().last?.text("reasonCode") == "client-disconnected")
        #expect(rig.audio([1]) == nil)
    }
}
