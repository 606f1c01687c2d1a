import Testing
import Timing
import VoiceEngine

@testable import ApplicationServer

@Suite("What is remembered of engines and of what was said")
struct EngineHealthTests {
    private static func at(_ seconds: Int) -> MonotonicTime { .zero + .seconds(seconds) }

    private func admits(
        _ health: inout EngineHealth,
        _ time: MonotonicTime,
        _ expected: Bool,
        _ comment: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let isAdmitted = health.admits(at: time)
        #expect(isAdmitted == expected, comment, sourceLocation: sourceLocation)
    }

    @Test("Three refusals open the breaker; the probe has the first try, then a call")
    func refusals() {
        var health = EngineHealth()
        for _ in 0..<2 { health.refused(at: Self.at(0)) }
        admits(&health, Self.at(0), true)
        health.refused(at: Self.at(0))
        #expect(health.isDown(at: Self.at(1)))
        admits(&health, Self.at(5), false, "the probe's turn")
        admits(&health, Self.at(7), true)
        admits(&health, Self.at(8), false, "one at a time")
    }

    @Test("How often it may fail and how long it is left alone is the operator's to say")
    func policy() {
        var policy = EngineHealthPolicy()
        policy.failures = 1
        policy.pause = .seconds(60)
        var health = EngineHealth(policy)
        health.lost(at: Self.at(0))
        admits(&health, Self.at(61), false)
        admits(&health, Self.at(62), true)
    }

    @Test("While probes are sent no call pays for the trial")
    func probed() {
        var health = EngineHealth()
        for _ in 0..<3 { health.refused(at: Self.at(0)) }
        for seconds in stride(from: 5, to: 50, by: 5) {
            health.beginProbe(at: Self.at(seconds))
            for moment in seconds..<seconds + 5 { admits(&health, Self.at(moment), false) }
        }
        health.connected()
        admits(&health, Self.at(50), true)
        #expect(!health.isOpen)
    }

    @Test("Three conversations lost open it, though each handshake went well; an answer starts the count again")
    func losses() {
        var health = EngineHealth()
        for _ in 0..<2 {
            health.connected()
            health.lost(at: Self.at(0))
        }
        health.answered(after: .milliseconds(500))
        for _ in 0..<2 {
            health.connected()
            health.lost(at: Self.at(0))
        }
        #expect(!health.isOpen)
        health.connected()
        health.lost(at: Self.at(0))
        #expect(health.isOpen)
        health.connected()
        #expect(!health.isOpen)
        health.lost(at: Self.at(9))
        #expect(health.isOpen, "a handshake proves little")
    }

    @Test("Nine of ten answers, of the last sixty-four, once there are eight")
    func responseTimes() {
        var times = ResponseTimes()
        for index in 1...7 { times.add(.milliseconds(index)) }
        #expect(times.ninthDecile == nil)
        for index in 8...10 { times.add(.milliseconds(index)) }
        #expect(times.ninthDecile == .milliseconds(10))
        for _ in 0..<64 { times.add(.seconds(1)) }
        #expect(times.ninthDecile == .seconds(1))
        #expect(times.count == 64)
    }

    @Test("A transcript joins pieces, and is bounded")
    func transcript() {
        var transcript = Transcript()
        transcript.add("Hel", by: .engine, isFinal: false)
        transcript.add("lo", by: .engine, isFinal: false)
        #expect(transcript.utterances.isEmpty)
        transcript.close()
        #expect(transcript.utterances == [EngineUtterance(speaker: .engine, text: "Hello")])
        for index in 0..<100 { transcript.add("\(index)", by: .caller, isFinal: true) }
        #expect(transcript.utterances.count == Transcript.utteranceLimit)
        #expect(transcript.utterances.last?.text == "99")
        transcript.add(String(repeating: "x", count: 10_000), by: .caller, isFinal: true)
        #expect(transcript.utterances.last?.text.count == Transcript.longestText)
    }

    @Test("An engine that takes no history reads it in its instructions")
    func history() {
        let said = [EngineUtterance(speaker: .caller, text: "Hello"), EngineUtterance(speaker: .engine, text: "Yes?")]
        var settings = EngineSessionConfiguration(instructions: "Be kind.")
        settings.add(said, for: EngineCapabilities())
        #expect(settings.instructions == "Be kind.\n\nWhat was said so far:\nCaller: Hello\nYou: Yes?")
        var other = EngineSessionConfiguration(instructions: "Be kind.")
        other.add(said, for: .talkative)
        #expect(other.instructions == "Be kind.")
        #expect(other.history == said)
    }
}
