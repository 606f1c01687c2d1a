import ArgumentParser
import Codecs

/// Processor time of each codec and resampler for a frame of 20 ms.
struct BenchCodec: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "codec",
        abstract: "Measures codecs and resamplers: nanoseconds of processor time for 20 ms of audio."
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
        for name in CodecCatalog.encodingNames {
            let codec = try CodecCatalog.codec(named: name, clockRate: 8_000, channels: 1)
            try add(codec, name: name, to: &report)
        }
        for (from, to) in [(8_000, 16_000), (8_000, 24_000), (24_000, 8_000)] {
            for quality in [3, 5, 10] {
                let resampler = try Resampler(from: from, to: to, quality: quality)
                let frames = Frames(rate: from)
                var output: [Int16] = []
                let rounds = MediaBenchReport.measure(rounds: rounds, milliseconds: roundLength) {
                    output.removeAll(keepingCapacity: true)
                    resampler.process(frames.next().span, into: &output)
                }
                let name = "resample \(from / 1_000) to \(to / 1_000) kHz q\(quality)"
                report.results.append(.init(name: name, unit: "ns/frame", rounds: rounds))
            }
        }
        report.print(format)
    }

    private func add(_ codec: any SpeechCodec, name: String, to report: inout MediaBenchReport) throws {
        let frames = Frames(rate: codec.sampleRate)
        var payload: [UInt8] = []
        let encode = MediaBenchReport.measure(rounds: rounds, milliseconds: roundLength) {
            payload.removeAll(keepingCapacity: true)
            codec.encode(frames.next().span, into: &payload)
        }
        report.results.append(.init(name: "\(name) encode", unit: "ns/frame", rounds: encode))
        let payloads = frames.all.map { samples in
            var bytes: [UInt8] = []
            codec.encode(samples.span, into: &bytes)
            return bytes
        }
        var index = 0
        var samples: [Int16] = []
        let decode = MediaBenchReport.measure(rounds: rounds, milliseconds: roundLength) {
            samples.removeAll(keepingCapacity: true)
            let payload = payloads[index]
            try? codec.decode(payload.span, into: &samples)
            index = (index + 1) % payloads.count
        }
        report.results.append(.init(name: "\(name) decode", unit: "ns/frame", rounds: decode))
    }

    /// Frames of 20 ms, round and round.
    private final class Frames {
        let all: [[Int16]]
        private var index = 0

        init(rate: Int) {
            let samples = MediaBenchReport.voice(seconds: 4, rate: rate)
            let length = rate / 50
            all = stride(from: 0, to: samples.count, by: length).map { Array(samples[$0..<$0 + length]) }
        }

        func next() -> [Int16] {
            defer { index = (index + 1) % all.count }
            return all[index]
        }
    }
}
