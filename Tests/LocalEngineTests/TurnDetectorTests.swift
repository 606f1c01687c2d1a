#if LocalEngine
    import Testing

    @testable import LocalEngine

    @Suite("Turns of a caller")
    struct TurnDetectorTests {
        private let frame = [Int16](repeating: 1, count: 320)

        /// Feeds `.` for silence and `v` for voice; says after how many frames which event came.
        private func run(_ pattern: String, silence: Int = 200) -> [String] {
            var detector = TurnDetector(silence: silence)
            var events: [String] = []
            for (index, character) in pattern.enumerated() {
                switch detector.append(frame[...], isVoice: character == "v") {
                case .started?: events.append("start@\(index + 1)")
                case .ended(_, let audio, let voiced)?: events.append("end@\(index + 1):\(audio.count / 320):\(voiced)")
                case nil: break
                }
            }
            return events
        }

        @Test("Three voiced frames of five begin a turn")
        func onset() {
            #expect(run("..v.v.v") == ["start@7"])
            #expect(run("vvv") == ["start@3"])
            #expect(run("v..v..v..v") == [])
        }

        @Test("The silence asked for ends it, and the audio reaches back before its start")
        func end() {
            let silence = String(repeating: ".", count: 10)
            // 15 frames before the start are kept, then 2 voiced and 10 silent ones.
            #expect(run(String(repeating: ".", count: 30) + "vvvvv" + silence) == ["start@33", "end@45:27:100"])
        }

        @Test("A pause shorter than that does not end it")
        func pause() {
            let pause = String(repeating: ".", count: 9)
            #expect(run("vvv" + pause + "v" + pause) == ["start@3"])
        }

        @Test("A turn without an end is cut")
        func endless() {
            #expect(run(String(repeating: "v", count: 1_100)).count == 3)
        }
    }
#endif
