import Codecs
import Testing
import VoiceEngine

@Suite("Gemini Live, client")
struct GeminiSessionTests {
    static let turn = EngineTurnID("turn-1")

    static func audio(_ data: String = "AQID", type: String = "audio/pcm;rate=24000") -> String {
        #"{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"\#(type)","data":"\#(data)"}}]}}}"#
    }

    /// A session that takes audio, with nothing left in the driver's outputs.
    static func ready(_ configuration: EngineSessionConfiguration = EngineSessionConfiguration()) -> DialectDriver {
        var driver = DialectDriver(EngineDialect.geminiLive.makeSession(configuration))
        driver.receive(#"{"setupComplete":{}}"#)
        driver.forget()
        return driver
    }

    @Test("Each kind of credential has its header, and none is in the URL")
    func handshake() {
        var driver = Self.ready()
        let gemini = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
        let vertex = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
        #expect(driver.handshake(gemini, key: "k").headers == [.init(name: "x-goog-api-key", value: "k")])
        #expect(
            driver.handshake(gemini, key: "auth_tokens/t").headers == [
                .init(name: "Authorization", value: "Token auth_tokens/t")
            ])
        #expect(driver.handshake(vertex, key: "o").headers == [.init(name: "Authorization", value: "Bearer o")])
        #expect(driver.handshake(gemini, key: "k").target == gemini)
        #expect(driver.handshake(gemini).headers.isEmpty)
    }

    @Test("The set-up goes first; audio waits for setupComplete, and its formats are the dialect's own")
    func setUp() {
        var driver = DialectDriver(
            EngineDialect.geminiLive.makeSession(
                EngineSessionConfiguration(
                    instructions: "Be brief.",
                    voice: "Kore",
                    language: "en-US",
                    audioFormat: .pcmu,
                    tools: [EngineTool(name: "hang_up", description: "End", parameters: #"{"type":"object"}"#)],
                    endOfTurnSilence: 400
                ),
                options: ["model": "gemini-live"]
            ))
        #expect(
            driver.outputs.sent == [
                #"{"setup":{"model":"models/gemini-live","generationConfig":{"responseModalities":["AUDIO"],"#
                    + #""speechConfig":{"voiceConfig":{"prebuiltVoiceConfig":{"voiceName":"Kore"}},"#
                    + #""languageCode":"en-US"}},"systemInstruction":{"parts":[{"text":"Be brief."}]},"#
                    + #""tools":[{"functionDeclarations":[{"name":"hang_up","description":"End","#
                    + #""parametersJsonSchema":{"type":"object"}}]}],"#
                    + #""realtimeInputConfig":{"automaticActivityDetection":{"silenceDurationMs":400},"#
                    + #""activityHandling":"START_OF_ACTIVITY_INTERRUPTS"},"#
                    + #""inputAudioTranscription":{},"outputAudioTranscription":{},"sessionResumption":{},"#
                    + #""contextWindowCompression":{"slidingWindow":{}}}}"#
            ])
        #expect(driver.message(for: [1]) == nil)
        #expect(
            driver.receive(#"{"setupComplete":{}}"#) == [
                .inputFormat(.pcm16(rate: 16_000)), .outputFormat(.pcm16(rate: 24_000)), .event(.ready),
            ])
        #expect(
            driver.message(for: [1, 2, 3]).map { String(decoding: $0, as: UTF8.self) }
                == #"{"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=16000","data":"AQID"}}}"#)
        #expect(driver.session.readsBinaryAsText)
        #expect(!driver.session.sendsBinaryAudio)
    }

    @Test("History goes before the conversation, unless the session is resumed")
    func historyAndResumption() {
        var configuration = EngineSessionConfiguration(
            history: [
                EngineUtterance(speaker: .caller, text: "Hello"), EngineUtterance(speaker: .engine, text: "Hi"),
            ])
        var driver = DialectDriver(EngineDialect.geminiLive.makeSession(configuration))
        #expect(driver.outputs.sent.first?.contains(#""historyConfig":{"initialHistoryInClientContent":true}"#) == true)
        #expect(
            driver.receive(#"{"setupComplete":{}}"#).sent == [
                #"{"clientContent":{"turns":[{"role":"user","parts":[{"text":"Hello"}]},"#
                    + #"{"role":"model","parts":[{"text":"Hi"}]}],"turnComplete":true}}"#
            ])

