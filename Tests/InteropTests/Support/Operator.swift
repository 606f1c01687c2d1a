import ApplicationServer
import Codecs
import Foundation
import Hummingbird
import ReferenceAS
import Synchronization
import Testing
import VoiceEngine
import WebPeers
import Workflows

/// An operator's HTTP service that leads the calls of the only service there is, and the server whose calls they are.
struct Operator: Sendable {
    let lab: TestSystem
    let server: TestServer

    static let key = "the key of the tests"

    /// An answer of the service.
    enum Answer: Sendable {
        case actions(String)
        /// The same, after a while.
        case slow(Duration, String)
        case status(Int)
        /// Nothing, for as long as the test runs.
        case silence
        /// Whatever this is.
        case text(String)

        /// What a service that is not waited for forever has to be configured with.
        var isSilence: Bool { if case .silence = self { true } else { false } }

        func response() async throws -> Response {
            switch self {
            case .actions(let list): return TestServer.json(list)
            case .slow(let time, let list):
                try await Task.sleep(for: time)
                return TestServer.json(list)
            case .text(let text): return TestServer.json(text)
            case .status(let status): return Response(status: .init(code: status))
            case .silence:
                try await Task.sleep(for: .seconds(600))
                return Response(status: .noContent)
            }
        }
    }

    /// One event as it came.
    struct Event: Sendable {
        let json: JSONValue

        var name: String { json["event"]?.text ?? "" }
        var reason: String? { json["reason"]?.text }

        func call(_ name: String) -> String? { json["call"]?[name]?.text }

        /// Of each result, in order.
        func results(_ name: String) -> [String?] {
            guard case .array(let results)? = json["results"] else { return [] }
            return results.map { $0[name]?.text }
        }
    }

    /// Runs a server whose calls the service leads.
    ///
    /// - Parameter answer: What it says to each event; 204 to the last one of a call, whatever this says.
    static func run(
        _ answer: @escaping @Sendable (Event) -> Answer,
        _ body: @escaping @Sendable (Operator) async throws -> Void
    ) async throws {
        try await run(configuring: Setting { _, _ in }, answer, body)
    }

    /// Something that is configured in another way.
    struct Setting: Sendable {
        let apply: @Sendable (inout ASConfiguration, inout WebhookDefinition) -> Void

        init(_ apply: @escaping @Sendable (inout ASConfiguration, inout WebhookDefinition) -> Void) {
            self.apply = apply
        }
    }

    /// The same, configured in another way.
    static func run(
        configuring change: Setting,
        _ answer: @escaping @Sendable (Event) -> Answer,
        _ body: @escaping @Sendable (Operator) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let secret = folder.appendingPathComponent("key").path
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        try #require(
            FileManager.default.createFile(atPath: secret, contents: Data(Self.key.utf8), attributes: attributes))
        let tone = WAVAudio(sampleRate: 8_000, samples: (0..<1_600).map { Int16($0 % 20 * 400) })
        try Data(tone.serialized()).write(to: folder.appendingPathComponent("short.wav"))
        let path = folder.path
        try await TestServer.run { seen, _ in
            let event = Event(json: try JSONValue(parsing: seen.body))
            return event.name == "ended" ? Response(status: .noContent) : try await answer(event).response()
        } _: { server in
            let origin = try server.origin
            let configuration = Change { configuration, addresses in
                var webhook = WebhookDefinition()
                webhook.url = WebURL("\(origin)/events")
                webhook.secret = .file(secret)
                webhook.files = path
                // Long, so that a busy machine is no fault; what is about silence shortens them.
                webhook.timeout = .seconds(60)
                webhook.fallback = "pbx"
                webhook.onward.transferTargets = ["queue": "sip:queue@\(addresses.pbx):\(Addresses.pbxPort)"]
                configuration.fallback["pbx"]?.engineTimeout = .seconds(60)
                configuration.http.allowPrivate = [origin]
                change.apply(&configuration, &webhook)
                var service = ServiceDefinition(.webhook(webhook))
                service.name = "line"
                configuration.services = [service]
            }
            try await TestSystem.run(configure: configuration) { lab in
                try await body(Operator(lab: lab, server: server))
                await lab.expectIdle()
                let isSigned = server.seen.all.allSatisfy(Self.isSigned)
                #expect(isSigned)
            }
        }
    }

    /// What the service was told so far.
    var events: [Event] {
        get throws { try server.seen.all.map { Event(json: try JSONValue(parsing: $0.body)) } }
    }

    /// Waits for the last event of the call. One that was sent before may come after it, by another connection.
    func end() async throws -> Event {
        _ = await eventually { (try? events.contains { $0.name == "ended" }) == true }
        return try #require(events.first { $0.name == "ended" })
    }

    /// As a receiver checks it.
    private static func isSigned(_ seen: TestServer.Seen) -> Bool {
        guard let value = seen.headers["sidetone-signature"], value.hasPrefix("t="),
            let time = Int64(value.dropFirst(2).prefix { $0 != "," })
        else { return false }
        let expected = WebhookSignature(keys: [Array(key.utf8)]).value(of: Array(seen.body.utf8), at: time)
        return value == expected && abs(time - UTCTime.now.secondsSince1970) < 300
    }
}
