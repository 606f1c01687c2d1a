#if LocalEngine
    import Codecs
    import NIOConcurrencyHelpers

    /// Phrases of the engine that were synthesised before, as bytes ready to send.
    final class SpeechCache: Sendable {
        private struct Key: Hashable {
            var text: String
            var format: AudioFormat
        }

        private struct Contents {
            var phrases: [Key: [UInt8]] = [:]
            var size = 0
        }

        /// Bytes kept; the cache starts anew beyond it.
        private let maximumSize: Int
        private let voice: LocalVoice
        private let contents = NIOLockedValueBox(Contents())

        init(voice: LocalVoice, maximumSize: Int = 32 << 20) {
            self.voice = voice
            self.maximumSize = maximumSize
        }

        /// Blocks while it synthesises.
        func speech(_ text: String, in format: AudioFormat) throws(CodecError) -> [UInt8] {
            let key = Key(text: text, format: format)
            if let known = contents.withLockedValue({ $0.phrases[key] }) { return known }
            let samples = try LocalSpeech.synthesize(text: text, voice: voice, rate: format.sampleRate)
            var bytes: [UInt8] = []
            format.encode(samples.span, into: &bytes)
            contents.withLockedValue { contents in
                if contents.size + bytes.count > maximumSize { contents = Contents() }
                contents.size += bytes.count
                contents.phrases[key] = bytes
            }
            return bytes
        }
    }
#endif