        configuration.resumption = EngineResumption("handle-1")
        driver = DialectDriver(EngineDialect.geminiLive.makeSession(configuration))
        #expect(driver.outputs.sent.first?.contains(#""sessionResumption":{"handle":"handle-1"}"#) == true)
        #expect(driver.outputs.sent.first?.contains("historyConfig") == false)
        #expect(driver.receive(#"{"setupComplete":{}}"#).sent.isEmpty)
    }

    @Test("A turn begins with its first audio, in whatever rate it comes, and ends with turnComplete")
    func turns() {
        var driver = Self.ready()
        #expect(driver.receive(Self.audio()) == [.event(.turnStarted(Self.turn)), .audio(Self.turn, [1, 2, 3])])
        #expect(driver.receive(#"{"serverContent":{"generationComplete":true}}"#).isEmpty)
        #expect(
            driver.receive(#"{"serverContent":{"turnComplete":true}}"#) == [.event(.turnEnded(Self.turn, .completed))])
        #expect(driver.receive(#"{"serverContent":{"turnComplete":true}}"#).isEmpty)
        let other = driver.receive(Self.audio(type: "audio/pcm; rate=16000"))
        #expect(other.first == .outputFormat(.pcm16(rate: 16_000)))
        #expect(other.audio == ["turn-2:3"])
        let failed = driver.receive(
            #"{"serverContent":{"turnComplete":true,"turnCompleteReason":"RESPONSE_REJECTED"}}"#)
        #expect(failed.events.last == .turnEnded(EngineTurnID("turn-2"), .failed))
    }

    @Test(
        "Audio that cannot be played ends the session",
        arguments: [
            audio("no Base64"), audio(type: "audio/opus"), audio(type: "audio/pcm;rate=11025"),
            audio(type: "audio/pcm;rate=99999999999999999999"),
        ])
    func wrongAudio(_ text: String) {
        var driver = Self.ready()
        #expect(driver.receive(text).violation != nil)
        #expect(driver.receive(Self.audio()).isEmpty)
    }

    @Test("The short way takes what only carries on a turn")
    func shortWay() {
        var driver = Self.ready()
        #expect(driver.takeAudio(Self.audio()).turn == nil)
        driver.receive(Self.audio())
        let taken = driver.takeAudio(Self.audio())
        #expect(taken.turn == Self.turn)
        #expect(taken.audio == [1, 2, 3])
        for other in [
            Self.audio(type: "audio/pcm;rate=16000"), Self.audio("no Base64"), Self.audio(""),
            Self.audio(#"AQID\/w=="#),
            #"{"serverContent":{"turnComplete":true}}"#,
            Self.audio().replacing(#"{"serverContent""#, with: #"{"usageMetadata":{},"serverContent""#),
            Self.audio().replacing(#"{"modelTurn""#, with: #"{"interrupted":true,"modelTurn""#),
            Self.audio().replacing("}}]", with: "}},7]"), Self.audio() + "}", "",
        ] {
            #expect(driver.takeAudio(other).turn == nil, "\(other)")
            #expect(driver.takeAudio(other).audio.isEmpty)
        }
        driver.receive(#"{"serverContent":{"interrupted":true}}"#)
        #expect(driver.takeAudio(Self.audio()).turn == nil)
    }

    @Test("What comes of an interrupted turn before its turnComplete is dropped")
    func interrupted() {
        var driver = Self.ready()
        driver.receive(Self.audio())
        let made = driver.receive(
            Self.audio().replacing(#"{"modelTurn""#, with: #"{"interrupted":true,"modelTurn""#))
        #expect(made == [.event(.interrupted), .event(.turnEnded(Self.turn, .cancelled))])
        #expect(driver.receive(Self.audio()).isEmpty)
        driver.receive(#"{"serverContent":{"turnComplete":true}}"#)
        #expect(driver.receive(Self.audio()).audio == ["turn-2:3"])
        #expect(driver.handle(.cancelTurn) == [.event(.turnEnded(EngineTurnID("turn-2"), .cancelled))])
        #expect(driver.receive(Self.audio()).isEmpty)
    }

    @Test("A server that leaves out the turnComplete of an interrupted turn is heard again with the caller's words")
    func interruptedWithoutEnd() {
        var driver = Self.ready()
        driver.receive(Self.audio())
        driver.receive(#"{"serverContent":{"interrupted":true}}"#)
        driver.receive(#"{"serverContent":{"inputTranscription":{"text":"stop"}}}"#)
        #expect(driver.receive(Self.audio()).audio == ["turn-2:3"])
        // Of a turn that was cancelled here the server says on, whatever the caller says.
        driver.handle(.cancelTurn)
        driver.receive(#"{"serverContent":{"inputTranscription":{"text":"stop"}}}"#)
        #expect(driver.receive(Self.audio()).isEmpty)
    }

    @Test("Transcripts come in pieces, and whole when a side has finished")
    func transcripts() {
        var driver = Self.ready()
        for piece in ["Hel", "lo"] {
            driver.receive(#"{"serverContent":{"inputTranscription":{"text":"\#(piece)"}}}"#)
        }
        driver.receive(Self.audio())
        driver.receive(#"{"serverContent":{"outputTranscription":{"text":"Hi "}}}"#)
        driver.receive(#"{"serverContent":{"outputTranscription":{"text":"there"},"turnComplete":true}}"#)
        driver.receive(#"{"serverContent":{"inputTranscription":{"text":"Bye","finished":true}}}"#)
        #expect(
            driver.outputs.events == [
                .transcript(.caller, text: "Hel", isFinal: false), .transcript(.caller, text: "lo", isFinal: false),
                .transcript(.caller, text: "Hello", isFinal: true), .turnStarted(Self.turn),
                .transcript(.engine, text: "Hi ", isFinal: false), .transcript(.engine, text: "there", isFinal: false),
                .transcript(.engine, text: "Hi there", isFinal: true), .turnEnded(Self.turn, .completed),
                .transcript(.caller, text: "Bye", isFinal: false), .transcript(.caller, text: "Bye", isFinal: true),
            ])
    }

    @Test("A transcript that does not end is not kept without bound")
    func endlessTranscript() {
        var driver = Self.ready()
        let piece = String(repeating: "x", count: 10_000)
        for _ in 0..<100 { driver.receive(#"{"serverContent":{"inputTranscription":{"text":"\#(piece)"}}}"#) }
        driver.forget()
        driver.receive(#"{"serverContent":{"turnComplete":true}}"#)
        guard case .transcript(.caller, let text, true)? = driver.outputs.events.first else {
            Issue.record("no transcript")
            return
        }
        #expect(text.utf8.count <= 32_768)
    }

    @Test("Functions are called, cancelled, and their results are objects")
    func functions() {
        var driver = Self.ready()
        let call =
            #"{"toolCall":{"functionCalls":[{"id":"a","name":"f","args":{"x":[1]}},{"id":"b","name":"g"},"#
            + #"{"name":"h","args":{}},{"id":"nameless"},null]}}"#
        #expect(
            driver.receive(call).events == [
                .toolCall(EngineToolCall(id: "a", name: "f", arguments: #"{"x":[1]}"#)),
                .toolCall(EngineToolCall(id: "b", name: "g", arguments: "{}")),
                .toolCall(EngineToolCall(id: "sidetone-call-1", name: "h", arguments: "{}")),
            ])
        let head = #"{"toolResponse":{"functionResponses":[{"#
        #expect(
            driver.handle(.toolResult(id: "a", output: #"{"ok":true}"#, continueTurn: true)).sent == [
                head + #""id":"a","name":"f","response":{"ok":true}}]}}"#
            ])
        #expect(
            driver.handle(.toolResult(id: "sidetone-call-1", output: "not JSON", continueTurn: false)).sent == [
                head + #""name":"h","response":{"output":"not JSON"},"scheduling":"SILENT"}]}}"#
            ])
        #expect(
            driver.receive(#"{"toolCallCancellation":{"ids":["b","z",7]}}"#).events == [.toolCallCancelled(id: "b")])
        #expect(driver.handle(.toolResult(id: "b", output: "7", continueTurn: true)).isEmpty)
    }

    @Test("The end of a connection is announced, and what to resume it with")
    func lifetime() {
        var driver = Self.ready()
        #expect(
            driver.receive(#"{"sessionResumptionUpdate":{"newHandle":"h","resumable":true}}"#).events == [
                .resumable(EngineResumption("h"))
            ])
        #expect(driver.receive(#"{"sessionResumptionUpdate":{"newHandle":"","resumable":false}}"#).isEmpty)
        for (left, duration) in [("10s", Duration.seconds(10)), ("9.5s", .milliseconds(9_500)), ("soon", nil)] {
            #expect(
                driver.receive(#"{"goAway":{"timeLeft":"\#(left)"}}"#).events == [.goingAway(within: duration)])
        }
        for hostile in ["-1s", "1e99s", "nans", "s", "infs"] {
            #expect(driver.receive(#"{"goAway":{"timeLeft":"\#(hostile)"}}"#).events == [.goingAway(within: nil)])
        }
    }

    @Test("Usage and the caller's activity are told")
    func reports() {
        var driver = Self.ready()
        #expect(
            driver.receive(#"{"usageMetadata":{"promptTokenCount":7,"responseTokenCount":3}}"#).events == [
                .usage(inputTokens: 7, outputTokens: 3)
            ])
        #expect(
            driver.receive(#"{"voiceActivity":{"voiceActivityType":"ACTIVITY_START"}}"#).events == [.userSpeechStarted])
        #expect(
            driver.receive(#"{"voiceActivity":{"voiceActivityType":"ACTIVITY_END"}}"#).events == [.userSpeechStopped])
        #expect(driver.receive(#"{"somethingNew":{}}"#).isEmpty)
    }

    @Test("An error before the session is set up ends it")
    func errors() {
        let error = #"{"error":{"code":400,"message":"no such model","status":"INVALID_ARGUMENT"}}"#
        let event = EngineEvent.error(
            EngineFault(code: "INVALID_ARGUMENT", message: "no such model", isRecoverable: false))
        var driver = DialectDriver(EngineDialect.geminiLive.makeSession(EngineSessionConfiguration()))
        let made = driver.receive(error)
        #expect(made.events == [event])
        #expect(made.violation != nil)
        var ready = Self.ready()
        #expect(ready.receive(error) == [.event(event)])
    }

    @Test("Commands have their words")
    func commands() {
        var driver = Self.ready()
        #expect(driver.handle(.startTurn(instructions: "Greet")).sent == [#"{"realtimeInput":{"text":"Greet"}}"#])
        #expect(driver.handle(.startTurn(instructions: nil)).sent == [#"{"clientContent":{"turnComplete":true}}"#])
        #expect(driver.handle(.say("One moment")).sent.first?.contains("One moment") == true)
        #expect(driver.handle(.userText("hi")).sent == [#"{"realtimeInput":{"text":"hi"}}"#])
        #expect(driver.handle(.digit("#")).sent.first?.contains("pressed #") == true)
        #expect(
            driver.handle(.context("x")).sent == [
                #"{"clientContent":{"turns":[{"role":"user","parts":[{"text":"x"}]}],"turnComplete":false}}"#
            ])
        #expect(driver.handle(.end(.completed)).isEmpty)
    }

    @Test("What is no message ends the session", arguments: ["", "{", "[]", "7", "\u{0}"])
    func garbage(_ text: String) {
        var driver = Self.ready()
        #expect(driver.receive(text).violation != nil)
        #expect(driver.receive(Self.audio()).isEmpty)
    }

    @Test("A whole conversation with an engine that keeps to the vendor's description")
    func conversation() {
        let dialogue = DialectSamples.gemini()
        #expect(dialogue.engine.complaints.isEmpty)
        #expect(dialogue.violation == nil)
        #expect(dialogue.engine.history == ["user", "model"])
        #expect(dialogue.engine.audioMessages == 1)
        #expect(dialogue.engine.results == ["f-1"])
        #expect(dialogue.formats == [.inputFormat(.pcm16(rate: 16_000)), .outputFormat(.pcm16(rate: 24_000))])
        let whole = dialogue.audio.filter { $0.value == 2_880 }
        #expect(whole.count == 6)
        #expect(dialogue.audio.count == 7)
        #expect(dialogue.events.contains(.transcript(.caller, text: "order seven", isFinal: true)))
        #expect(dialogue.events.contains(.interrupted))
        #expect(dialogue.events.contains(.toolCallCancelled(id: "f-2")))
        #expect(dialogue.events.contains(.resumable(EngineResumption("handle-1"))))
        #expect(dialogue.events.contains(.goingAway(within: .seconds(10))))
        #expect(dialogue.events.count { if case .usage(40, 12) = $0 { true } else { false } } == 6)
    }
}
