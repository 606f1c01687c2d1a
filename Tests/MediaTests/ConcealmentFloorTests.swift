import Codecs
import Media
import NetworkModel
import SDP
import Testing

/// What concealment is worth, over a whole leg: against the same packets with silence in place of what was lost.
@Suite("Concealment of a leg")
struct ConcealmentFloorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var format: PayloadFormat
        var rate: Int
        /// Decibels of distortion below which concealment has to stay, and what it has to gain.
        var distortion: Double
        var gain: Double

        var testDescription: String { format.encodingName }
    }

    static let cases = [
        Case(format: .pcma, rate: 8_000, distortion: 4.5, gain: 2),
        Case(
            format: PayloadFormat(payloadType: 9, encodingName: "G722", clockRate: 8_000), rate: 16_000,
            distortion: 4.5, gain: 2),
        Case(
            format: PayloadFormat(payloadType: 97, encodingName: "AMR", clockRate: 8_000), rate: 8_000,
            distortion: 6.5, gain: 0.5),
        Case(
            format: PayloadFormat(payloadType: 97, encodingName: "AMR-WB", clockRate: 16_000), rate: 16_000,
            distortion: 4.5, gain: 2),
        Case(
            format: PayloadFormat(
                payloadType: 98, encodingName: "opus", clockRate: 48_000, channels: 2,
                formatParameters: "useinbandfec=1"), rate: 16_000, distortion: 4.5, gain: 2),
    ]

    @Test("Levels in and behind gaps are near those of a network that loses nothing", arguments: cases)
    func floors(_ test: Case) throws {
        var lossy = NetworkPath(seed: 3)
        lossy.loss = .random(0.1)
        let whole = try Self.listen(test, NetworkPath(seed: 3), conceals: true)
        let with = Self.distortion(of: try Self.listen(test, lossy, conceals: true), from: whole, rate: test.rate)
        let without = Self.distortion(of: try Self.listen(test, lossy, conceals: false), from: whole, rate: test.rate)
        #expect(with <= test.distortion, "\(with) dB, \(without) dB without concealment")
        #expect(without >= with + test.gain, "\(with) dB, \(without) dB without concealment")
    }

    private static func listen(_ test: Case, _ path: NetworkPath, conceals: Bool) throws -> [Int16] {
        let codec = try CodecCatalog.codec(
            named: test.format.encodingName, clockRate: test.format.clockRate, channels: test.format.channels,
            sampleRate: test.rate, parameter: test.format.formatParameter
        )
        codec.expect(loss: 0.1)
        let run = try ReceptionRun(
            format: test.format, rate: test.rate, configuration: LegConfiguration(concealsLosses: conceals)
        )
        var stream = PacketStream(codec: codec, payloadType: test.format.payloadType)
        var path = path
        run.send(stream.packets(of: LegCompressedTests.voice(rate: test.rate, frames: 190)), over: &path)
        run.run()
        return run.heard
    }

    /// Mean difference of level in dB over the frames of 20 ms that differ at all; a silent one counts with 40 dB.
    private static func distortion(of heard: [Int16], from whole: [Int16], rate: Int) -> Double {
        var sum = 0.0
        var count = 0.0
        for start in stride(from: rate / 5, to: min(heard.count, whole.count) - rate, by: rate / 50) {
            let (x, y) = (Array(heard[start..<start + rate / 50]), Array(whole[start..<start + rate / 50]))
            let level = LevelMeter.level(of: y.span)
            guard x != y, level > -50 else { continue }
            sum += min(abs(LevelMeter.level(of: x.span) - level), 40)
            count += 1
        }
        return count == 0 ? 0 : sum / count
    }
}
