#if G729
    import CBcg729

    /// G.729 with Annex B (RFC 3551 §4.5.6): frames of 10 ms in 10 octets, and in pauses a description of noise in 2.
    ///
    /// On bcg729, whose licence is the GPL: only in builds with the trait `G729`.
    public final class G729Codec: SpeechCodec {
        public let sampleRate = 8_000
        public let clockRate = 8_000
        public let maximumPayload = 240
        public private(set) var isPaused = false
        private let usesDTX: Bool
        private var states: States
        /// A frame for the decoder.
        private var frame: [UInt8] = []
        private var samples: [Int16] = []

        private static let frameSamples = 80
        private static let speechOctets = 10
        private static let noiseOctets = 2
        /// Frames that a payload may hold: 240 ms.
        private static let maximumFrames = 24

        private final class States {
            let encoder: OpaquePointer
            let decoder: OpaquePointer

            init?(usesDTX: Bool) {
                guard let encoder = initBcg729EncoderChannel(usesDTX ? 1 : 0) else { return nil }
                guard let decoder = initBcg729DecoderChannel() else {
                    closeBcg729EncoderChannel(encoder)
                    return nil
                }
                self.encoder = encoder
                self.decoder = decoder
            }

            deinit {
                closeBcg729EncoderChannel(encoder)
                closeBcg729DecoderChannel(decoder)
            }
        }

        /// - Parameters:
        ///   - usesAnnexB: Whether the peer takes descriptions of noise, as it does unless its `annexb` is `no`.
        ///   - usesDTX: Whether pauses are described to such a peer instead of sent.
        public init(usesAnnexB: Bool = true, usesDTX: Bool = false) throws(CodecError) {
            self.usesDTX = usesDTX && usesAnnexB
            guard let states = States(usesDTX: self.usesDTX) else {
                throw .unsupported(name: "G729", clockRate: clockRate)
            }
            self.states = states
        }

        public func ticks(of payload: Span<UInt8>) -> Int? {
            let speech = payload.count / Self.speechOctets
            let rest = payload.count % Self.speechOctets
            let frames = speech + (rest == 0 ? 0 : 1)
            guard rest == 0 || rest == Self.noiseOctets, frames > 0, frames <= Self.maximumFrames else { return nil }
            return frames * Self.frameSamples
        }

        public func decode(_ payload: Span<UInt8>, into samples: inout [Int16]) throws(CodecError) {
            guard ticks(of: payload) != nil else { throw .malformedPayload }
            var start = 0
            while start < payload.count {
                let length = min(Self.speechOctets, payload.count - start)
                frame.removeAll(keepingCapacity: true)
                for index in start..<start + length { frame.append(payload[index]) }
                isPaused = length == Self.noiseOctets
                decodeFrame(isErased: false, into: &samples)
                start += length
            }
        }

        public func conceal(_ count: Int, next: Span<UInt8>, into samples: inout [Int16]) {
            guard count > 0 else { return }
            let end = samples.count + count
            while samples.count < end {
                frame.removeAll(keepingCapacity: true)
                decodeFrame(isErased: true, into: &samples)
            }
            samples.removeLast(samples.count - end)
        }

        /// Decodes `frame`. An erased one after a description of noise goes on with it.
        private func decodeFrame(isErased: Bool, into samples: inout [Int16]) {
            let length = UInt8(frame.count)
            frame.append(contentsOf: repeatElement(0, count: Self.speechOctets - frame.count))
            let isNoise: UInt8 = isPaused && !isErased ? 1 : 0
            samples.append(upTo: Self.frameSamples) { output in
                bcg729Decoder(states.decoder, frame, length, isErased ? 1 : 0, isNoise, 0, output)
                return Self.frameSamples
            }
        }

        public func encode(_ input: Span<Int16>, into payload: inout [UInt8]) -> Transmission {
            let packet = payload.count
            var start = 0
            while start < input.count {
                samples.removeAll(keepingCapacity: true)
                for index in start..<min(start + Self.frameSamples, input.count) { samples.append(input[index]) }
                samples.append(contentsOf: repeatElement(0, count: Self.frameSamples - samples.count))
                let before = payload.count
                payload.append(upTo: Self.speechOctets) { output in
                    var length: UInt8 = 0
                    bcg729Encoder(states.encoder, samples, output, &length)
                    return Int(length)
                }
                // A description of noise is the last of its packet: speech behind it takes its place, 10 ms early.
                let hasNoise = (before - packet) % Self.speechOctets != 0
                if hasNoise, payload.count > before { payload.removeSubrange(before - Self.noiseOctets..<before) }
                start += Self.frameSamples
            }
            let made = payload.count - packet
            if made == 0 { return .nothing }
            return made < Self.speechOctets ? .comfortNoise : .speech
        }

        public func reset() {
            isPaused = false
            if let fresh = States(usesDTX: usesDTX) { states = fresh }
        }
    }
#endif
