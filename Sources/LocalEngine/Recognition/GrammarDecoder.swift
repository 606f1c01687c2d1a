#if LocalEngine
    import CPocketSphinx
    import Glibc

    /// One PocketSphinx decoder with a grammar. Loading takes a few tenths of a second, so it is used again.
    ///
    /// Used by one thread at a time, which its pool sees to; that is what makes `@unchecked Sendable` right.
    final class GrammarDecoder: @unchecked Sendable {
        static let modelFolder = "/usr/share/pocketsphinx/model/en-us"

        /// How much the probabilities of the grammar count against those of the sounds.
        private static let languageWeight: Float = 6.5

        private let decoder: OpaquePointer

        init(grammar: PhraseGrammar) throws(RecognizerError) {
            // Its chatter goes nowhere; what matters comes back as an error.
            err_set_logfp(nil)
            let options: [(String, String)] = [
                ("-hmm", Self.modelFolder + "/en-us"),
                ("-dict", Self.modelFolder + "/cmudict-en-us.dict"),
                // Turns come cut already; the decoder's own voice detection would drop quiet beginnings.
                ("-remove_silence", "no"),
                ("-remove_noise", "no"),
                ("-beam", "1e-60"),
                ("-wbeam", "1e-50"),
                ("-pbeam", "1e-60"),
                ("-wip", "0.5"),
                ("-silprob", "0.1"),
                ("-bestpath", "no"),
            ]
            let words = ["sidetone"] + options.flatMap { [$0.0, $0.1] }
            let configuration = words.withCStrings { arguments, count in
                cmd_ln_parse_r(nil, ps_args(), count, arguments, 0)
            }
            guard let configuration else { throw RecognizerError("the options of PocketSphinx were not taken") }
            defer { _ = cmd_ln_free_r(configuration) }
            guard let decoder = ps_init(configuration) else {
                throw RecognizerError(
                    "PocketSphinx cannot load its model from \(Self.modelFolder); install the package pocketsphinx-en-us"
                )
            }
            self.decoder = decoder
            for word in grammar.words {
                guard let pronunciation = ps_lookup_word(decoder, word) else {
                    throw RecognizerError("\"\(word)\" is not in the pronouncing dictionary; use another word")
                }
                ckd_free(pronunciation)
            }
            guard let model = Self.model(grammar, ps_get_logmath(decoder)) else {
                throw RecognizerError("the grammar of the dialogue was not taken")
            }
            defer { _ = fsg_model_free(model) }
            guard ps_set_fsg(decoder, "dialogue", model) == 0, ps_set_search(decoder, "dialogue") == 0 else {
                throw RecognizerError("the grammar of the dialogue was not taken")
            }
        }

        deinit {
            _ = ps_free(decoder)
        }

        private static func model(
            _ grammar: PhraseGrammar,
            _ logarithms: OpaquePointer?
        ) -> UnsafeMutablePointer<fsg_model_t>? {
            var text = Array(grammar.text.utf8)
            return text.withUnsafeMutableBytes { bytes in
                guard let file = fmemopen(bytes.baseAddress, bytes.count, "r") else { return nil }
                defer { fclose(file) }
                return fsg_model_read(file, logarithms, languageWeight)
            }
        }

        func recognize(_ audio: [Int16]) -> String {
            guard ps_start_utt(decoder) == 0 else { return "" }
            audio.withUnsafeBufferPointer { samples in
                // The whole turn at once, so that the means are normalised over all of it.
                _ = ps_process_raw(decoder, samples.baseAddress, samples.count, 0, 1)
            }
            _ = ps_end_utt(decoder)
            var score: Int32 = 0
            guard let hypothesis = ps_get_hyp(decoder, &score) else { return "" }
            return String(cString: hypothesis)
        }
    }

    extension [String] {
        /// Calls `body` with the strings as an array of C strings.
        fileprivate func withCStrings<Result>(
            _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, Int32) -> Result
        ) -> Result {
            var pointers = map { strdup($0) }
            defer { for pointer in pointers { free(pointer) } }
            return pointers.withUnsafeMutableBufferPointer { buffer in body(buffer.baseAddress, Int32(buffer.count)) }
        }
    }
#endif
