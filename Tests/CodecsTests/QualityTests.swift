import Codecs
import Testing

/// Every codec on the same sentences, against floors that a codec which works clears and a broken one does not.
@Suite("Quality of speech", Speech.needed)
struct QualityTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var clockRate: Int
        var channels = 1
        /// Rate of the audio; for Opus the engine's.
        var rate: Int
        var parameters: [String: String] = [:]
        /// Every n-th packet is lost; 0: none.
        var lossInterval = 0
        var correlation: Double
        var segmentalSNR: Double
        var logSpectralDistance: Double

        var testDescription: String {
            let loss = lossInterval == 0 ? "" : ", 1 in \(lossInterval) lost"
            return "\(name)/\(clockRate) \(parameters.map { "\($0)=\($1)" }.sorted().joined(separator: " "))\(loss)"
        }
    }

    /// What comes out when every packet that is not lost is decoded and every other one concealed.
    static func measure(_ test: Case) throws -> Quality {
        func make() throws -> any SpeechCodec {
            try CodecCatalog.codec(
                named: test.name, clockRate: test.clockRate, channels: test.channels, sampleRate: test.rate,
                usesDTX: true, parameter: { test.parameters[$0] }
            )
        }
        let (sender, receiver) = (try make(), try make())
        #expect(sender.sampleRate == test.rate)
        if test.lossInterval > 0 { sender.expect(loss: 1 / Double(test.lossInterval)) }
        let speech = try Speech.samples(rate: test.rate)
        let length = test.rate * sender.packetTime(near: 20) / 1_000
        var packets: [[UInt8]] = []
        for start in stride(from: 0, to: speech.count - length, by: length) {
            var payload: [UInt8] = []
            _ = sender.encode(speech.span.extracting(start..<start + length), into: &payload)
            packets.append(payload)
        }
        var decoded: [Int16] = []
        for (index, packet) in packets.enumerated() {
            if packet.isEmpty || test.lossInterval > 0 && index % test.lossInterval == test.lossInterval - 1 {
                let next = index + 1 < packets.count ? packets[index + 1] : []
                receiver.conceal(length, next: next.span, into: &decoded)
            } else {
                try receiver.decode(packet.span, into: &decoded)
            }
        }
        return Quality(original: speech, decoded: decoded, rate: test.rate)
    }

    static let cases = [
        Case(
            name: "PCMA", clockRate: 8_000, rate: 8_000,
            correlation: 0.99, segmentalSNR: 30, logSpectralDistance: 3),
        Case(
            name: "PCMU", clockRate: 8_000, rate: 8_000,
            correlation: 0.99, segmentalSNR: 30, logSpectralDistance: 3),
        Case(
            name: "PCMA", clockRate: 8_000, rate: 8_000, lossInterval: 20,
            correlation: 0.98, segmentalSNR: 28, logSpectralDistance: 3.2),
        Case(
            name: "L16", clockRate: 16_000, rate: 16_000,
            correlation: 1, segmentalSNR: 35, logSpectralDistance: 0),
        Case(
            name: "G722", clockRate: 8_000, rate: 16_000,
            correlation: 0.99, segmentalSNR: 25, logSpectralDistance: 2.5),
        Case(
            name: "G722", clockRate: 8_000, rate: 16_000, lossInterval: 20,
            correlation: 0.95, segmentalSNR: 20, logSpectralDistance: 3.3),
        Case(
            name: "AMR-WB", clockRate: 16_000, rate: 16_000,
            correlation: 0.88, segmentalSNR: 6, logSpectralDistance: 4.2),
        Case(
            name: "AMR-WB", clockRate: 16_000, rate: 16_000, parameters: ["mode-set": "2", "octet-align": "1"],
            correlation: 0.88, segmentalSNR: 6, logSpectralDistance: 5.2),
        Case(
            name: "AMR-WB", clockRate: 16_000, rate: 16_000, lossInterval: 20,
            correlation: 0.65, segmentalSNR: 3.5, logSpectralDistance: 5.2),
        Case(
            name: "AMR", clockRate: 8_000, rate: 8_000,
            correlation: 0.6, segmentalSNR: 2, logSpectralDistance: 5.2),
        Case(
            name: "AMR", clockRate: 8_000, rate: 8_000, parameters: ["mode-set": "0"],
            correlation: 0.6, segmentalSNR: 2, logSpectralDistance: 6.8),
        Case(
            name: "AMR", clockRate: 8_000, rate: 8_000, lossInterval: 20,
            correlation: 0.5, segmentalSNR: 1.5, logSpectralDistance: 5.8),
        Case(
            name: "opus", clockRate: 48_000, channels: 2, rate: 8_000,
            correlation: 0.88, segmentalSNR: 7, logSpectralDistance: 3.2),
        Case(
            name: "opus", clockRate: 48_000, channels: 2, rate: 16_000,
            correlation: 0.88, segmentalSNR: 6, logSpectralDistance: 3.4),
        Case(
            name: "opus", clockRate: 48_000, channels: 2, rate: 24_000,
            correlation: 0.88, segmentalSNR: 6, logSpectralDistance: 3.4),
        Case(
            name: "opus", clockRate: 48_000, channels: 2, rate: 16_000, lossInterval: 20,
            correlation: 0.85, segmentalSNR: 5.5, logSpectralDistance: 3.9),
        Case(
            name: "opus", clockRate: 48_000, channels: 2, rate: 16_000, parameters: ["useinbandfec": "1"],
            lossInterval: 20,
            correlation: 0.88, segmentalSNR: 6, logSpectralDistance: 5.2),
    ]

    @Test("Speech comes through", arguments: cases)
    func floors(_ test: Case) throws {
        let quality = try Self.measure(test)
        #expect(quality.correlation >= test.correlation, "\(quality)")
        #expect(quality.segmentalSNR >= test.segmentalSNR, "\(quality)")
        #expect(quality.logSpectralDistance <= test.logSpectralDistance, "\(quality)")
    }
}
