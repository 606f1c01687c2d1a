import ApplicationServer
import LocalEngine
import ReferenceAS
import Testing

extension Interoperation {
    @Suite("Functions of the engine in a call")
    struct WorkflowCallTests {
        /// A call in which the caller asks for the balance, and stays until the journal has `last`.
        private static func ask(
            _ bank: Bank, timeout: Duration = .seconds(30), until last: String
        ) async throws -> CallRecord {
            let folder = try TemporaryFolder()
            let question = try folder.speech("what is my balance")
            let kept = RecordKeeper()
            try await bank.serve { port in
                let change = Change { configuration, _ in
                    bank.offer(in: &configuration, at: port, timeout: timeout)
                    configuration.services[0].assistant.greeting = nil
                }
                try await TestSystem.run(dialogue: Bank.dialogue(), configure: change) { lab in
                    let journal = lab.records.journal
                    try await FlowPhone.calling(lab) { caller in
                        #expect(await journal.reaches(.caller("sent ACK")))
                        try await caller.say(question, until: .server("engine-called"))
                        let hasCome = await eventually { journal.lines.contains { $0.contains(last) } }
                        #expect(hasCome, "\(journal.lines)")
                    }
                    kept.callEnded(try await lab.record())
                    await lab.expectIdle()
                }
            }
            return try #require(kept.all.first)
        }

        @Test("The result is said to the caller")
        func result() async throws {
            let record = try await Self.ask(Bank(delay: .milliseconds(500)), until: "You have 42 euros.")
            #expect(record.tools.map(\.name) == ["balance"])
            #expect(record.tools.map(\.outcome) == ["succeeded"])
            #expect(record.entries.contains { $0.event == "engine-said" && $0.detail.contains("You have 42 euros.") })
        }

        @Test("A function that takes four seconds is bridged by filler, and its result is said")
        func filler() async throws {
            let record = try await Self.ask(Bank(delay: .seconds(4)), until: "You have 42 euros.")
            #expect(record.tools.map(\.outcome) == ["succeeded"])
            #expect(record.entries.contains { $0.event == "engine-said" && $0.detail.contains("You have 42 euros.") })
            let called = try #require(record.entries.firstIndex { $0.event == "engine-called" })
            let done = try #require(record.entries.firstIndex { $0.event == "tool" })
            let filler = record.entries.indices.filter { record.entries[$0].event == "filler" }
            #expect(filler.contains { (called..<done).contains($0) })
        }

        @Test("A failure becomes words")
        func failure() async throws {
            let record = try await Self.ask(Bank(status: 404), until: "computer is down")
            #expect(record.tools.map(\.outcome) == ["refused"])
            #expect(record.entries.contains { $0.event == "engine-said" && $0.detail.contains("computer is down") })
        }

        @Test("What still runs when the caller hangs up is given up")
        func hangUp() async throws {
            let record = try await Self.ask(Bank(delay: .seconds(600)), timeout: .seconds(60), until: "engine-called")
            #expect(record.tools.map(\.outcome).allSatisfy { $0 == "cancelled" })
            #expect(record.has("engine-called"))
        }
    }
}
