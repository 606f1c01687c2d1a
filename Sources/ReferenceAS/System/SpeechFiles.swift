import ApplicationServer
import Codecs
import Foundation
import NIOCore
import Workflows

/// Texts that a speech server has rendered, as WAV files. What was rendered before is not asked for again while there is
/// room for it.
actor SpeechFiles: SpeechRenderer {
    private struct Entry {
        var path: String
        var octets: Int
        /// The larger, the later.
        var lastUse: Int
    }

    private static let maximumOctets = 16 * 1_024 * 1_024

    private let client: SpeechClient
    private let http: OutboundHTTPClient
    private let directory: String
    private let isTemporary: Bool
    private let capacity: Int
    private var entries: [CallAction.Speech: Entry] = [:]
    private var octets = 0
    private var uses = 0

    /// - Returns: `nil` if no server is configured.
    /// - Throws: ``SystemError``, a fault of the token.
    init?(_ definition: SpeechDefinition, rules: OutboundRules, group: any EventLoopGroup) throws {
        guard let url = definition.url else { return nil }
        var rules = rules
        rules.maximumBodyBytes = Self.maximumOctets
        http = OutboundHTTPClient(rules: rules, group: group)
        let endpoint = SpeechEndpoint(
            url: url,
            model: definition.model,
            voice: definition.voice,
            token: try definition.token?.resolve(),
            timeout: definition.timeout
        )
        client = SpeechClient(endpoint, client: http)
        isTemporary = definition.cacheDirectory == nil
        directory =
            definition.cacheDirectory
            ?? FileManager.default.temporaryDirectory.appendingPathComponent("sidetone-\(UUID().uuidString)").path
        capacity = definition.cacheSize
        do {
            try Self.prepare(directory)
        } catch {
            throw SystemError("speech.cacheDirectory: \(directory) cannot be used: \(error)")
        }
    }

    /// Only the owner may read what callers are told. Files of a server before this one go.
    private static func prepare(_ directory: String) throws {
        let manager = FileManager.default
        try manager.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        for name in try manager.contentsOfDirectory(atPath: directory)
        where name.hasPrefix("speech-") && name.hasSuffix(".wav") {
            try manager.removeItem(atPath: "\(directory)/\(name)")
        }
    }

    func file(saying speech: CallAction.Speech) async throws(SpeechFailure) -> String {
        uses += 1
        if let known = entries[speech] {
            entries[speech]?.lastUse = uses
            return known.path
        }
        let bytes: [UInt8]
        do throws(WorkflowError) {
            bytes = try await client.speech(speech.text, voice: speech.voice, language: speech.language)
        } catch {
            throw SpeechFailure("\(error)")
        }
        // Somebody else may have had the same rendered meanwhile.
        if let known = entries[speech] { return known.path }
        return try keep(bytes, of: speech)
    }

    /// Servers that send while they render know no length: the file is written anew.
    private func keep(_ bytes: [UInt8], of speech: CallAction.Speech) throws(SpeechFailure) -> String {
        let audio: WAVAudio
        do throws(WAVError) { audio = try WAVAudio(parsing: bytes.span) } catch {
            throw SpeechFailure("no WAV file that can be played: \(error)")
        }
        guard !audio.samples.isEmpty else { throw SpeechFailure("a WAV file without samples") }
        let file = audio.serialized()
        let path = "\(directory)/speech-\(UUID().uuidString).wav"
        do {
            try Data(file).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw SpeechFailure("cannot be written: \(error)")
        }
        makeRoom(for: file.count)
        entries[speech] = Entry(path: path, octets: file.count, lastUse: uses)
        octets += file.count
        return path
    }

    private func makeRoom(for needed: Int) {
        guard octets + needed > capacity else { return }
        // A tenth more than needed, so that not every text sorts all of them.
        for (speech, entry) in entries.sorted(by: { $0.value.lastUse < $1.value.lastUse }) {
            guard octets + needed > capacity - capacity / 10 else { return }
            try? FileManager.default.removeItem(atPath: entry.path)
            entries[speech] = nil
            octets -= entry.octets
        }
    }

    /// Nothing can be rendered afterwards.
    func shutDown() async {
        await http.shutDown()
        for entry in entries.values { try? FileManager.default.removeItem(atPath: entry.path) }
        entries = [:]
        octets = 0
        if isTemporary { try? FileManager.default.removeItem(atPath: directory) }
    }
}
