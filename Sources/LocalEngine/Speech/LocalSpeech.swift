#if LocalEngine
    import CFlite
    import Codecs
    import NIOConcurrencyHelpers

    /// Speech synthesis in this process with flite.
    public enum LocalSpeech {
        /// Synthesises `text`, in about a fiftieth of the time it takes to say it. Blocks: not for event loops.
        ///
        /// - Returns: Mono samples and their rate in Hz (16 000 for all of ``LocalVoice``); no samples if `text` has
        ///   nothing to say.
        public static func synthesize(text: String, voice: LocalVoice) -> (samples: [Int16], rate: Int) {
            // Only what flite reads as text: it takes C strings.
            let printable = text.filter { $0 != "\0" }
            return synthesizer.withLockedValue { synthesizer in synthesizer.synthesize(printable, voice) }
        }

        /// The same at `rate` Hz.
        public static func synthesize(text: String, voice: LocalVoice, rate: Int) throws(CodecError) -> [Int16] {
            let speech = synthesize(text: text, voice: voice)
            guard speech.rate != rate, !speech.samples.isEmpty else { return speech.samples }
            let resampler = try Resampler(from: speech.rate, to: rate)
            var samples: [Int16] = []
            resampler.process(speech.samples.span, into: &samples)
            return samples
        }

        /// flite keeps state that its threads would share, so one synthesis runs at a time.
        private static let synthesizer = NIOLockedValueBox(FliteSynthesizer())
    }

    /// The voices that were asked for so far. The pointers live as long as the process and are used under the lock of
    /// their owner only, which is what makes `@unchecked Sendable` right.
    private struct FliteSynthesizer: @unchecked Sendable {
        private var voices: [LocalVoice: UnsafeMutablePointer<cst_voice>] = [:]

        init() {
            _ = flite_init()
        }

        mutating func synthesize(_ text: String, _ name: LocalVoice) -> (samples: [Int16], rate: Int) {
            guard let voice = voice(name), let wave = flite_text_to_wave(text, voice) else { return ([], 16_000) }
            defer { delete_wave(wave) }
            let rate = Int(wave.pointee.sample_rate)
            guard let samples = wave.pointee.samples, wave.pointee.num_samples > 0 else { return ([], rate) }
            return (Array(UnsafeBufferPointer(start: samples, count: Int(wave.pointee.num_samples))), rate)
        }

        private mutating func voice(_ name: LocalVoice) -> UnsafeMutablePointer<cst_voice>? {
            if let known = voices[name] { return known }
            let voice =
                switch name {
                case .slt: register_cmu_us_slt(nil)
                case .rms: register_cmu_us_rms(nil)
                case .awb: register_cmu_us_awb(nil)
                }
            voices[name] = voice
            return voice
        }
    }
#endif
