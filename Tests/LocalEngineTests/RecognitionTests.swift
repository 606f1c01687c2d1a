#if LocalEngine
    import Codecs
    import Testing

    @testable import LocalEngine

    @Suite("Recognition of the demonstration phrases over G.711", .serialized)
    struct RecognitionTests {
        /// 95 % is what the grammar recogniser has to reach to be the default.
        @Test("The caller of the demonstrations is understood", arguments: [LocalVoice.rms])
        func understood(_ voice: LocalVoice) throws {
            let test = try LocalEngineSelfTest()
            defer { test.stop() }
            let results = try test.run(voice: voice)
            let phrases = results.filter { $0.expected != nil }
            let wrong = phrases.filter { !$0.isRight }
            #expect(phrases.count >= 20)
            #expect(Double(phrases.count - wrong.count) >= 0.95 * Double(phrases.count), "\(wrong)")
            let strangers = results.filter { $0.expected == nil }
            #expect(strangers.count { $0.isRight } >= strangers.count - 1, "\(strangers)")
        }

        @Test("Silence and faint noise are no turn")
        func silence() throws {
            let caller = try CallerAudio(format: .pcma, silence: 500)
            var octets: [UInt8] = []
            var noise: UInt32 = 1
            let samples = (0..<16_000).map { _ in
                noise = noise &* 1_664_525 &+ 1_013_904_223
                return Int16(truncatingIfNeeded: Int(noise >> 24) % 32 - 16)
            }
            G711.a.encode(samples.span, into: &octets)
            let events = caller.append(octets.span)
            #expect(events.isEmpty)
        }

        @Test("A word without a pronunciation is named")
        func unknownWord() throws {
            var dialogue = Dialogue.standard
            dialogue.intents[0].phrases = [try PhrasePattern(parsing: "xyzzyx")]
            let error = #expect(throws: RecognizerError.self) {
                _ = try GrammarDecoder(grammar: PhraseGrammar(dialogue))
            }
            #expect(error?.description.contains("xyzzyx") == true)
        }

        @Test("A missing whisper says how to install it")
        func missingWhisper() {
            let error = #expect(throws: RecognizerError.self) {
                _ = try WhisperRecognizer(python: "python3", model: "/no/such/model")
            }
            #expect(error?.description.contains("pip install") == true)
        }
    }
#endif
