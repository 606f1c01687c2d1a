#if LocalEngine
    import NIOConcurrencyHelpers

    /// Recognition with the dialogue's own phrases as grammar: PocketSphinx, as many decoders as turns at one time.
    final class GrammarRecognizer: SpeechRecognizer {
        private let grammar: PhraseGrammar
        private let idle: NIOLockedValueBox<[GrammarDecoder]>

        /// Loads the first decoder, so that a dialogue that cannot be recognised is refused here.
        init(grammar: PhraseGrammar) throws(RecognizerError) {
            self.grammar = grammar
            idle = NIOLockedValueBox([try GrammarDecoder(grammar: grammar)])
        }

        func recognize(_ audio: [Int16]) throws -> String {
            let decoder = try idle.withLockedValue({ $0.popLast() }) ?? GrammarDecoder(grammar: grammar)
            defer { idle.withLockedValue { $0.append(decoder) } }
            return decoder.recognize(audio)
        }

        func stop() {
            idle.withLockedValue { $0.removeAll() }
        }
    }
#endif
