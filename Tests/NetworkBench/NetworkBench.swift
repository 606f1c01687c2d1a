import Codecs
import Foundation
import Media
import NetworkModel
import SDP

/// Writes what a leg hears behind each network of the model, as WAV files:
///
///     NetworkBench OUTPUT CODECS NETWORKS FILE...
///
/// CODECS and NETWORKS are lists with commas, or `all`. A FILE is a WAV file, or raw G.722 by the suffix `.g722`. Of each,
/// `OUTPUT/CODEC/NETWORK/on/NAME.wav` is what was heard, `off` the same with silence in place of what was lost, and
/// `OUTPUT/CODEC/reference/NAME.wav` what was said. The fate of a file's packets depends on its place in the list alone.
@main
struct NetworkBench {
    struct Choice {
        var name: String
        var format: PayloadFormat
        var rate: Int
    }

    static var choices: [Choice] {
        var choices = [
            Choice(name: "PCMU", format: .pcmu, rate: 8_000),
            Choice(
                name: "G722", format: PayloadFormat(payloadType: 9, encodingName: "G722", clockRate: 8_000),
                rate: 16_000),
            Choice(
                name: "opus",
                format: PayloadFormat(
                    payloadType: 98, encodingName: "opus", clockRate: 48_000, channels: 2,
                    formatParameters: "useinbandfec=1"),
                rate: 16_000),
            Choice(
                name: "AMR", format: PayloadFormat(payloadType: 97, encodingName: "AMR", clockRate: 8_000), rate: 8_000),
            Choice(
                name: "AMR-WB", format: PayloadFormat(payloadType: 97, encodingName: "AMR-WB", clockRate: 16_000),
                rate: 16_000),
        ]
        #if G729
            choices.append(
                Choice(
                    name: "G729", format: PayloadFormat(payloadType: 18, encodingName: "G729", clockRate: 8_000),
                    rate: 8_000))
        #endif
        return choices
    }

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 4 else {
            print("usage: NetworkBench OUTPUT CODECS NETWORKS FILE...")
            exit(64)
        }
        let (codecs, networks) = (arguments[2].split(separator: ","), arguments[3].split(separator: ","))
        for (seed, file) in arguments.dropFirst(4).enumerated() {
            let name = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
            let audio = try read(file)
            for choice in choices where codecs == ["all"] || codecs.contains(Substring(choice.name)) {
                let folder = arguments[1] + "/" + choice.name
                let samples = try resample(audio, to: choice.rate)
                try write(samples, rate: choice.rate, to: folder + "/reference", name)
                for network in NetworkCondition.all
                where networks == ["all"] || networks.contains(Substring(network.name)) {
                    for conceals in [true, false] {
                        let heard = try hear(samples, choice, network, seed: UInt64(seed + 1), conceals: conceals)
                        let place = "\(folder)/\(network.name)/\(conceals ? "on" : "off")"
                        try write(heard, rate: choice.rate, to: place, name)
                    }
                }
            }
        }
    }

    /// - Returns: As many samples as were said, from the time on at which the first of them could be heard.
    private static func hear(
        _ samples: [Int16],
        _ choice: Choice,
        _ network: NetworkCondition,
        seed: UInt64,
        conceals: Bool
    ) throws -> [Int16] {
        let sender = try CodecCatalog.codec(
            named: choice.format.encodingName, clockRate: choice.format.clockRate, channels: choice.format.channels,
            sampleRate: choice.rate, parameter: choice.format.formatParameter
        )
        sender.expect(loss: network.loss)
        let configuration = LegConfiguration(sampleRate: choice.rate, concealsLosses: conceals)
        let run = try ReceptionRun(format: choice.format, rate: choice.rate, configuration: configuration)
        var stream = PacketStream(codec: sender, payloadType: choice.format.payloadType)
        var path = network.path(seed)
        run.send(stream.packets(of: samples), over: &path)
        run.run()
        return run.heard
    }

    private static func read(_ file: String) throws -> WAVAudio {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: file)))
        guard file.hasSuffix(".g722") else { return try WAVAudio(parsing: bytes.span) }
        var samples: [Int16] = []
        try G722Codec().decode(bytes.span, into: &samples)
        return WAVAudio(sampleRate: 16_000, samples: samples)
    }

    private static func resample(_ audio: WAVAudio, to rate: Int) throws -> [Int16] {
        guard audio.sampleRate != rate else { return audio.samples }
        var samples: [Int16] = []
        try Resampler(from: audio.sampleRate, to: rate, quality: 10).process(audio.samples.span, into: &samples)
        return samples
    }

    private static func write(_ samples: [Int16], rate: Int, to folder: String, _ name: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let bytes = WAVAudio(sampleRate: rate, samples: samples).serialized()
        try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name).wav"))
    }
}
