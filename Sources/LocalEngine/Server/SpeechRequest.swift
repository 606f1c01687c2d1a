#if LocalEngine
    import Codecs
    import EngineTransport
    import VoiceEngine

    /// A text that is to become a WAV file, as clients of OpenAI's `/v1/audio/speech` ask for it.
    struct SpeechRequest: Sendable, Hashable {
        static let path = "/v1/audio/speech"
        /// Octets of a text.
        private static let longestText = 4_096

        /// Why there is no such file.
        struct Refusal: Error {
            let words: String
        }

        let text: String
        /// `nil`: the engine's own. Names of other engines' voices mean that as well.
        let voice: LocalVoice?

        /// - Parameter body: JSON with `input`, and perhaps `voice` and `response_format`, which has to be `wav`.
        init(parsing body: [UInt8]) throws(Refusal) {
            guard let json = try? JSONValue(parsing: body), case .object = json else {
                throw Refusal(words: "the body is no JSON object")
            }
            guard let text = json["input"]?.text, !text.isEmpty, text.utf8.count <= Self.longestText else {
                throw Refusal(words: "input must be a text of at most \(Self.longestText) octets")
            }
            guard json["response_format"]?.text ?? "wav" == "wav" else {
                throw Refusal(words: "response_format must be wav")
            }
            self.text = text
            voice = json["voice"]?.text.flatMap(LocalVoice.init(rawValue:))
        }

        /// Blocks while it synthesises.
        func file(_ standard: LocalVoice) throws(Refusal) -> [UInt8] {
            let speech = LocalSpeech.synthesize(text: text, voice: voice ?? standard)
            guard !speech.samples.isEmpty else { throw Refusal(words: "there is nothing to say") }
            return WAVAudio(sampleRate: speech.rate, samples: speech.samples).serialized()
        }
    }

    extension LocalEngineServer {
        /// Answers a POST.
        func respond(to request: WebSocketServer.Request, _ body: [UInt8]) async -> WebSocketServer.Response {
            guard request.path == SpeechRequest.path else { return Self.refusal(404, "there is no such path") }
            guard isAuthorized(request) else { return Self.refusal(401, "the bearer token is wrong") }
            do {
                let file = try await synthesize(SpeechRequest(parsing: body))
                return WebSocketServer.Response(status: 200, contentType: "audio/wav", body: file)
            } catch let refusal as SpeechRequest.Refusal {
                return Self.refusal(400, refusal.words)
            } catch {
                return Self.refusal(503, "the engine stops")
            }
        }

        private static func refusal(_ status: Int, _ words: String) -> WebSocketServer.Response {
            let body = JSONWriter.object { $0.object("error") { $0.member("message", words) } }
            return WebSocketServer.Response(status: status, contentType: "application/json", body: body)
        }
    }
#endif
