import Codecs
import Testing
import VoiceEngine

@Suite("Deepgram Voice Agent, client")
struct DeepgramSessionTests {
    static let welcome = #"{"type":"Welcome","request_id":"r"}"#
    static let applied = #"{"type":"SettingsApplied"}"#
    static let turn = EngineTurnID("turn-1")

    /// A session that takes audio, with nothing left in the driver's outputs.
    static func ready(
        _ configuration: EngineSessionConfiguration = EngineSessionConfiguration(audioFormat: .pcmu),
        options: [String: String] = [:]
    ) -> DialectDriver {
        var driver = DialectDriver(EngineDialect.deepgramAgent.makeSession(configuration, options: options))
        driver.receive(welcome)
        driver.receive(applied)
        driver.forget()
        return driver
    }

    @Test("The key is shown as a token")
    func handshake() {
        var driver = Self.ready()
        let handshake = driver.handshake("/v1/agent/converse", key: "secret")
        #expect(handshake.target == "/v1/agent/converse")
        #expect(handshake.headers == [.init(name: "Authorization", value: "Token secret")])
        #expect(driver.handshake().headers.isEmpty)
    }

    @Test("Welcome is answered with Settings, and audio waits for SettingsApplied")
    func setUp() {
        var driver = DialectDriver(
            EngineDialect.deepgramAgent.makeSession(
                EngineSessionConfiguration(
                    instructions: "Be brief.",
                    voice: "aura-2-luna-en",
                    language: "de",
                    audioFormat: .pcma,
                    tools: [EngineTool(name: "hang_up", description: "End", parameters: #"{"type":"object"}"#)],
                    history: [
                        EngineUtterance(speaker: .caller, text: "Hello"), EngineUtterance(speaker: .engine, text: "Hi"),
                    ]
                ),
                options: ["thinkProvider": "anthropic", "thinkModel": "m", "mipOptOut": "true"]
            ))
        #expect(driver.outputs.isEmpty)
        #expect(driver.message(for: [1]) == nil)
        let settings = driver.receive(Self.welcome).sent
        #expect(
            settings == [
                #"{"type":"Settings","audio":{"input":{"encoding":"alaw","sample_rate":8000},"#
                    + #""output":{"encoding":"alaw","sample_rate":8000,"container":"none"}},"#
                    + #""agent":{"listen":{"provider":{"type":"deepgram","model":"nova-3","language":"de"}},"#
                    + #""think":{"provider":{"type":"anthropic","model":"m"},"prompt":"Be brief.","#
                    + #""functions":[{"name":"hang_up","description":"End","parameters":{"type":"object"}}]},"#
                    + #""speak":{"provider":{"type":"deepgram","model":"aura-2-luna-en"}},"#
                    + #""context":{"messages":[{"type":"History","role":"user","content":"Hello"},"#
                    + #"{"type":"History","role":"assistant","content":"Hi"}]}},"mip_opt_out":true}"#
            ])
        #expect(driver.message(for: [1]) == nil)
        #expect(driver.receive(Self.applied) == [.event(.ready)])
        #expect(driver.message(for: [1, 2, 3]) == [1, 2, 3])
        #expect(driver.session.sendsBinaryAudio)
    }

    @Test("Linear audio carries its rate; the flux models take hints of the language")
    func otherSettings() {
        var driver = DialectDriver(
            EngineDialect.deepgramAgent.makeSession(
                EngineSessionConfiguration(language: "es", audioFormat: .pcm16(rate: 16_000)),
                options: ["listenModel": "flux-general-multi"]
            ))
        let settings = driver.receive(Self.welcome).sent.first ?? ""
        #expect(settings.contains(#""input":{"encoding":"linear16","sample_rate":16000}"#))
        #expect(settings.contains(#""model":"flux-general-multi","version":"v2","language_hints":["es"]"#))
    }

    @Test("The agent greets, but not who was spoken to before")
    func greeting() {
        for history in [[], [EngineUtterance(speaker: .caller, text: "Hello")]] {
            var driver = DialectDriver(
                EngineDialect.deepgramAgent.makeSession(
                    EngineSessionConfiguration(history: history), options: ["greeting": "Good day"]))
            let settings = driver.receive(Self.welcome).sent.first ?? ""
            #expect(settings.contains(#""greeting":"Good day""#) == history.isEmpty)
        }
    }

    @Test("A stored agent is named, and given the instructions when it is there")
    func storedAgent() {
        var driver = DialectDriver(
            EngineDialect.deepgramAgent.makeSession(
                EngineSessionConfiguration(instructions: "Be brief.", audioFormat: .pcmu), options: ["agent": "a-1"]))
        let settings = driver.receive(Self.welcome).sent.first ?? ""
        #expect(settings.hasSuffix(#""agent":"a-1"}"#))
        #expect(
            driver.receive(Self.applied) == [
                .send(Array(#"{"type":"UpdatePrompt","prompt":"Be brief."}"#.utf8)), .event(.ready),
            ])
        // Its own prompt is not known here, so nothing can be added to it.
        var own = Self.ready(EngineSessionConfiguration(audioFormat: .pcmu), options: ["agent": "a-1"])
        #expect(own.handle(.context("x")).isEmpty)
    }

    @Test("An error before the session is set up ends it; a later one is told, and the session is not of use")
    func errors() {
        let error = #"{"type":"Error","description":"no such model","code":"INVALID_SETTINGS"}"#
        let event = EngineEvent.error(
            EngineFault(code: "INVALID_SETTINGS", message: "no such model", isRecoverable: false))
        var driver = DialectDriver(EngineDialect.deepgramAgent.makeSession(EngineSessionConfiguration()))
        driver.receive(Self.welcome)
        let refused = driver.receive(error)
        #expect(refused.events == [event])
        #expect(refused.violation != nil)
        #expect(driver.receive(Self.applied).isEmpty)

        var ready = Self.ready()
        #expect(ready.receive(error) == [.event(event)])
        #expect(
            ready.receive(#"{"type":"Warning","description":"slow","code":"SLOW"}"#).events == [
                .error(EngineFault(code: "SLOW", message: "slow", isRecoverable: true))
            ])
    }

    @Test("A turn begins with its first audio and ends with AgentAudioDone")
    func turns() {
        var driver = Self.ready()
        #expect(driver.receive(#"{"type":"AgentThinking","content":"x"}"#).events == [.thinking])
        driver.receive(#"{"type":"AgentStartedSpeaking","total_latency":1,"tts_latency":1,"ttt_latency":1}"#)
        #expect(driver.session.turn(ofAudio: [1, 2].span) == nil)
        #expect(driver.receive([1, 2]) == [.event(.turnStarted(Self.turn)), .audio(Self.turn, [1, 2])])
        #expect(driver.session.turn(ofAudio: [3].span) == Self.turn)
        #expect(driver.receive(#"{"type":"AgentAudioDone"}"#) == [.event(.turnEnded(Self.turn, .completed))])
        #expect(driver.receive(#"{"type":"AgentAudioDone"}"#).isEmpty)
        #expect(driver.receive([4]).events == [.turnStarted(EngineTurnID("turn-2"))])
    }

    @Test("What still comes of an interrupted turn is dropped until the next one begins")
    func bargeIn() {
        for next in [
            #"{"type":"ConversationText","role":"user","content":"stop"}"#, #"{"type":"AgentAudioDone"}"#,
            #"{"type":"AgentThinking","content":""}"#,
            #"{"type":"AgentStartedSpeaking","total_latency":1,"tts_latency":1,"ttt_latency":1}"#,
        ] {
            var driver = Self.ready()
            driver.receive([1])
            let made = driver.receive(#"{"type":"UserStartedSpeaking"}"#)
            #expect(made == [.event(.userSpeechStarted), .event(.turnEnded(Self.turn, .cancelled))])
            #expect(driver.session.turn(ofAudio: [2].span) == nil)
            #expect(driver.receive([2]).isEmpty)
            driver.receive(next)
            #expect(driver.receive([3]).audio == ["turn-2:1"])
        }
    }

    @Test("That the caller has finished shows in what comes next, and is told once")
    func callerFinishes() {
        for next in [
            #"{"type":"ConversationText","role":"user","content":"stop"}"#, #"{"type":"AgentThinking","content":""}"#,
            #"{"type":"AgentStartedSpeaking","total_latency":1,"tts_latency":1,"ttt_latency":1}"#,
        ] {
            var driver = Self.ready()
            #expect(driver.receive(next).events.contains(.userSpeechStopped) == false)
            driver.receive(#"{"type":"UserStartedSpeaking"}"#)
            #expect(driver.receive(next).events.first == .userSpeechStopped)
            #expect(driver.receive(next).events.contains(.userSpeechStopped) == false)
        }
        var driver = Self.ready()
        driver.receive(#"{"type":"UserStartedSpeaking"}"#)
        #expect(driver.receive([1]).events == [.userSpeechStopped, .turnStarted(Self.turn)])
    }

    @Test("Cancelling drops the rest of the turn here: the server cannot be told")
    func cancel() {
        var driver = Self.ready()
        #expect(driver.handle(.cancelTurn).isEmpty)
        driver.receive([1])
        #expect(driver.handle(.cancelTurn) == [.event(.turnEnded(Self.turn, .cancelled))])
        #expect(driver.receive([2]).isEmpty)
        driver.receive(#"{"type":"AgentAudioDone"}"#)
        #expect(driver.receive([3]).audio == ["turn-2:1"])
    }

    @Test("Both sides' words are told")
    func transcripts() {
        var driver = Self.ready()
        driver.receive(#"{"type":"ConversationText","role":"user","content":"hello"}"#)
        driver.receive(#"{"type":"ConversationText","role":"assistant","content":"Hi"}"#)
        driver.receive(#"{"type":"ConversationText","role":"system","content":"x"}"#)
        driver.receive(#"{"type":"ConversationText","role":"user","content":""}"#)
        #expect(
            driver.outputs.events == [
                .transcript(.caller, text: "hello", isFinal: true), .transcript(.engine, text: "Hi", isFinal: true),
            ])
    }

    @Test("Functions of the client are called, and their results carry the name")
    func functions() {
        var driver = Self.ready()
        let request =
            #"{"type":"FunctionCallRequest","functions":[{"id":"a","name":"f","arguments":"{\"x\":1}","client_side":true},"#
            + #"{"id":"b","name":"g","arguments":"","client_side":true},{"id":"c","name":"h","arguments":"{}","#
            + #""client_side":false},{"name":"nameless"},7]}"#
        #expect(
            driver.receive(request).events == [
                .toolCall(EngineToolCall(id: "a", name: "f", arguments: #"{"x":1}"#)),
                .toolCall(EngineToolCall(id: "b", name: "g", arguments: "{}")),
            ])
        #expect(
            driver.handle(.toolResult(id: "a", output: #"{"ok":true}"#, continueTurn: true)).sent == [
                #"{"type":"FunctionCallResponse","id":"a","name":"f","content":"{\"ok\":true}"}"#
            ])
        #expect(driver.handle(.toolResult(id: "a", output: "{}", continueTurn: true)).isEmpty)
        let cancelled = #"{"type":"FunctionCallCancelled","functions":[{"id":"b","name":"g"},{"id":"z","name":"g"}]}"#
        #expect(driver.receive(cancelled).events == [.toolCallCancelled(id: "b")])
        #expect(driver.handle(.toolResult(id: "b", output: "{}", continueTurn: true)).isEmpty)
    }

    @Test("Commands have their words")
    func commands() {
        var driver = Self.ready(EngineSessionConfiguration(instructions: "Be brief.", audioFormat: .pcmu))
        #expect(
            driver.handle(.say("One moment")).sent == [
                #"{"type":"InjectAgentMessage","message":"One moment","behavior":"queue"}"#
            ])
        #expect(
            driver.handle(.startTurn(instructions: "Greet")).sent == [
                #"{"type":"InjectUserMessage","content":"Greet"}"#
            ])
        #expect(driver.handle(.userText("hi")).sent == [#"{"type":"InjectUserMessage","content":"hi"}"#])
        #expect(driver.handle(.digit("5")).sent.first?.contains("pressed 5") == true)
        #expect(
            driver.handle(.context("He is a customer.")).sent == [
                #"{"type":"UpdatePrompt","prompt":"Be brief.\n\nHe is a customer."}"#
            ])
        for silent: EngineCommand in [.startTurn(instructions: nil), .hold(true), .end(.completed)] {
            #expect(driver.handle(silent).isEmpty)
        }
    }

    @Test("What is added to the prompt is bounded")
    func boundedContext() {
        var driver = Self.ready()
        for _ in 0..<100 { driver.handle(.context(String(repeating: "x", count: 1_000))) }
        let last = driver.handle(.context("the last")).sent.first ?? ""
        #expect(last.utf8.count < 9_000)
        #expect(last.hasSuffix(#"the last"}"#))
    }

    @Test("A connection without audio is kept alive")
    func keepAlive() {
        var driver = DialectDriver(EngineDialect.deepgramAgent.makeSession(EngineSessionConfiguration()))
        #expect(driver.session.timerInterval.map { $0 <= .seconds(8) } == true)
        #expect(driver.tick().isEmpty)
        driver = Self.ready()
        #expect(driver.tick().sent == [#"{"type":"KeepAlive"}"#])
        _ = driver.message(for: [1])
        #expect(driver.tick().isEmpty)
        #expect(driver.tick().sent == [#"{"type":"KeepAlive"}"#])
    }

    @Test("What is no message ends the session", arguments: ["", "{", "[]", "{}", #"{"type":1}"#, "\u{0}"])
    func garbage(_ text: String) {
        var driver = Self.ready()
        #expect(driver.receive(text).violation != nil)
        #expect(driver.receive(#"{"type":"UserStartedSpeaking"}"#).isEmpty)
        #expect(driver.receive([1]).isEmpty)
    }

    @Test("A whole conversation with an engine that keeps to the vendor's description")
    func conversation() {
        var dialogue = DialectSamples.deepgram()
        #expect(dialogue.engine.complaints.isEmpty)
        #expect(dialogue.violation == nil)
        #expect(dialogue.engine.audioOctets == 160)
        #expect(dialogue.engine.keepAlives == 1)
        #expect(dialogue.engine.settings?.string("agent", "think", "prompt") == "Be brief.")
        #expect(dialogue.events.first == .ready)
        // Three pieces in each turn, none of them lost or taken twice.
        #expect(dialogue.audio.values.allSatisfy { $0 == 480 })
        #expect(dialogue.audio.count == 5)
        let ended = dialogue.events.filter { if case .turnEnded(_, .completed) = $0 { true } else { false } }
        #expect(ended.count == 5)
        dialogue.tick()
        #expect(dialogue.engine.keepAlives == 2)
    }
}
