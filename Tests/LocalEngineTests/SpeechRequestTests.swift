#if LocalEngine
    import Codecs
    import Testing

    @testable import LocalEngine

    @Suite("Texts that are to become WAV files")
    struct SpeechRequestTests {
        private static func refusal(_ body: String) -> String? {
            do throws(SpeechRequest.Refusal) {
                _ = try SpeechRequest(parsing: Array(body.utf8))
                return nil
            } catch {
                return error.words
            }
        }

        @Test("A request as clients write it, and the file that answers it")
        func request() throws {
            let body = #"{"model":"tts-1","voice":"rms","input":"Hello there.","response_format":"wav"}"#
            let request = try SpeechRequest(parsing: Array(body.utf8))
            #expect(request.text == "Hello there.")
            #expect(request.voice == .rms)
            let file = try request.file(.slt)
            let audio = try WAVAudio(parsing: file.span)
            #expect(audio.sampleRate == 16_000)
            #expect(audio.samples.count > 8_000)
            let other = try SpeechRequest(parsing: Array(#"{"voice":"alloy","input":"Hello there."}"#.utf8))
            #expect(other.voice == nil)
        }

        @Test(
            "What is refused",
            arguments: [
                ("", "the body is no JSON object"), ("[]", "the body is no JSON object"), ("{}", "input must be"),
                (#"{"input":7}"#, "input must be"), (#"{"input":""}"#, "input must be"),
                (#"{"input":"a","response_format":"mp3"}"#, "response_format must be wav"),
            ])
        func refused(_ body: String, _ words: String) {
            #expect(Self.refusal(body)?.hasPrefix(words) == true)
        }

        @Test("A text that is too long")
        func tooLong() {
            let text = String(repeating: "a", count: 4_097)
            #expect(Self.refusal(#"{"input":"\#(text)"}"#)?.hasPrefix("input must be") == true)
        }
    }
#endif
