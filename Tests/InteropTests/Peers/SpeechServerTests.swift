import ApplicationServer
import Codecs
import Foundation
import Hummingbird
import LocalEngine
import NIOPosix
import Testing
import WebPeers
import Workflows

@testable import ReferenceAS

@Suite("Texts become speech")
struct SpeechServerTests {
    private static func files(_ server: TestServer, cacheSize: Int = 1_048_576, in folder: String) throws -> SpeechFiles
    {
        var definition = SpeechDefinition()
        definition.url = WebURL("\(try server.origin)/v1/audio/speech")
        definition.cacheDirectory = folder
        definition.cacheSize = cacheSize
        let rules = OutboundRules(allowedPrivate: [try server.origin])
        return try #require(
            try SpeechFiles(definition, rules: rules, group: MultiThreadedEventLoopGroup.singleton))
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
                let files = try Self.files(server, in: folder)
                let first = try await files.file(saying: .init("first"))
                #expect(try await files.file(saying: .init("first")) == first)
                #expect(server.seen.all.count == 1)
                _ = try await files.file(saying: .init("first", voice: "other"))
                #expect(server.seen.all.count == 2)
                _ = try await files.file(saying: .init("first"))
                _ = try await files.file(saying: .init("third"))
                #expect(FileManager.default.fileExists(atPath: first))
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
                _ = try await files.file(saying: .init("first", voice: "other"))
                #expect(server.seen.all.count == 4)
                await files.shutDown()
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
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
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
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
