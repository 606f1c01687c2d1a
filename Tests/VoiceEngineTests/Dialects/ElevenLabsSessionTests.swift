import Codecs
import Testing
import VoiceEngine

@Suite("ElevenLabs Agents, client")
struct ElevenLabsSessionTests {
    static let turn = EngineTurnID("turn-1")

    static func metadata(input: String = "ulaw_8000", output: String = "ulaw_8000") -> String {
        #"{"type":"conversation_initiation_metadata","conversation_initiation_metadata_event":{"conversation_id":"c","#
            + #""agent_output_audio_format":"\#(output)","user_input_audio_format":"\#(input)"}}"#
    }

    static func audio(_ number: Int, _ data: String = "AQID") -> String {
        #"{"audio_event":{"audio_base_64":"\#(data)","event_id":\#(number)},"type":"audio"}"#
    }

    static func interruption(_ number: Int) -> String {
        #"{"type":"interruption","interruption_event":{"event_id":\#(number)}}"#
    }

    static func response(_ text: String) -> String {
        #"{"type":"agent_response","agent_response_event":{"agent_response":"\#(text)"}}"#
    }

    static func said(_ text: String) -> String {
        #"{"type":"user_transcript","user_transcription_event":{"user_transcript":"\#(text)"}}"#
    }

    /// A session that takes audio, with nothing left in the driver's outputs.
    static func ready(_ configuration: EngineSessionConfiguration = EngineSessionConfiguration()) -> DialectDriver {
        var driver = DialectDriver(EngineDialect.elevenLabsAgents.makeSession(configuration))
        driver.receive(metadata())
        driver.forget()
        return driver
    }

    @Test("The agent is in the query, and the key in its header")
    func handshake() {
        var driver = DialectDriver(
            EngineDialect.elevenLabsAgents.makeSession(EngineSessionConfiguration(), options: ["agent": "a b/é"]))
        let handshake = driver.handshake("/v1/convai/conversation", key: "k")
        #expect(handshake.target == "/v1/convai/conversation?agent_id=a%20b%2F%C3%A9")
        #expect(handshake.headers == [.init(name: "xi-api-key", value: "k")])
        #expect(driver.handshake("/c?agent_id=x").target == "/c?agent_id=x")
        #expect(driver.handshake("/c?y=1").target == "/c?y=1&agent_id=a%20b%2F%C3%A9")
    }

