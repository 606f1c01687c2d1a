import Foundation
import Testing
import TortureMessages

/// `sidetone sip check`: what other programs read of it.
@Suite("sidetone sip check")
struct SIPCheckTests {
    private struct Report: Decodable {
        struct File: Decodable {
            struct Diagnostic: Decodable {
                var severity: String
                var message: String
                var header: String?
                var offset: Int
            }

            var path: String
            var valid: Bool
            var kind: String?
            var method: String?
            var answer: Int?
            var diagnostics: [Diagnostic]
        }

        var files: [File]
    }

    /// Checks messages as files of their own.
    private func check(_ messages: [[UInt8]]) throws -> (status: Int32, files: [Report.File]) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sip-check-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var paths: [String] = []
        for (index, message) in messages.enumerated() {
            let file = folder.appending(path: "\(index).sip")
            try Data(message).write(to: file)
            paths.append(file.path)
        }
        let outcome = try Command.run(["sip", "check", "--format", "json"] + paths)
        let report = try JSONDecoder().decode(Report.self, from: outcome.output)
        #expect(report.files.map(\.path) == paths)
        return (outcome.status, report.files)
    }

    private func options(_ fields: String) -> [UInt8] {
        let text = """
            OPTIONS sip:a@b SIP/2.0
            Via: SIP/2.0/UDP h;branch=z9hG4bKx
            Max-Forwards: 70
            From: <sip:a@b>;tag=1
            To: <sip:b@c>
            Call-ID: 1
            CSeq: 1 OPTIONS
            \(fields)
            Content-Length: 0


            """
        return Array(text.replacing("\n", with: "\r\n").utf8)
    }

    @Test(
        "Torture messages: what an element answers is what the report says",
        arguments: [TortureCorpus.own, TortureCorpus.rfc4475, TortureCorpus.rfc5118])
    func torture(_ messages: [TortureMessage]) throws {
        // The published ones are not everywhere.
        guard !messages.isEmpty else { return }
        let (status, files) = try check(messages.map(\.bytes))
        #expect(status == 1)
        #expect(files.count == messages.count)
        for (message, file) in zip(messages, files) {
            let says: Comment = "\(message.name): \(file.answer ?? 0), not \(message.expected)"
            // A message that can only be refused for its form is invalid; a valid one may be refused for what it wants.
            if message.expected.allSatisfy({ $0 == "400" || $0 == "505" }) { #expect(!file.valid, says) }
            if message.expected == ["accept"] { #expect(file.valid, says) }
            if let answer = file.answer { #expect(message.expected.contains("\(answer)"), says) }
            #expect(file.valid || file.diagnostics.contains { $0.severity == "error" }, says)
        }
    }

    @Test("A message without a fault: no diagnostics, status 0")
    func valid() throws {
        let (status, files) = try check([options("Date: Sat, 13 Nov 2010 23:29:00 GMT")])
        #expect(status == 0)
        let file = try #require(files.first)
        #expect(file.valid && file.kind == "request" && file.method == "OPTIONS" && file.answer == nil)
        #expect(file.diagnostics.isEmpty)
    }

    @Test(
        "A fault in a field that nobody has to act on is a warning with its place",
        arguments: [
            ("Date: Sat, 13 Nov 2010 23:29:00 EST", "Date", 26), ("Warning: 399 a \"b\", 39 a \"b\"", "Warning", 11),
            ("Expires: soon", "Expires", 0), ("Min-Expires: 1 2", "Min-Expires", 2), ("Timestamp: 1.x", "Timestamp", 2),
            ("Call-Info: http://a", "Call-Info", 0), ("Alert-Info: <urn:x>y", "Alert-Info", 7),
            ("Error-Info: \"a\" <sip:a@b>", "Error-Info", 0), ("Reply-To: <sip:a@b", "Reply-To", 8),
            ("Authentication-Info: qop", "Authentication-Info", 3), ("Priority: a b", "Priority", 2),
            ("Accept-Language: en, d/e", "Accept-Language", 5), ("Retry-After: x", "Retry-After", 0),
            ("RSeq: 0", "RSeq", 1), ("Session-Expires: x", "Session-Expires", 0), ("Privacy: id;", "Privacy", 3),
        ]
    )
    func warnings(field: String, header: String, offset: Int) throws {
        let (status, files) = try check([options(field)])
        #expect(status == 0)
        let file = try #require(files.first)
        #expect(file.valid && file.answer == nil)
        #expect(file.diagnostics.map(\.severity) == ["warning"])
        #expect(file.diagnostics.map(\.header) == [header])
        #expect(file.diagnostics.map(\.offset) == [offset])
    }

    @Test("A field that stands once stands twice: an error, answered 400")
    func repeated() throws {
        let (status, files) = try check([options("Event: a\nEvent: b")])
        #expect(status == 1)
        #expect(files.first?.answer == 400)
        #expect(files.first?.diagnostics.map(\.header) == ["Event"])
    }

    @Test("For people: the file, whether it is valid, its faults, the answer")
    func text() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).sip")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(options("Event: a\nEvent: b")).write(to: file)
        let outcome = try Command.run(["sip", "check", file.path])
        let lines = outcome.text.split(separator: "\n")
        #expect(outcome.status == 1)
        #expect(lines.first == "\(file.path): invalid request OPTIONS")
        #expect(lines.count == 3)
        #expect(lines.last == "  a UAS answers 400")
    }
}
