import Foundation
import Logging
import ReferenceAS
import Testing

@testable import ApplicationServer

@Suite("Call detail records in a file")
struct CallDetailFileTests {
    /// A folder that is removed with it.
    private final class Folder {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("sidetone-cdr-\(UUID().uuidString)")

        init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(at: url) }

        func path(_ name: String) -> String { url.appendingPathComponent(name).path }

        func lines(_ name: String) throws -> [[String: Any]] {
            try String(contentsOfFile: path(name), encoding: .utf8).split(separator: "\n").map { line in
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
                return try #require(object as? [String: Any])
            }
        }

        var names: [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
        }
    }

    private static func record(_ number: Int) throws -> CallRecord {
        CallRecord(
            callID: "call-\(number)", service: "bank", caller: "sip:alice@ims.example", callee: "sip:bob@ims.example",
            startedAt: UTCTime(secondsSince1970: 1_700_000_000)
        )
    }

    private static func write(_ count: Int, _ settings: CallDetailFile.Settings) async throws {
        let file = try #require(CallDetailFile(settings, mask: IdentityMask(), logger: Logger(label: "test")))
        for number in 0..<count { file.callEnded(try record(number)) }
        await file.flush()
    }

    @Test("A line of JSON for each call, readable by the owner alone; what is there already stays")
    func lines() async throws {
        let folder = try Folder()
        var settings = CallDetailFile.Settings()
        settings.file = folder.path("cdr")
        try await Self.write(2, settings)
        try await Self.write(1, settings)
        let lines = try folder.lines("cdr")
        #expect(lines.compactMap { $0["id"] as? String } == ["call-0", "call-1", "call-0"])
        #expect(lines.allSatisfy { ($0["caller"] as? String) == "sip:alice@ims.example" })
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path("cdr"))
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }

    @Test("A file that is full makes way, and the oldest goes")
    func rotation() async throws {
        let folder = try Folder()
        var settings = CallDetailFile.Settings()
        settings.file = folder.path("cdr")
        settings.maximumSize = 1
        settings.keep = 2
        try await Self.write(5, settings)
        #expect(folder.names == ["cdr", "cdr.1", "cdr.2"])
        let kept = try folder.names.map { try folder.lines($0).compactMap { $0["id"] as? String } }
        #expect(kept == [["call-4"], ["call-3"], ["call-2"]])
    }

    @Test("Identities can be hidden")
    func masked() async throws {
        let folder = try Folder()
        var settings = CallDetailFile.Settings()
        settings.file = folder.path("cdr")
        settings.masksIdentities = true
        try await Self.write(1, settings)
        let text = try String(contentsOfFile: folder.path("cdr"), encoding: .utf8)
        #expect(!text.contains("alice") && !text.contains("bob"))
        #expect(text.contains("call-0"))
    }
}
