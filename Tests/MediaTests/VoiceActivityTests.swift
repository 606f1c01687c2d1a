import Codecs
import Foundation
import Glibc
import NetworkModel
import Testing

@testable import Media

/// A voice with pauses, and noise over it: what a detector finds of one and takes of the other.
@Suite("Voice activity on a noisy line")
struct VoiceActivityTests {
    static let rate = 8_000
    static let frame = 160

    enum Noise: String, CaseIterable {
        case white, pink, car

        private static let loops: [Noise: [Double]] = Dictionary(
            uniqueKeysWithValues: allCases.map { ($0, $0.made(rate * 5)) })

        /// Five seconds of it, over and over.
        func samples(_ count: Int) -> [Double] {
            let loop = Self.loops[self] ?? []
            return (0..<count).map { loop[$0 % loop.count] }
        }

        private func made(_ count: Int) -> [Double] {
            var generator = SeededGenerator(seed: 7)
            var (slow, slower) = (0.0, 0.0)
            return (0..<count).map { _ in
                // The sum of twelve even numbers is near to normal.
                let white = (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &generator) }
                slow += 0.12 * (white - slow)
                slower += 0.05 * (slow - slower)
                switch self {
                case .white: return white
                case .pink: return white * 0.1 + slow + slower * 2
                case .car: return slower
                }
            }
        }
    }

    struct Line: CustomTestStringConvertible {
        var noise: Noise?
        /// Of the voice to the noise, in dB.
        var distance = 0.0

        var testDescription: String { noise.map { "\($0.rawValue), \(Int(distance)) dB" } ?? "quiet" }
    }

    /// The voice and, for each frame, whether there is speech in it; `nil` between the two.
    private static let voice: (samples: [Int16], truth: [Bool?], power: Double) = {
        var samples: [Int16] = []
        if RecordedSpeech.isInstalled {
            var generator = SeededGenerator(seed: 3)
            for prompt in RecordedSpeech.prompts() where samples.count < (RecordedSpeech.isWhole ? 600 : 40) * rate {
                samples += [Int16](repeating: 0, count: Int.random(in: 6_000...16_000, using: &generator))
                samples += (try? RecordedSpeech.resampled(prompt, to: rate)) ?? []
            }
        } else {
            var imitated = ImitatedVoice(seed: 5, pitch: 140)
            for _ in 0..<20 {
                samples += imitated.speak(seconds: 5, level: -20) + [Int16](repeating: 0, count: 8_000)
            }
        }
        samples.removeLast(samples.count % frame)
        let powers = stride(from: 0, to: samples.count, by: frame).map { start in
            samples[start..<start + frame].reduce(0) { $0 + Double($1) * Double($1) } / Double(frame)
        }
        let loud = powers.filter { $0 > 100 }.sorted()
        let active = loud[loud.count * 95 / 100]
        let truth: [Bool?] = powers.map { $0 > active / 1_000 ? true : $0 < active / 30_000 ? false : nil }
        let spoken = zip(powers, truth).filter { $0.1 == true }.map(\.0)
        return (samples, truth, spoken.reduce(0, +) / Double(spoken.count))
    }()

    private static func line(_ line: Line) -> [Int16] {
        guard let noise = line.noise else { return voice.samples }
        let sound = noise.samples(voice.samples.count)
        let power = sound.reduce(0) { $0 + $1 * $1 } / Double(sound.count)
        let gain = (voice.power * pow(10, -line.distance / 10) / power).squareRoot()
        return zip(voice.samples, sound).map { Int16(clamping: Int((Double($0) + $1 * gain).rounded())) }
    }

    /// Shares in per cent: of speech that was found, of the rest that was taken for it.
    private static func rates(_ line: [Int16], _ isVoice: (Span<Int16>) -> Bool) -> (found: Double, mistaken: Double) {
        var (speech, found, rest, mistaken) = (0, 0, 0, 0)
        for (index, truth) in voice.truth.enumerated() {
            let start = index * frame
            let isTaken = isVoice(line.span.extracting(start..<start + frame))
            switch truth {
            case true?: (speech, found) = (speech + 1, found + (isTaken ? 1 : 0))
            case false?: (rest, mistaken) = (rest + 1, mistaken + (isTaken ? 1 : 0))
            case nil: break
            }
        }
        return (Double(found) * 100 / Double(speech), Double(mistaken) * 100 / Double(rest))
    }

    private static func measure(_ line: Line) -> (found: Double, mistaken: Double) {
        let detector = OurDetector()
        return rates(Self.line(line)) { detector.isVoice($0, sampleRate: rate) }
    }

    /// Against those of WebRTC, when all of the corpus is measured.
    private static func compare(_ line: Line, _ ours: (found: Double, mistaken: Double)) {
        guard RecordedSpeech.isWhole else { return }
        var text = "\(line.testDescription): ours \(Self.text(ours))"
        for mode in 1...3 {
            guard let peer = WebRTCDetector.make(mode: Int32(mode)) else { continue }
            text += ", WebRTC mode \(mode) \(Self.text(rates(Self.line(line)) { peer.isVoice($0) }))"
        }
        RecordedSpeech.tell(text)
    }

    private static func text(_ rates: (found: Double, mistaken: Double)) -> String {
        String(format: "%.1f / %.1f", rates.found, rates.mistaken)
    }

    @Test(
        "Speech is found, and noise is not taken for it",
        arguments: [
            Line(), Line(noise: .white, distance: 20), Line(noise: .white, distance: 10),
            Line(noise: .pink, distance: 20),
            Line(noise: .pink, distance: 10), Line(noise: .car, distance: 20), Line(noise: .car, distance: 10),
            Line(noise: .white, distance: 5), Line(noise: .pink, distance: 5),
        ])
    func rates(_ line: Line) {
        let rates = Self.measure(line)
        Self.compare(line, rates)
        #expect(rates.found > (line.distance == 5 ? 65 : line.distance == 10 ? 85 : 90))
        // The 160 ms after each word that still count for it are most of this.
        // An imitated voice has silence between its syllables as well, which nobody is to hear as a pause.
        #expect(rates.mistaken < (RecordedSpeech.isInstalled ? 35 : 50))
    }

    @Test("Noise from the first moment on is background after 700 ms", arguments: Noise.allCases)
    func onlyNoise(_ noise: Noise) {
        let sound = noise.samples(Self.rate * 20)
        let power = sound.reduce(0) { $0 + $1 * $1 } / Double(sound.count)
        let samples = sound.map { Int16(clamping: Int($0 * 1_000 / power.squareRoot())) }
        let detector = OurDetector()
        var taken = 0
        for start in stride(from: 0, to: samples.count, by: Self.frame) {
            let span = samples.span.extracting(start..<start + Self.frame)
            let isVoice = detector.isVoice(span, sampleRate: Self.rate)
            if isVoice, start > Self.rate * 7 / 10 { taken += 1 }
        }
        #expect(taken < (noise == .car ? 300 : 30), "of 965 frames")
    }

    @Test("A higher rate is heard the same", arguments: [16_000, 24_000, 48_000])
    func rate(_ rate: Int) throws {
        let resampler = try Resampler(from: Self.rate, to: rate, quality: 5)
        var wide: [Int16] = []
        let minute = Array(Self.voice.samples.prefix(Self.rate * 60))
        resampler.process(minute.span, into: &wide)
        let detector = OurDetector()
        var (found, speech) = (0, 0)
        let frame = rate / 50
        for (index, truth) in Self.voice.truth.enumerated() where (index + 1) * frame <= wide.count {
            let span = wide.span.extracting(index * frame..<(index + 1) * frame)
            let isVoice = detector.isVoice(span, sampleRate: rate)
            guard truth == true else { continue }
            speech += 1
            if isVoice { found += 1 }
        }
        #expect(found * 100 > speech * 95)
    }
}

