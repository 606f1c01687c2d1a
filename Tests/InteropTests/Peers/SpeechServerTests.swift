import ApplicationServer
import Codecs
import Foundation
import Hummingbird
import LocalEngine
import NIOPosix
import Synchronization
import Testing
import WebPeers
import Workflows

@testable import ReferenceAS

@Suite("Texts become speech")
struct SpeechServerTests {
    private static func files(
        _ server: TestServer,
        timeToOpen: Duration = .seconds(30),
        in folder: String
    ) throws -> SpeechFiles {
        var definition = SpeechDefinition()
        definition.url = WebURL("\(try server.origin)/v1/audio/speech")
        definition.cacheDirectory = folder
        definition.cacheSize = 1_048_576
        let rules = OutboundRules(allowedPrivate: [try server.origin])
        return try #require(
            try SpeechFiles(
                definition, rules: rules, timeToOpen: timeToOpen, group: MultiThreadedEventLoopGroup.singleton))
    }

    /// The files below a folder, without folders.
    private static func contents(of folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".wav") }
    }

    private static func mode(of path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private static func inFolder(_ body: @Sendable (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    private static func wav(_ samples: Int) -> Response {
        let bytes = WAVAudio(sampleRate: 8_000, samples: [Int16](repeating: 1, count: samples)).serialized()
        return Response(status: .ok, body: ResponseBody(byteBuffer: .init(bytes: bytes)))
    }

    @Test("A text is rendered once, those used longest ago make way, and at the end nothing is left")
    func cache() async throws {
        try await TestServer.run { _, _ in
            // 400 044 octets: two of them fit.
            Self.wav(200_000)
        } _: { server in
            try await Self.inFolder { folder in
                let files = try Self.files(server, timeToOpen: .zero, in: folder)
                let first = try await files.file(saying: .init("first"))
                #expect(try await files.file(saying: .init("first")) == first)
                #expect(server.seen.all.count == 1)
                _ = try await files.file(saying: .init("first", voice: "other"))
                #expect(server.seen.all.count == 2)
                _ = try await files.file(saying: .init("first"))
                _ = try await files.file(saying: .init("third"))
                #expect(FileManager.default.fileExists(atPath: first))
                #expect(try Self.contents(of: folder).count == 2)
                _ = try await files.file(saying: .init("first", voice: "other"))
                #expect(server.seen.all.count == 4)
                await files.shutDown()
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
            }
        }
    }

    @Test("What was just asked for is there until it is opened, room or not; and no more than twice the room is taken")
    func notOpenedYet() async throws {
        try await TestServer.run { _, _ in
            // 16 000 044 octets.
            Self.wav(8_000_000)
        } _: { server in
            try await Self.inFolder { folder in
                let files = try Self.files(server, in: folder)
                let path = try await files.file(saying: .init("first"))
                await #expect(throws: SpeechFailure.self) { try await files.file(saying: .init("second")) }
                #expect(FileManager.default.fileExists(atPath: path))
                await files.shutDown()
            }
        }
    }

    @Test("Servers share a folder, for the owner's eyes only; what is left of one that is gone is cleared away")
    func shared() async throws {
        try await TestServer.run { _, _ in
            Self.wav(8)
        } _: { server in
            try await Self.inFolder { folder in
                let left = "\(folder)/sidetone-speech-left"
                try FileManager.default.createDirectory(
                    atPath: left, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
                #expect(FileManager.default.createFile(atPath: "\(left)/a.wav", contents: Data([0])))
                let files = try Self.files(server, in: folder)
                #expect(!FileManager.default.fileExists(atPath: left))
                let path = try await files.file(saying: .init("a"))
                let others = try Self.files(server, in: folder)
                #expect(FileManager.default.fileExists(atPath: path))
                #expect(try Self.mode(of: path) == 0o600)
                #expect(try Self.mode(of: URL(fileURLWithPath: path).deletingLastPathComponent().path) == 0o700)
                await files.shutDown()
                let other = try await others.file(saying: .init("a"))
                #expect(try Self.contents(of: folder).count == 1)
                // Whoever has cleaned up.
                try FileManager.default.removeItem(atPath: other)
                #expect(FileManager.default.fileExists(atPath: try await others.file(saying: .init("a"))))
                await others.shutDown()
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
            }
        }
    }

    @Test("What many want said at a time is rendered once, and so many texts at a time")
    func together() async throws {
        let now = Atomic(0)
        let most = Atomic(0)
        try await TestServer.run { _, _ in
            let count = now.add(1, ordering: .relaxed).newValue
            _ = most.max(count, ordering: .relaxed)
            defer { now.subtract(1, ordering: .relaxed) }
            try await Task.sleep(for: .milliseconds(100))
            return Self.wav(8)
        } _: { server in
            try await Self.inFolder { folder in
                let files = try Self.files(server, in: folder)
                let paths = try await withThrowingTaskGroup(of: String.self) { group in
                    for number in 0..<120 {
                        group.addTask { try await files.file(saying: .init("text \(number / 2)")) }
                    }
                    return try await group.reduce(into: Set()) { $0.insert($1) }
                }
                #expect(paths.count == 60)
                #expect(server.seen.all.count == 60)
                #expect(most.load(ordering: .relaxed) <= SpeechFiles.renderingsAtATime)
                await files.shutDown()
            }
        }
    }

    @Test("Who leaves does not take the text away from others")
    func leaving() async throws {
        let (gate, opening) = AsyncStream.makeStream(of: Void.self)
        try await TestServer.run { _, _ in
            for await _ in gate { break }
            return Self.wav(8)
        } _: { server in
            try await Self.inFolder { folder in
                let files = try Self.files(server, in: folder)
                async let stays = files.file(saying: .init("a"))
                #expect(await eventually { server.seen.all.count == 1 })
                let leaves = Task { try await files.file(saying: .init("a")) }
                leaves.cancel()
                await #expect(throws: SpeechFailure.self) { try await leaves.value }
                opening.yield()
                #expect(FileManager.default.fileExists(atPath: try await stays))
                #expect(server.seen.all.count == 1)
                await files.shutDown()
            }
        }
    }

    @Test("What is no WAV file, or one without sound, is not played")
    func noFile() async throws {
        try await TestServer.run { _, count in
            count == 1 ? TestServer.json("{}") : Self.wav(0)
        } _: { server in
            try await Self.inFolder { folder in
                let files = try Self.files(server, in: folder)
                for _ in 0..<2 {
                    await #expect(throws: SpeechFailure.self) { try await files.file(saying: .init("a")) }
                }
                #expect(try Self.contents(of: folder).isEmpty)
                await files.shutDown()
            }
        }
    }

    @Test("The local engine answers what clients of speech servers send, and refuses the rest")
    func localEngine() async throws {
        let engine = LocalEngineServer(
            configuration: LocalEngineConfiguration(port: 0, apiKey: "token"),
            group: MultiThreadedEventLoopGroup.singleton,
            logger: TestSystem.logger
        )
        let port = try await engine.start()
        let origin = try #require(WebOrigin("http://127.0.0.1:\(port)"))
        let client = OutboundHTTPClient(rules: OutboundRules(allowedPrivate: [origin]))
        func said(_ text: String, path: String = "/v1/audio/speech", token: String? = "token") async throws -> String {
            let url = try #require(WebURL("\(origin)\(path)"))
            let endpoint = SpeechEndpoint(url: url, voice: "slt", token: token, timeout: .seconds(60))
            do throws(WorkflowError) {
                let bytes = try await SpeechClient(endpoint, client: client).speech(text, voice: nil, language: nil)
                return String(decoding: bytes.prefix(4), as: UTF8.self)
            } catch {
                return error.description
            }
        }
        #expect(try await said("Hello.") == "RIFF")
        #expect(try await said("Hello.", token: nil) == "HTTP 401")
        #expect(try await said("Hello.", path: "/v1/realtime") == "HTTP 404")
        #expect(try await said(String(repeating: "a", count: 5_000)) == "HTTP 400")
        #expect(try await said(String(repeating: "a", count: 70_000)) == "HTTP 413")
        await client.shutDown()
        await engine.stop()
    }
}
