import Testing
import VoiceEngine

@Suite("OpenAI Realtime, client: audio that carries on a turn")
struct ReceiveAudioTests {
    private static func delta(_ audio: String = "AQIDBAUGBwg=", item: String = "item-with-a-long-name") -> String {
        #"{"type":"response.output_audio.delta","event_id":"e","response_id":"response-with-a-long-name","#
            + #""item_id":"\#(item)","output_index":0,"content_index":0,"delta":"\#(audio)"}"#
    }

    /// A session whose turn has had its first audio.
    private static func speaking() -> SessionDriver {
        var driver = SessionDriver.ready()
        driver.receive(#"{"type":"response.created","response":{"id":"response-with-a-long-name"}}"#)
        driver.receive(delta())
        return driver
    }

    /// What the short way makes of a message.
    private static func take(_ text: String, _ driver: inout SessionDriver) -> (turn: EngineTurnID?, audio: [UInt8]) {
        var audio: [UInt8] = [0xFF]
        let turn = driver.session.receiveAudio(text: Array(text.utf8).span, into: &audio)
        return (turn, audio)
    }

    @Test("It is appended, and counts for what is reported when the turn is cut")
    func carriesOn() {
        var driver = Self.speaking()
        var usual = Self.speaking()
        for _ in 0..<4 {
            let taken = Self.take(Self.delta(), &driver)
            #expect(taken.turn == EngineTurnID("response-with-a-long-name"))
            #expect(taken.audio == [0xFF, 1, 2, 3, 4, 5, 6, 7, 8])
            usual.receive(Self.delta())
        }
        // Five milliseconds have come: four are a cut, five are not.
        for milliseconds in [4, 5] {
            var (short, long) = (driver, usual)
            let command = EngineCommand.playedUpTo(
                EngineTurnID("response-with-a-long-name"), milliseconds: milliseconds)
            let sent = short.handle(command).sent
            #expect(sent == long.handle(command).sent)
            #expect(sent.isEmpty == (milliseconds == 5))
        }
    }

    @Test(
        "Anything else is left to the usual way",
        arguments: [
            #"{"type":"response.done","response":{"id":"response-with-a-long-name","status":"completed"}}"#,
            #"{"type":"input_audio_buffer.speech_started"}"#,
            delta(item: "another"), delta(""), delta(#"AQID\/w=="#), delta("no Base64!"), delta() + "}", "",
            delta().replacing("response-with", with: "answer-with"),
            delta().replacing(#""content_index":0"#, with: #""content_index":1"#),
            delta().replacing(#""delta":"AQIDBAUGBwg=""#, with: #""delta":7"#),
        ])
    func others(_ text: String) {
        var driver = Self.speaking()
        let taken = Self.take(text, &driver)
        #expect(taken.turn == nil)
        #expect(taken.audio == [0xFF])
        // Nothing was taken: the usual way makes of it what it makes of it otherwise.
        var usual = Self.speaking()
        #expect(driver.receive(text) == usual.receive(text))
    }

    @Test("Nothing is taken before the session is ready, before a turn's first audio, and after it was cut")
    func states() {
        var early = SessionDriver()
        #expect(Self.take(Self.delta(), &early).turn == nil)
        var first = SessionDriver.ready()
        #expect(Self.take(Self.delta(), &first).turn == nil)
        var cut = Self.speaking()
        cut.receive(#"{"type":"input_audio_buffer.speech_started"}"#)
        #expect(Self.take(Self.delta(), &cut).turn == nil)
        var over = Self.speaking()
        over.receive(#"{"type":"response.done","response":{"id":"response-with-a-long-name","status":"completed"}}"#)
        #expect(Self.take(Self.delta(), &over).turn == nil)
    }
}
