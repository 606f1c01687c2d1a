import ArgumentParser
import Codecs

#if LocalEngine
    import LocalEngine
#endif

/// Processor time of each codec and resampler for a frame of 20 ms.
struct BenchCodec: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "codec",
        abstract: "Measures codecs and resamplers: microseconds of processor time for 20 ms of speech.",
        discussion: """
            A codec that is a library's stands beside the library alone, called on the same frames in alternate rounds: \
            the difference is what Sidetone adds.
            """
    )

    @Option(help: "text or json.")
    var format: MediaBenchReport.Format = .text

    @Option(help: "Rounds of which the median and the least are given.")
    var rounds = 9

    @Option(help: "Milliseconds of processor time that a round takes.")
    var roundLength = 50.0

    func validate() throws {
        guard rounds > 0, roundLength > 0 else { throw ValidationError("rounds and round-length must be positive") }
    }

    func run() throws {
        var report = MediaBenchReport()
        for test in BenchedCodec.all() { try add(test, to: &report) }
        for (from, to) in [(8_000, 16_000), (8_000, 24_000), (16_000, 24_000), (24_000, 8_000), (24_000, 16_000)] {
            for quality in [3, 5, 10] {
                let resampler = try Resampler(from: from, to: to, quality: quality)
                let frames = try SpeechFrames(rate: from)
                var output: [Int16] = []
                let rounds = MediaBenchReport.measure(rounds: rounds, milliseconds: roundLength) {
                    output.removeAll(keepingCapacity: true)
                    resampler.process(frames.next().span, into: &output)
                }
                let name = "resample \(from / 1_000) to \(to / 1_000) kHz q\(quality)"
                report.results.append(Self.result(name, rounds))
            }
        }
        report.print(format)
    }

    private static func result(_ name: String, _ nanoseconds: [Double]) -> MediaBenchReport.Result {
        .init(name: name, unit: "µs/frame", rounds: nanoseconds.map { $0 / 1_000 })
    }

    private func add(_ test: BenchedCodec, to report: inout MediaBenchReport) throws {
        let codec = try test.make()
        let frames = try SpeechFrames(rate: codec.sampleRate)
        let bare = test.bare
        var payload: [UInt8] = []
        let encode = MediaBenchReport.compare(rounds: rounds, milliseconds: roundLength) {
            payload.removeAll(keepingCapacity: true)
            _ = codec.encode(frames.next().span, into: &payload)
        } _: {
            bare?.encode(frames.next())
        }
        report.results.append(Self.result("\(test.name) encode", encode.first))
        if bare != nil { report.results.append(Self.result("\(test.name) encode, bare library", encode.second)) }

        let payloads = frames.all.map { samples in
            var bytes: [UInt8] = []
            _ = codec.encode(samples.span, into: &bytes)
            return bytes
        }
        let bareFrames = bare.map { bare in frames.all.map(bare.frame) } ?? []
        var samples: [Int16] = []
        var (index, bareIndex) = (0, 0)
        let decode = MediaBenchReport.compare(rounds: rounds, milliseconds: roundLength) {
            samples.removeAll(keepingCapacity: true)
            let payload = payloads[index]
            try? codec.decode(payload.span, into: &samples)
            index = (index + 1) % payloads.count
        } _: {
            guard let bare else { return }
            bare.decode(bareFrames[bareIndex])
            bareIndex = (bareIndex + 1) % bareFrames.count
        }
        report.results.append(Self.result("\(test.name) decode", decode.first))
        if bare != nil { report.results.append(Self.result("\(test.name) decode, bare library", decode.second)) }
    }
}

/// Frames of 20 ms of speech, round and round; in a build without the synthesiser, of something like it.
final class SpeechFrames {
    let all: [[Int16]]
    private var index = 0

    init(rate: Int) throws {
        #if LocalEngine
            let text = """
                Good morning, you have reached the service desk. Please say the number of your order, then your name, \
                and I will see what the matter is.
                """
            let samples = try LocalSpeech.synthesize(text: text, voice: .slt, rate: rate)
        #else
            let samples = MediaBenchReport.voice(seconds: 4, rate: rate)
        #endif
        let length = rate / 50
        all = stride(from: 0, to: samples.count - length + 1, by: length).map { Array(samples[$0..<$0 + length]) }
    }

    func next() -> [Int16] {
        defer { index = (index + 1) % all.count }
        return all[index]
    }
}
