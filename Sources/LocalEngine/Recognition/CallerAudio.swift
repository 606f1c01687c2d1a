#if LocalEngine
    import Codecs

    /// From the bytes of a client to the turns of its caller.
    final class CallerAudio {
        let format: AudioFormat
        private let detector: VoiceActivityDetector
        private let resampler: Resampler?
        private var turns: TurnDetector
        private var decoded: [Int16] = []
        private var pending: [Int16] = []

        init(format: AudioFormat, silence: Int) throws(RecognizerError) {
            guard let detector = VoiceActivityDetector() else { throw RecognizerError("out of memory") }
            self.format = format
            self.detector = detector
            turns = TurnDetector(silence: silence)
            guard format.sampleRate != VoiceActivityDetector.sampleRate else {
                resampler = nil
                return
            }
            do {
                resampler = try Resampler(from: format.sampleRate, to: VoiceActivityDetector.sampleRate, quality: 8)
            } catch {
                throw RecognizerError("\(format.sampleRate) Hz is not supported")
            }
        }

        func append(_ bytes: Span<UInt8>) -> [TurnDetector.Event] {
            decoded.removeAll(keepingCapacity: true)
            format.decode(bytes, into: &decoded)
            if let resampler {
                resampler.process(decoded.span, into: &pending)
            } else {
                pending.append(contentsOf: decoded)
            }
            var events: [TurnDetector.Event] = []
            var start = 0
            let length = VoiceActivityDetector.frameLength
            while pending.count - start >= length {
                let frame = pending[start..<start + length]
                if let event = turns.append(frame, isVoice: detector.isVoice(frame)) { events.append(event) }
                start += length
            }
            pending.removeFirst(start)
            return events
        }

        var silence: Int {
            get { turns.silence }
            set { turns.silence = newValue }
        }

        func end() -> TurnDetector.Event? { turns.end() }

        func reset() {
            turns.reset()
            pending.removeAll()
        }
    }
#endif
