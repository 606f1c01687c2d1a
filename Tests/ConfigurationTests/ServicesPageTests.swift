import Foundation
import Testing

@testable import ReferenceAS

@Suite("The configurations in Docs/Services.md")
struct ServicesPageTests {
    private static let page: String = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return (try? String(contentsOf: root.appendingPathComponent("Docs/Services.md"), encoding: .utf8)) ?? ""
    }()

    private static let blocks = page.components(separatedBy: "```yaml\n").dropFirst().map { block in
        String(block.components(separatedBy: "\n```")[0])
    }

    @Test("Each is accepted without a warning, and written and read again it is the same", arguments: blocks)
    func accepted(block: String) throws {
        let (configuration, warnings) = try read(block)
        #expect(warnings == [])
        #expect(try read(configuration.document()).configuration == configuration)
    }

    /// Webhooks have a page of their own.
    @Test("Together they have a service of every other type, and can be made")
    func types() throws {
        let configurations = try Self.blocks.map { try read($0).configuration }
        let types = configurations.flatMap { $0.services.map(\.type) }
        #expect(Set(types) == Set(ServiceType.allCases).subtracting([.webhook]))
        let parts = ServiceParts(tools: { _ in nil }, source: { _, name in throw SystemError(name) }, speech: nil)
        for configuration in configurations {
            let services = try configuration.serviceRegistrations(parts).services
            #expect(services.map(\.name) == configuration.services.map(\.name))
        }
    }

    @Test("Services of every type are set by --set and by variables")
    func overrides() throws {
        let text =
            "services:\n- {name: a, type: queue, agents: [ann], transferTargets: {ann: \"sip:a@h\", bob: \"sip:b@h\"}}"
        let queue = try read(
            text, environment: ["SIDETONE_SERVICES_A_RING_TIME": "7s"],
            set: [("services.a.agents", "ann,bob"), ("services.a.longestWait", "off")]
        ).configuration.services[0].queue.queue
        #expect(queue.agents == ["ann", "bob"])
        #expect(queue.ringTime == .seconds(7))
        #expect(queue.longestWait == nil)
        let set = [
            ("services.b.type", "diversion"), ("services.b.divert.busy", "x"),
            ("services.b.transferTargets", "{x: \"sip:x@h\"}"),
        ]
        let diversion = try read("", set: set).configuration.services[1].diversion
        #expect(diversion.targets == [.busy: "x"])
        let wrong = errors(text, set: [("services.a.voice", "x")])
        #expect(
            wrong == [
                "--set services.a.voice: services[0].voice: is a key of type assistant, but this service is of type queue"
            ])
    }
}
