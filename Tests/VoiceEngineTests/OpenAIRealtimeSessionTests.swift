import Codecs
import Testing
import VoiceEngine

@Suite("OpenAI Realtime, client: setting up")
struct OpenAIRealtimeSetUpTests {
    @Test("session.created is answered with session.update, and audio waits for session.updated")
    func order() {
        var driver = SessionDriver(
            EngineSessionConfiguration(
                instructions: "Be brief.",
                voice: "marin",
                language: "de-DE",
                audioFormat: .pcma,
                tools: [EngineTool(name: "hang_up", description: "End", parameters: #"{"type":"object"}"#)],
                endOfTurnSilence: 400
            ))
        var frame: [UInt8] = []
        #expect(driver.outputs.isEmpty)
        let isTakenAtFirst = driver.session.appendAudio([1, 2].span, into: &frame)
        #expect(!isTakenAtFirst)

        let update = driver.receive(#"{"type":"session.created","session":{"id":"sess_1"}}"#).sent
        #expect(
            update == [
                #"{"type":"session.update","session":{"type":"realtime","output_modalities":["audio"],"#
                    + #""instructions":"Be brief.","audio":{"input":{"format":{"type":"audio/pcma"},"#
                    + #""transcription":{"model":"gpt-4o-mini-transcribe","language":"de"},"#
                    + #""turn_detection":{"type":"server_vad","silence_duration_ms":400,"create_response":true,"#
                    + #""interrupt_response":true}},"output":{"format":{"type":"audio/pcma"},"voice":"marin"}},"#
                    + #""tools":[{"type":"function","name":"hang_up","description":"End","#
                    + #""parameters":{"type":"object"}}],"tool_choice":"auto"}}"#
            ])
        let isTakenBeforeUpdate = driver.session.appendAudio([1, 2].span, into: &frame)
        #expect(!isTakenBeforeUpdate)

        let ready = driver.receive(
            #"{"type":"session.updated","session":{"audio":{"input":{"format":{"type":"audio/pcma"}}}}}"#)
        #expect(ready == [.event(.ready)])
        let isTakenWhenReady = driver.session.appendAudio([1, 2, 3].span, into: &frame)
        #expect(isTakenWhenReady)
        #expect(String(decoding: frame, as: UTF8.self) == #"{"type":"input_audio_buffer.append","audio":"AQID"}"#)
    }

    @Test("PCM carries its rate")
    func pcmRate() {
        var driver = SessionDriver(EngineSessionConfiguration(audioFormat: .pcm16(rate: 24_000)))
        let update = driver.receive(#"{"type":"session.created"}"#).sent.first ?? ""
        #expect(update.contains(#""format":{"type":"audio/pcm","rate":24000}"#))
    }

    @Test("An engine that keeps another audio format is not used")
    func wrongFormat() {
        var driver = SessionDriver()
        driver.receive(#"{"type":"session.created"}"#)
        let outputs = driver.receive(
            #"{"type":"session.updated","session":{"audio":{"output":{"format":{"type":"audio/pcm"}}}}}"#)
        #expect(outputs.violation == "asked for audio/pcmu output, was given audio/pcm")
    }

    @Test("An error before the session is set up ends it")
    func refused() {
        var driver = SessionDriver()
        driver.receive(#"{"type":"session.created"}"#)
        let outputs = driver.receive(
            #"{"type":"error","error":{"type":"invalid_request_error","code":"invalid_value","message":"no such voice"}}"#
        )
        #expect(
            outputs.events == [
                .error(EngineFault(code: "invalid_value", message: "no such voice", isRecoverable: false))
            ])
        #expect(outputs.violation != nil)
        #expect(driver.receive(#"{"type":"session.updated"}"#).isEmpty)
    }

    @Test("What is no event ends the session", arguments: ["", "{", "[]", "{}", #"{"type":1}"#, "\u{0}"])
    func garbage(_ text: String) {
        var driver = SessionDriver.ready()
        #expect(driver.receive(text).violation != nil)
        #expect(driver.receive(#"{"type":"input_audio_buffer.speech_started"}"#).isEmpty)
    }

    @Test("Events of later versions are passed over")
    func unknownEvent() {
        var driver = SessionDriver.ready()
        #expect(driver.receive(#"{"type":"rate_limits.updated","rate_limits":[]}"#).isEmpty)
        #expect(driver.receive(#"{"type":"something.new"}"#).isEmpty)
    }
}

@Suite("OpenAI Realtime, client: turns")
struct OpenAIRealtimeTurnTests {
    @Test("A turn of the caller and the answer to it")
    func normalTurn() {
        var driver = SessionDriver.ready()
        driver.receive(#"{"type":"input_audio_buffer.speech_started","audio_start_ms":100,"item_id":"item_1"}"#)
        driver.receive(#"{"type":"input_audio_buffer.speech_stopped","audio_end_ms":900,"item_id":"item_1"}"#)
        driver.receive(#"{"type":"input_audio_buffer.committed","item_id":"item_1"}"#)
        driver.receive(#"{"type":"response.created","response":{"id":"resp_1","status":"in_progress"}}"#)
        driver.receive(
            #"{"type":"conversation.item.input_audio_transcription.completed","item_id":"item_1","transcript":"hello"}"#
        )
        driver.receive(
            #"{"type":"response.output_audio_transcript.delta","response_id":"resp_1","item_id":"item_2","delta":"Hi"}"#
        )
        driver.receive(
            #"{"type":"response.output_audio.delta","response_id":"resp_1","item_id":"item_2","content_index":0,"delta":"AAEC"}"#
        )
        driver.receive(
            #"{"type":"response.output_audio_transcript.done","response_id":"resp_1","transcript":"Hi there"}"#)
        driver.receive(#"{"type":"response.done","response":{"id":"resp_1","status":"completed","output":[]}}"#)
        let turn = EngineTurnID("resp_1")
        #expect(
            driver.outputs == [
                .event(.userSpeechStarted), .event(.userSpeechStopped), .event(.turnStarted(turn)),
                .event(.transcript(.caller, text: "hello", isFinal: true)),
                .event(.transcript(.engine, text: "Hi", isFinal: false)), .audio(turn, [0, 1, 2]),
                .event(.transcript(.engine, text: "Hi there", isFinal: true)), .event(.turnEnded(turn, .completed)),
            ])
    }

    @Test("The names of the beta protocol mean the same")
    func betaNames() {
        var driver = SessionDriver.ready()
        driver.receive(#"{"type":"response.created","response":{"id":"r"}}"#)
        driver.receive(#"{"type":"response.audio.delta","response_id":"r","item_id":"i","delta":"AAEC"}"#)
        driver.receive(#"{"type":"response.audio_transcript.delta","response_id":"r","delta":"Hi"}"#)
        #expect(driver.outputs.audio == ["r:3"])
        #expect(driver.outputs.events.contains(.transcript(.engine, text: "Hi", isFinal: false)))
    }

    @Test("Base64 with escaped slashes is audio too")
    func escapedSlashes() {
        var driver = SessionDriver.ready()
        driver.receive(#"{"type":"response.created","response":{"id":"r"}}"#)
        let outputs = driver.receive(#"{"type":"response.output_audio.delta","response_id":"r","delta":"\/\/\/\/"}"#)
        #expect(outputs == [.audio(EngineTurnID("r"), [255, 255, 255])])
    }

    @Test("Audio that is no Base64 ends the session")
    func brokenAudio() {
        var driver = SessionDriver.ready()
        driver.receive(#"{"type":"response.created","response":{"id":"r"}}"#)
        #expect(
            driver.receive(#"{"type":"response.output_audio.delta","response_id":"r","delta":"!"}"#).violation != nil)
    }

    @Test("An engine that leaves out response.created begins its turn with the first audio")
    func implicitTurn() {
        var driver = SessionDriver.ready()
        driver.receive(#"{"type":"response.output_audio.delta","response_id":"r","item_id":"i","delta":"AAEC"}"#)
        #expect(
            driver.outputs == [.event(.turnStarted(EngineTurnID("r"))), .audio(EngineTurnID("r"), [0, 1, 2])])
    }

    @Test("Barge-in: late audio is thrown away, and the item is cut where it was heard")
    func bargeIn() {
        var driver = SessionDriver.ready()
        let second = String(repeating: "A", count: 8_000 / 3 * 4) + "AAA="  // 8 000 bytes: 1 000 ms of PCMU.
        driver.receive(#"{"type":"response.created","response":{"id":"r1"}}"#)
        driver.receive(
            #"{"type":"response.output_audio.delta","response_id":"r1","item_id":"i1","content_index":0,"delta":"\#(second)"}"#
        )
        #expect(driver.outputs.audio == ["r1:8000"])
        driver.receive(#"{"type":"input_audio_buffer.speech_started","item_id":"i2"}"#)
        let late = driver.receive(
            #"{"type":"response.output_audio.delta","response_id":"r1","item_id":"i1","delta":"AAEC"}"#)
        #expect(late.isEmpty)
        let done = driver.receive(
            #"{"type":"response.done","response":{"id":"r1","status":"cancelled","status_details":{"reason":"turn_detected"}}}"#
        )
        #expect(done == [.event(.turnEnded(EngineTurnID("r1"), .cancelled))])
        let afterDone = driver.receive(
            #"{"type":"response.output_audio.delta","response_id":"r1","item_id":"i1","delta":"AAEC"}"#)
        #expect(afterDone.isEmpty)

        let cut = driver.handle(.playedUpTo(EngineTurnID("r1"), milliseconds: 260)).sent
        #expect(
            cut == [
                #"{"type":"conversation.item.truncate","item_id":"i1","content_index":0,"audio_end_ms":260}"#
            ])
        #expect(driver.handle(.playedUpTo(EngineTurnID("r1"), milliseconds: 200)).isEmpty)
    }

    @Test("A turn that was heard to its end is not cut", arguments: [3, 4, 1_000])
    func nothingToCut(_ milliseconds: Int) {
        var driver = SessionDriver.ready()
        driver.receive(#"{"type":"response.created","response":{"id":"r1"}}"#)
        // 24 bytes are 3 ms of PCMU.
        driver.receive(
            #"{"type":"response.output_audio.delta","response_id":"r1","item_id":"i1","delta":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#
        )
        #expect(driver.handle(.playedUpTo(EngineTurnID("r1"), milliseconds: milliseconds)).isEmpty)
    }

    @Test("A turn of several items is cut in the one that was being heard, and those after it at 0")
    func severalItems() {
        var driver = SessionDriver.ready()
        driver.receive(#"{"type":"response.created","response":{"id":"r1"}}"#)
        for item in ["a", "b", "c"] {
            driver.receive(
                #"{"type":"response.output_audio.delta","response_id":"r1","item_id":"\#(item)","delta":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#
            )
        }
        let cuts = driver.handle(.playedUpTo(EngineTurnID("r1"), milliseconds: 4)).sent
        #expect(
            cuts == [
                #"{"type":"conversation.item.truncate","item_id":"b","content_index":0,"audio_end_ms":1}"#,
                #"{"type":"conversation.item.truncate","item_id":"c","content_index":0,"audio_end_ms":0}"#,
            ])
    }

    @Test("A failed response says why, and the session goes on")
    func failed() {
        var driver = SessionDriver.ready()
        driver.receive(#"{"type":"response.created","response":{"id":"r"}}"#)
        let outputs = driver.receive(
            #"{"type":"response.done","response":{"id":"r","status":"failed","status_details":{"error":{"type":"server_error","code":"overloaded"}}}}"#
        )
        #expect(
            outputs == [
                .event(.error(EngineFault(code: "overloaded", message: "", isRecoverable: true))),
                .event(.turnEnded(EngineTurnID("r"), .failed)),
            ])
    }

    @Test("Cancelling is asked for once, and only of a running response")
    func cancel() {
        var driver = SessionDriver.ready()
        #expect(driver.handle(.cancelTurn).isEmpty)
        driver.receive(#"{"type":"response.created","response":{"id":"r"}}"#)
        #expect(driver.handle(.cancelTurn).sent == [#"{"type":"response.cancel","response_id":"r"}"#])
        #expect(driver.handle(.cancelTurn).isEmpty)
        #expect(driver.receive(#"{"type":"response.output_audio.delta","response_id":"r","delta":"AAEC"}"#).isEmpty)
    }
}

@Suite("OpenAI Realtime, client: asking for responses")
struct OpenAIRealtimeResponseTests {
    static let create1 = #"{"type":"response.create","event_id":"sidetone-1"}"#
    static let create2 = #"{"type":"response.create","event_id":"sidetone-2"}"#

    @Test("A greeting carries its instructions")
    func greeting() {
        var driver = SessionDriver.ready()
        #expect(
            driver.handle(.startTurn(instructions: "Greet")).sent == [
                #"{"type":"response.create","event_id":"sidetone-1","response":{"instructions":"Greet"}}"#
            ])
    }

    @Test("A second response waits for the end of the first")
    func queued() {
        var driver = SessionDriver.ready()
        #expect(driver.handle(.startTurn(instructions: nil)).sent == [Self.create1])
        #expect(driver.handle(.userText("42")).sent.count == 1)  // The item alone.
        driver.receive(#"{"type":"response.created","response":{"id":"r1"}}"#)
        #expect(driver.handle(.startTurn(instructions: nil)).isEmpty)
        let done = driver.receive(#"{"type":"response.done","response":{"id":"r1","status":"completed"}}"#)
        #expect(done.sent == [Self.create2])
    }

    @Test("A response that the server refuses because it gives another is asked for again afterwards")
    func collision() {
        var driver = SessionDriver.ready()
        driver.handle(.startTurn(instructions: nil))
        let refused = driver.receive(
            #"{"type":"error","error":{"type":"invalid_request_error","code":"conversation_already_has_active_response","message":"","event_id":"sidetone-1"}}"#
        )
        #expect(refused.isEmpty)
        driver.receive(#"{"type":"response.created","response":{"id":"r1"}}"#)
        let done = driver.receive(#"{"type":"response.done","response":{"id":"r1","status":"completed"}}"#)
        #expect(done.sent == [Self.create2])
    }

    @Test("A response that is refused for another reason frees the way for the next")
    func refused() {
        var driver = SessionDriver.ready()
        driver.handle(.startTurn(instructions: "x"))
        driver.handle(.startTurn(instructions: nil))
        let outputs = driver.receive(
            #"{"type":"error","error":{"code":"invalid_value","message":"no","event_id":"sidetone-1"}}"#)
        #expect(outputs.events == [.error(EngineFault(code: "invalid_value", message: "no", isRecoverable: true))])
        #expect(outputs.sent == [Self.create2])
    }

    @Test("While the caller speaks nothing is asked for: the server answers at the end of his turn")
    func callerSpeaks() {
        var driver = SessionDriver.ready()
        driver.receive(#"{"type":"input_audio_buffer.speech_started"}"#)
        #expect(driver.handle(.startTurn(instructions: nil)).isEmpty)
    }

    @Test(
        "An error that ends the session says so",
        arguments: [
            ("session_expired", false), ("insufficient_quota", false), ("input_audio_buffer_commit_empty", true),
        ])
    func recoverable(_ code: String, _ isRecoverable: Bool) {
        var driver = SessionDriver.ready()
        let outputs = driver.receive(#"{"type":"error","error":{"type":"x","code":"\#(code)","message":"m"}}"#)
        #expect(outputs.events == [.error(EngineFault(code: code, message: "m", isRecoverable: isRecoverable))])
    }
}

@Suite("OpenAI Realtime, client: functions")
struct OpenAIRealtimeFunctionTests {
    static let argumentsDone =
        #"{"type":"response.function_call_arguments.done","response_id":"r","item_id":"i","call_id":"c1","name":"transfer","arguments":"{\"target\":\"queue\"}"}"#

    @Test("A call is carried out when its response is complete, once, though three events carry it")
    func completed() {
        var driver = SessionDriver.ready()
        driver.receive(#"{"type":"response.created","response":{"id":"r"}}"#)
        #expect(driver.receive(Self.argumentsDone).isEmpty)
        let item = #"{"type":"function_call","call_id":"c1","name":"transfer","arguments":"{\"target\":\"queue\"}"}"#
        driver.receive(#"{"type":"response.output_item.done","response_id":"r","item":\#(item)}"#)
        let done = driver.receive(
            #"{"type":"response.done","response":{"id":"r","status":"completed","output":[\#(item)]}}"#)
        #expect(
            done == [
                .event(.turnEnded(EngineTurnID("r"), .completed)),
                .event(
                    .toolCall(EngineToolCall(id: "c1", name: "transfer", arguments: #"{"target":"queue"}"#))),
            ])
    }

    @Test(
        "The call of a response that did not complete is not carried out",
        arguments: ["cancelled", "failed", "incomplete"])
    func notCompleted(_ status: String) {
        var driver = SessionDriver.ready()
        driver.receive(#"{"type":"response.created","response":{"id":"r"}}"#)
        driver.receive(Self.argumentsDone)
        let done = driver.receive(#"{"type":"response.done","response":{"id":"r","status":"\#(status)"}}"#)
        #expect(
            !done.events.contains { event in
                if case .toolCall = event { return true }
                return false
            })
    }

    @Test("The beta protocol names the function in the item only")
    func nameInItem() {
        var driver = SessionDriver.ready()
        driver.receive(#"{"type":"response.created","response":{"id":"r"}}"#)
        driver.receive(
            #"{"type":"response.function_call_arguments.done","response_id":"r","call_id":"c","arguments":"{}"}"#)
        driver.receive(
            #"{"type":"response.output_item.done","response_id":"r","item":{"type":"function_call","call_id":"c","name":"hang_up"}}"#
        )
        let done = driver.receive(#"{"type":"response.done","response":{"id":"r","status":"completed"}}"#)
        #expect(done.events.last == .toolCall(EngineToolCall(id: "c", name: "hang_up", arguments: "{}")))
    }

    @Test("A result goes back as an item, and the engine goes on if it is to")
    func result() {
        var driver = SessionDriver.ready()
        let output =
            #"{"type":"conversation.item.create","item":{"type":"function_call_output","call_id":"c","output":"{\"ok\":true}"}}"#
        #expect(driver.handle(.toolResult(id: "c", output: #"{"ok":true}"#, continueTurn: false)).sent == [output])
        #expect(
            driver.handle(.toolResult(id: "c", output: #"{"ok":true}"#, continueTurn: true)).sent == [
                output, OpenAIRealtimeResponseTests.create1,
            ])
    }
}
