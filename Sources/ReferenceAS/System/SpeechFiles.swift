import ApplicationServer
import Codecs
import Foundation
import NIOCore
import Workflows

/// Texts that a speech server has rendered, as WAV files. What was rendered before is not asked for again while there is
/// room for it, and what several calls want said at a time is asked for once.
actor SpeechFiles: SpeechRenderer {
    private struct Entry {
        var path: String
        var octets: Int
        var lastUse: ContinuousClock.Instant
    }

    private typealias Outcome = Result<String, SpeechFailure>

    /// A text that is being rendered, or waits for that.
    private struct Rendering {
        let number: Int
        var task: Task<Void, Never>?
        var waiters: [Int: AsyncStream<Outcome>.Continuation] = [:]
    }

    static let renderingsAtATime = 32
    private static let maximumOctets = 16 * 1_024 * 1_024

    private let client: SpeechClient
    private let http: OutboundHTTPClient
    private let folder: ProcessFolder
    private let capacity: Int
    private let timeToOpen: Duration
    private var entries: [CallAction.Speech: Entry] = [:]
    private var octets = 0
    private var renderings: [CallAction.Speech: Rendering] = [:]
    /// Texts whose turn it is not yet.
    private var queue: [CallAction.Speech] = []
    private var running = 0
    /// Numbers renderings and waiters.
    private var count = 0

    /// - Parameter timeToOpen: A file is there for so long after it was asked for, room or not.
    /// - Returns: `nil` if no server is configured.
    /// - Throws: ``SystemError``, a fault of the token.
    init?(
        _ definition: SpeechDefinition,
        rules: OutboundRules,
        timeToOpen: Duration = .seconds(30),
        group: any EventLoopGroup
    ) throws {
        guard let url = definition.url else { return nil }
        let token = try definition.token?.resolve()
        let parent = definition.cacheDirectory ?? FileManager.default.temporaryDirectory.path
        do {
            folder = try ProcessFolder(in: parent, prefix: "sidetone-speech")
        } catch {
            throw SystemError("speech.cacheDirectory: \(parent) cannot be used: \(error)")
        }
        var rules = rules
        rules.maximumBodyBytes = Self.maximumOctets
        http = OutboundHTTPClient(rules: rules, group: group)
        let endpoint = SpeechEndpoint(
            url: url, model: definition.model, voice: definition.voice, token: token, timeout: definition.timeout)
        client = SpeechClient(endpoint, client: http)
        capacity = definition.cacheSize
        self.timeToOpen = timeToOpen
    }

    func file(saying speech: CallAction.Speech) async throws(SpeechFailure) -> String {
        if let known = known(speech) { return known }
        count += 1
        let waiter = count
        let (results, continuation) = AsyncStream.makeStream(of: Outcome.self)
        join(speech, as: waiter, continuation)
        for await result in results { return try result.get() }
        leave(speech, as: waiter)
        throw SpeechFailure("not waited for")
    }

    /// Nothing can be rendered afterwards.
    func shutDown() async {
        for rendering in renderings.values {
            rendering.task?.cancel()
            for waiter in rendering.waiters.values { waiter.finish() }
        }
        renderings = [:]
        queue = []
        await http.shutDown()
        entries = [:]
        octets = 0
        folder.remove()
    }

    // MARK: Renderings

    private func join(_ speech: CallAction.Speech, as waiter: Int, _ results: AsyncStream<Outcome>.Continuation) {
        if renderings[speech] == nil {
            renderings[speech] = Rendering(number: waiter)
            queue.append(speech)
        }
        renderings[speech]?.waiters[waiter] = results
        renderNext()
    }

    /// What nobody waits for any more is not rendered.
    private func leave(_ speech: CallAction.Speech, as waiter: Int) {
        renderings[speech]?.waiters[waiter] = nil
        guard let rendering = renderings[speech], rendering.waiters.isEmpty else { return }
        renderings[speech] = nil
        if let task = rendering.task {
            task.cancel()
        } else {
            queue.removeAll { $0 == speech }
        }
    }

    private func renderNext() {
        while running < Self.renderingsAtATime, let speech = queue.first, let number = renderings[speech]?.number {
            queue.removeFirst()
            running += 1
            // Cancelled with the last one who waits, and by `shutDown`.
            renderings[speech]?.task = Task {
                let result: Outcome
                do throws(SpeechFailure) { result = .success(try await render(speech)) } catch {
                    result = .failure(error)
                }
                finish(speech, number, result)
            }
        }
    }

    private func finish(_ speech: CallAction.Speech, _ number: Int, _ result: Outcome) {
        running -= 1
        if let rendering = renderings[speech], rendering.number == number {
            renderings[speech] = nil
            for waiter in rendering.waiters.values {
                waiter.yield(result)
                waiter.finish()
            }
        }
        renderNext()
    }

    private func render(_ speech: CallAction.Speech) async throws(SpeechFailure) -> String {
        let bytes: [UInt8]
        do throws(WorkflowError) {
            bytes = try await client.speech(speech.text, voice: speech.voice, language: speech.language)
        } catch {
            throw SpeechFailure("\(error)")
        }
        return try keep(bytes, of: speech)
    }

    // MARK: Files

    private func known(_ speech: CallAction.Speech) -> String? {
        guard let entry = entries[speech] else { return nil }
        guard FileManager.default.fileExists(atPath: entry.path) else {
            drop(speech)
            return nil
        }
        entries[speech]?.lastUse = .now
        return entry.path
    }

    /// Servers that send while they render know no length: the file is written anew.
    private func keep(_ bytes: [UInt8], of speech: CallAction.Speech) throws(SpeechFailure) -> String {
        // Another rendering of the same may have outlived those who waited for it.
        if let known = known(speech) { return known }
        let audio: WAVAudio
        do throws(WAVError) { audio = try WAVAudio(parsing: bytes.span) } catch {
            throw SpeechFailure("no WAV file that can be played: \(error)")
        }
        guard !audio.samples.isEmpty else { throw SpeechFailure("a WAV file without samples") }
        let file = audio.serialized()
        makeRoom(for: file.count)
        // What may not make way yet can take up as much again.
        guard octets + file.count <= 2 * capacity + Self.maximumOctets else { throw SpeechFailure("no room") }
        let path = "\(folder.path)/\(UUID().uuidString).wav"
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        guard FileManager.default.createFile(atPath: path, contents: Data(file), attributes: attributes) else {
            throw SpeechFailure("cannot be written")
        }
        entries[speech] = Entry(path: path, octets: file.count, lastUse: .now)
        octets += file.count
        return path
    }

    private func makeRoom(for needed: Int) {
        guard octets + needed > capacity else { return }
        let limit = ContinuousClock.now - timeToOpen
        // A tenth more than needed, so that not every text sorts all of them.
        for (speech, entry) in entries.sorted(by: { $0.value.lastUse < $1.value.lastUse }) {
            guard octets + needed > capacity - capacity / 10, entry.lastUse <= limit else { return }
            drop(speech)
        }
    }

    private func drop(_ speech: CallAction.Speech) {
        guard let entry = entries.removeValue(forKey: speech) else { return }
        octets -= entry.octets
        try? FileManager.default.removeItem(atPath: entry.path)
    }
}