private final class OurDetector {
    private var detector = VoiceDetector(level: -50)

    func isVoice(_ frame: Span<Int16>, sampleRate: Int) -> Bool {
        detector.isVoice(frame, sampleRate: sampleRate, power: LevelMeter.power(of: frame))
    }
}

/// The voice activity detector of WebRTC, opened at run time where it is installed: something to compare with.
private final class WebRTCDetector {
    private typealias Make = @convention(c) () -> OpaquePointer?
    private typealias Set = @convention(c) (OpaquePointer?) -> Int32
    private typealias SetMode = @convention(c) (OpaquePointer?, Int32) -> Int32
    private typealias Process = @convention(c) (OpaquePointer?, Int32, UnsafePointer<Int16>?, Int) -> Int32
    private typealias Free = @convention(c) (OpaquePointer?) -> Void

    private struct Functions: @unchecked Sendable {
        var make: Make
        var initialise: Set
        var setMode: SetMode
        var process: Process
        var free: Free

        init?() {
            guard let library = dlopen("libwebrtc_audio_processing.so.1", RTLD_NOW),
                let make = dlsym(library, "WebRtcVad_Create"), let initialise = dlsym(library, "WebRtcVad_Init"),
                let setMode = dlsym(library, "WebRtcVad_set_mode"), let process = dlsym(library, "WebRtcVad_Process"),
                let free = dlsym(library, "WebRtcVad_Free")
            else { return nil }
            self.make = unsafeBitCast(make, to: Make.self)
            self.initialise = unsafeBitCast(initialise, to: Set.self)
            self.setMode = unsafeBitCast(setMode, to: SetMode.self)
            self.process = unsafeBitCast(process, to: Process.self)
            self.free = unsafeBitCast(free, to: Free.self)
        }
    }

    private static let functions = Functions()

    private let functions: Functions
    private let state: OpaquePointer

    private init(_ functions: Functions, _ state: OpaquePointer) {
        self.functions = functions
        self.state = state
    }

    static func make(mode: Int32) -> WebRTCDetector? {
        guard let functions, let state = functions.make() else { return nil }
        let made = WebRTCDetector(functions, state)
        return functions.initialise(state) == 0 && functions.setMode(state, mode) == 0 ? made : nil
    }

    deinit { functions.free(state) }

    func isVoice(_ frame: Span<Int16>) -> Bool {
        frame.withUnsafeBufferPointer { functions.process(state, 8_000, $0.baseAddress, $0.count) } == 1
    }
}