    @Test("The client speaks first; audio waits for the formats that the server tells")
    func setUp() {
        var driver = DialectDriver(
            EngineDialect.elevenLabsAgents.makeSession(
                EngineSessionConfiguration(
                    instructions: "Be brief.",
                    voice: "v-1",
                    language: "de-DE",
                    call: EngineCallContext(callID: "c-1", caller: "+49", variables: ["tier": "gold", "call_id": "x"])
                ),
                options: ["firstMessage": "", "userID": "u"]
            ))
        #expect(
            driver.outputs.sent == [
                #"{"type":"conversation_initiation_client_data","conversation_config_override":{"#
                    + #""agent":{"prompt":{"prompt":"Be brief."},"first_message":"","language":"de"},"#
                    + #""tts":{"voice_id":"v-1"}},"custom_llm_extra_body":{},"#
                    + #""dynamic_variables":{"call_id":"x","caller":"+49","tier":"gold"},"user_id":"u"}"#
            ])
        #expect(driver.message(for: [1]) == nil)
        #expect(
            driver.receive(Self.metadata(input: "pcm_16000", output: "ulaw_8000")) == [
                .inputFormat(.pcm16(rate: 16_000)), .outputFormat(.pcmu), .event(.ready),
            ])
        #expect(
            driver.message(for: [1, 2, 3]).map { String(decoding: $0, as: UTF8.self) }
                == #"{"user_audio_chunk":"AQID"}"#)
    }

    @Test("Nothing is overridden that the configuration does not name")
    func noOverrides() {
        let driver = DialectDriver(EngineDialect.elevenLabsAgents.makeSession(EngineSessionConfiguration()))
        #expect(
            driver.outputs.sent == [
                #"{"type":"conversation_initiation_client_data","conversation_config_override":{},"#
                    + #""custom_llm_extra_body":{},"dynamic_variables":{}}"#
            ])
    }

    @Test("A format that is not supported ends the session", arguments: ["pcm_44100", "mp3_44100", "opus", ""])
    func formats(_ name: String) {
        var driver = DialectDriver(EngineDialect.elevenLabsAgents.makeSession(EngineSessionConfiguration()))
        #expect(driver.receive(Self.metadata(output: name)).violation != nil)
    }

    @Test("Pings are answered with their number, before the conversation too")
    func pings() {
        var driver = DialectDriver(EngineDialect.elevenLabsAgents.makeSession(EngineSessionConfiguration()))
        let ping = #"{"type":"ping","ping_event":{"event_id":3,"ping_ms":50}}"#
        #expect(driver.receive(ping).sent == [#"{"type":"pong","event_id":3}"#])
        #expect(driver.receive(#"{"type":"ping"}"#).isEmpty)
    }

    @Test("A turn begins with its first audio, and ends when none has come for two ticks")
    func quietEnd() {
        var driver = Self.ready()
        #expect(driver.receive(Self.audio(1)) == [.event(.turnStarted(Self.turn)), .audio(Self.turn, [1, 2, 3])])
        #expect(driver.tick().isEmpty)
        #expect(driver.takeAudio(Self.audio(2)).turn == Self.turn)
        #expect(driver.tick().isEmpty)
        driver.receive(Self.audio(3))
        #expect(driver.tick().isEmpty)
        #expect(driver.tick() == [.event(.turnEnded(Self.turn, .completed))])
        #expect(driver.tick().isEmpty)
        #expect(driver.receive(Self.audio(4)).audio == ["turn-2:3"])
    }

    @Test(
        "A turn ends with the caller's words, and when the server says so",
        arguments: [said("hello"), #"{"type":"agent_response_complete"}"#])
    func otherEnds(_ message: String) {
        var driver = Self.ready()
        driver.receive(Self.audio(1))
        #expect(driver.receive(message).events.first == .turnEnded(Self.turn, .completed))
        #expect(driver.receive(Self.audio(2)).audio == ["turn-2:3"])
    }

    @Test("After an interruption audio up to its number is dropped, and no other")
    func interruption() {
        var driver = Self.ready()
        driver.receive(Self.audio(6))
        #expect(
            driver.receive(Self.interruption(7)) == [
                .event(.interrupted), .event(.turnEnded(Self.turn, .cancelled)),
            ])
        #expect(driver.takeAudio(Self.audio(7)).turn == nil)
        #expect(driver.receive(Self.audio(7)).isEmpty)
        #expect(driver.receive(Self.audio(8)).audio == ["turn-2:3"])
        for number in [-1, 6, 7] { #expect(driver.takeAudio(Self.audio(number)).turn == nil) }
        #expect(driver.takeAudio(Self.audio(9)).audio == [1, 2, 3])
        // An older interruption takes nothing back.
        driver.receive(Self.interruption(2))
        #expect(driver.receive(Self.audio(7)).isEmpty)
    }

    @Test("The short way takes what only carries on a turn")
    func shortWay() {
        var driver = Self.ready()
        #expect(driver.takeAudio(Self.audio(1)).turn == nil)
        driver.receive(Self.audio(1))
        for other in [
            Self.audio(2, "no Base64"), Self.audio(2, ""), Self.audio(2, #"\/w=="#), Self.said("x"),
            Self.audio(2) + "}",
            "", Self.audio(2).replacing(#""audio","#, with: #""ping","#).replacing(#":"audio"}"#, with: #":"ping"}"#),
        ] {
            #expect(driver.takeAudio(other).turn == nil, "\(other)")
            #expect(driver.takeAudio(other).audio.isEmpty)
        }
    }

    @Test("Cancelling drops the rest of the turn here: the server cannot be told")
    func cancel() {
        var driver = Self.ready()
        #expect(driver.handle(.cancelTurn).isEmpty)
        driver.receive(Self.audio(1))
        #expect(driver.handle(.cancelTurn) == [.event(.turnEnded(Self.turn, .cancelled))])
        for number in 2..<6 {
            #expect(driver.receive(Self.audio(number)).isEmpty)
            driver.tick()
        }
        driver.tick()
        #expect(driver.receive(Self.audio(7)).audio == ["turn-2:3"])
    }

    @Test("What the engine said is final when it can no longer be corrected")
    func corrections() {
        var driver = Self.ready()
        driver.receive(Self.response("I can explain all of it"))
        driver.receive(Self.audio(1))
        driver.receive(Self.interruption(1))
        driver.receive(
            #"{"type":"agent_response_correction","agent_response_correction_event":"#
                + #"{"original_agent_response":"I can explain all of it","corrected_agent_response":"I can"}}"#)
        driver.receive(Self.said("stop"))
        driver.receive(Self.response("Yes?"))
        driver.receive(Self.response("Are you there?"))
        driver.tick()
        driver.tick()
        #expect(
            driver.outputs.events.filter { if case .transcript(_, _, true) = $0 { true } else { false } } == [
                .transcript(.engine, text: "I can", isFinal: true), .transcript(.caller, text: "stop", isFinal: true),
                .transcript(.engine, text: "Yes?", isFinal: true),
                .transcript(.engine, text: "Are you there?", isFinal: true),
            ])
    }

    @Test("Functions are called and answered")
    func functions() {
        var driver = Self.ready()
        let call =
            #"{"type":"client_tool_call","client_tool_call":{"tool_name":"f","tool_call_id":"a","parameters":{"x":1}}}"#
        #expect(
            driver.receive(call).events == [.toolCall(EngineToolCall(id: "a", name: "f", arguments: #"{"x":1}"#))])
        #expect(
            driver.handle(.toolResult(id: "a", output: #"{"ok":true}"#, continueTurn: true)).sent == [
                #"{"type":"client_tool_result","tool_call_id":"a","result":"{\"ok\":true}","is_error":false}"#
            ])
        #expect(driver.receive(#"{"type":"client_tool_call","client_tool_call":{"tool_name":"f"}}"#).isEmpty)
    }

    @Test("Commands have their words")
    func commands() {
        var driver = Self.ready()
        #expect(driver.handle(.startTurn(instructions: "Greet")).sent == [#"{"type":"user_message","text":"Greet"}"#])
        #expect(driver.handle(.userText("hi")).sent == [#"{"type":"user_message","text":"hi"}"#])
        #expect(driver.handle(.say("One moment")).sent.first?.contains("One moment") == true)
        #expect(driver.handle(.digit("*")).sent.first?.contains("pressed *") == true)
        #expect(driver.handle(.context("x")).sent == [#"{"type":"contextual_update","text":"x"}"#])
        #expect(driver.handle(.startTurn(instructions: nil)).isEmpty)
    }

    @Test("The agent's first message can be chosen, but who was spoken to before is not greeted")
    func firstMessage() {
        for (history, message) in [([], "Good day"), ([EngineUtterance(speaker: .caller, text: "Hello")], "")] {
            let driver = DialectDriver(
                EngineDialect.elevenLabsAgents.makeSession(
                    EngineSessionConfiguration(history: history), options: ["firstMessage": "Good day"]))
            #expect(driver.outputs.sent.first?.contains(#""first_message":"\#(message)""#) == true)
        }
    }

    @Test("History is told as one text")
    func history() {
        var driver = DialectDriver(
            EngineDialect.elevenLabsAgents.makeSession(
                EngineSessionConfiguration(history: [
                    EngineUtterance(speaker: .caller, text: "Hello"), EngineUtterance(speaker: .engine, text: "Hi"),
                ])))
        #expect(
            driver.receive(Self.metadata()).sent == [
                #"{"type":"contextual_update","text":"What was said before:\nCaller: Hello\nYou: Hi"}"#
            ])
    }

    @Test("An error before the session is set up ends it")
    func errors() {
        let error = #"{"type":"error","error_event":{"error_type":"override_error","message":"not allowed"}}"#
        let event = EngineEvent.error(
            EngineFault(code: "override_error", message: "not allowed", isRecoverable: false))
        var driver = DialectDriver(EngineDialect.elevenLabsAgents.makeSession(EngineSessionConfiguration()))
        let made = driver.receive(error)
        #expect(made.events == [event])
        #expect(made.violation != nil)
        var ready = Self.ready()
        #expect(ready.receive(error) == [.event(event)])
    }

    @Test(
        "What is no message ends the session",
        arguments: ["", "{", "[]", "{}", #"{"type":1}"#, "\u{0}", audio(1, "no Base64")])
    func garbage(_ text: String) {
        var driver = Self.ready()
        #expect(driver.receive(text).violation != nil)
        #expect(driver.receive(Self.audio(1)).isEmpty)
    }

    @Test("A whole conversation with an engine that keeps to the vendor's description")
    func conversation() {
        let dialogue = DialectSamples.elevenLabs()
        #expect(dialogue.engine.complaints.isEmpty)
        #expect(dialogue.violation == nil)
        #expect(dialogue.engine.audioMessages == 1)
        #expect(dialogue.engine.pongs == [3])
        #expect(dialogue.engine.results == ["t-1"])
        #expect(dialogue.engine.contexts.count == 2)
        #expect(dialogue.engine.initiation?.string("dynamic_variables", "caller") == "+4930123456")
        #expect(dialogue.formats == [.inputFormat(.pcm16(rate: 16_000)), .outputFormat(.pcmu)])
        // Three pieces of each turn; the late one of the interrupted turn is not among them.
        #expect(dialogue.audio.values.allSatisfy { $0 == 3 * 161 })
        #expect(dialogue.audio.count == 4)
        #expect(dialogue.events.contains(.transcript(.engine, text: "As you", isFinal: true)))
        #expect(dialogue.events.contains(.interrupted))
        #expect(dialogue.events.count { if case .turnEnded = $0 { true } else { false } } == 4)
    }
}
