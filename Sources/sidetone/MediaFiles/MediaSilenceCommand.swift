import ArgumentParser
import Codecs
import Foundation

/// `sidetone media silence FILE…`: finds dead air in recordings.
struct MediaSilenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "silence",
        abstract: "Finds stretches of recordings in which nothing is heard.",
        discussion: """
            Of a file with several channels, such as a stereo recording of a call, each channel is measured and also all of \
            them together: what is silent there is dead air, neither side says anything. Exit status 1 when a gap in all \
            channels together is longer than --above.
            """
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Argument(help: "WAV files with 16-bit samples, 1 to 8 channels.")
    var files: [String]

    @Option(help: "Gaps longer than so many milliseconds are listed.")
    var above = 1_500

    @Option(help: "What is not louder than so many dBov counts as silence, -120 to 0.")
    var level = -55.0

    @Option(help: "Leave out what lies in the first so many milliseconds.")
    var skip = 0

    @Option(help: "text or json.")
    var format = Format.text

    struct Report: Encodable {
        var above: Int
        var level: Double
        var files: [FileReport]
    }

    struct FileReport: Encodable {
        var path: String
        var durationMs: Int
        /// One of each channel.
        var channels: [Silence]
        /// Where no channel has sound.
        var together: Silence
    }

    struct Silence: Encodable {
        struct Gap: Encodable {
            var atMs: Int
            var ms: Int
        }

        var longestMs: Int
        /// Those that are too long.
        var gaps: [Gap]
    }

    func validate() throws {
        guard above >= 0, skip >= 0 else { throw ValidationError("Times must not be negative.") }
        guard (-120...0).contains(level) else { throw ValidationError("--level must be from -120 to 0.") }
    }

    func run() throws {
        var reports: [FileReport] = []
        for file in files {
            guard let data = FileManager.default.contents(atPath: file) else {
                Output.note("sidetone: \(file) cannot be read")
                throw ExitCode(66)
            }
            do {
                reports.append(report(file, try WAVChannels(parsing: [UInt8](data).span)))
            } catch {
                Output.note("sidetone: \(file): \(error)")
                throw ExitCode(66)
            }
        }
        switch format {
        case .json: try Output.json(Report(above: above, level: level, files: reports))
        case .text: for report in reports { print(text(report)) }
        }
        if reports.contains(where: { !$0.together.gaps.isEmpty }) { throw ExitCode.failure }
    }

    private func report(_ path: String, _ audio: WAVChannels) -> FileReport {
        FileReport(
            path: path,
            durationMs: (audio.channels.first?.count ?? 0) * 1_000 / audio.sampleRate,
            channels: audio.channels.map { silence(in: [$0], audio.sampleRate) },
            together: silence(in: audio.channels, audio.sampleRate)
        )
    }

    private func silence(in channels: [[Int16]], _ rate: Int) -> Silence {
        let first = min(skip * rate / 1_000, channels.first?.count ?? 0)
        let gaps = SilenceMeter.gaps(in: channels.map { Array($0[first...]) }, sampleRate: rate, level: level)
        return Silence(
            longestMs: gaps.map(\.length).max() ?? 0,
            gaps: gaps.filter { $0.length > above }.map { .init(atMs: $0.start + skip, ms: $0.length) }
        )
    }

    private func text(_ report: FileReport) -> String {
        var lines = ["\(report.path): \(report.durationMs) ms"]
        for (index, channel) in report.channels.enumerated() where report.channels.count > 1 {
            lines.append("  channel \(index + 1): longest silence \(channel.longestMs) ms")
        }
        lines.append("  together: longest silence \(report.together.longestMs) ms")
        lines += report.together.gaps.map { "  silent for \($0.ms) ms from \($0.atMs) ms on" }
        return lines.joined(separator: "\n")
    }
}
