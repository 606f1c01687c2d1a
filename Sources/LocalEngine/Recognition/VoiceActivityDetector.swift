#if LocalEngine
    import CWebRTCVAD

    /// Says for each 20 ms of 16 kHz audio whether someone speaks in it.
    final class VoiceActivityDetector {
        static let sampleRate = 16_000
        static let frameLength = 320

        private let state: OpaquePointer
        /// Mean square below which a frame counts as silence whatever its spectrum: about −56 dBFS.
        private let floor = 50.0 * 50.0

        /// - Parameter mode: 0 hears most, 3 least.
        init?(mode: Int32 = 2) {
            guard let state = WebRtcVad_Create() else { return nil }
            self.state = state
            guard WebRtcVad_Init(state) == 0, WebRtcVad_set_mode(state, mode) == 0 else {
                WebRtcVad_Free(state)
                return nil
            }
        }

        deinit {
            WebRtcVad_Free(state)
        }

        /// - Parameter frame: Exactly ``frameLength`` samples.
        func isVoice(_ frame: ArraySlice<Int16>) -> Bool {
            guard frame.count == Self.frameLength else { return false }
            let voiced = frame.withUnsafeBufferPointer { samples in
                WebRtcVad_Process(state, Int32(Self.sampleRate), samples.baseAddress, samples.count)
            }
            guard voiced == 1 else { return false }
            let energy = frame.reduce(0.0) { $0 + Double($1) * Double($1) }
            return energy / Double(frame.count) >= floor
        }
    }
#endif
