import Media
import Testing
import VoiceEngine

@testable import ApplicationServer

@Suite("What a caller hears who waits")
struct FillerTests {
    private static let tone = ConversationAction.startFiller(.tone)

    @Test("Filler begins a second after the caller's last sound, half of which the engine needed to hear the end")
    func pause() {
        var call = TestConversation()
        call.callerSpeaks(until: 2_000)
        call.wait(until: 3_000)
        #expect(call.times(of: Self.tone) == [2_500])
    }

    @Test("An answer in time: no filler, and its time is told")
    func answered() {
        var call = TestConversation()
        call.callerSpeaks(until: 2_000)
        call.wait(until: 2_300)
        call.engineSpeaks(until: 5_000)
        #expect(call.time(of: Self.tone) == nil)
        #expect(call.actions.contains(.engineAnswered(0, after: .milliseconds(800))))
    }

    @Test("It ends with the answer")
    func cut() {
        var call = TestConversation()
        call.callerSpeaks(until: 2_000)
        call.wait(until: 3_000)
        call.engineSpeaks(until: 6_000)
        #expect(call.times(of: .stopFiller) == [3_000])
        #expect(call.times(of: Self.tone).count == 1)
    }

    @Test("The caller interrupts it, and it comes again when the answer still does not")
    func bargeIn() {
        var call = TestConversation()
        call.callerSpeaks(until: 2_000)
        call.wait(until: 3_000)
        call.callerSpeaks(until: 4_000)
        #expect(call.times(of: .stopFiller) == [3_000])
        call.wait(until: 5_000)
        #expect(call.times(of: Self.tone) == [2_500, 4_500])
    }

    @Test(
        "The pause stretches to an answer that is about to come, and not beyond what silence may last",
        arguments: [
            (400, 1_000), (1_000, 1_050), (1_200, 1_250), (1_250, 1_300), (1_260, 1_000), (3_000, 1_000),
        ])
    func stretched(_ expected: Int, _ start: Int) {
        let pause = FillerPolicy().start(expected: .milliseconds(expected))
        #expect(pause == .milliseconds(start))
        #expect(pause + FillerPolicy.leadTime <= FillerPolicy.longestSilence)
    }

    @Test("A pause that is too long is shortened")
    func limited() {
        var policy = FillerPolicy()
        policy.pause = .seconds(9)
        #expect(policy.start(expected: nil) == .milliseconds(1_300))
    }

    @Test("A function call of four seconds: steps one after another, the engine's words while it waits")
    func workflow() {
        var policy = ConversationPolicy()
        policy.filler.steps = [
            FillerStep(.speech("One moment.")),
            FillerStep(.file(path: "music.wav", isLooped: true), after: .seconds(2)),
        ]
        var call = TestConversation(policy)
        call.callerSpeaks(until: 1_000)
        call.wait(until: 1_200)
        call.happens(.toolCall(EngineToolCall(id: "1", name: "balance", arguments: "{}")))
        call.wait(until: 1_600)
        #expect(call.time(of: .send(.say("One moment."))) == 1_500)
        call.engineSpeaks("filler", until: 2_200)
        call.wait(until: 5_200)
        #expect(call.time(of: .startFiller(.file(path: "music.wav", isLooped: true))) == 3_500)
        call.happens(.workflowFinished(id: "1"))
        call.wait(until: 5_500)
        #expect(call.failures.isEmpty, "nobody is blamed while we work")
        call.engineSpeaks("answer", until: 7_000)
        #expect(call.time(of: .stopFiller) == 3_500)
        #expect(call.times(of: .stopFiller).last == 5_500)
        #expect(!call.actions.contains { if case .engineAnswered = $0 { true } else { false } })
    }

    @Test("A function call that is not wanted any more: no filler, and no turn is due")
    func cancelledWorkflow() {
        var call = TestConversation()
        call.happens(.toolCall(EngineToolCall(id: "1", name: "balance", arguments: "{}")))
        call.wait(until: 2_000)
        #expect(call.times(of: Self.tone) == [1_000])
        call.happens(.toolCallCancelled(id: "1"))
        #expect(call.times(of: .stopFiller) == [2_000])
        call.happens(.workflowFinished(id: "1"))
        call.wait(until: 10_000)
        #expect(call.failures.isEmpty)
        #expect(call.times(of: Self.tone) == [1_000])
    }

    @Test("Nothing can be said to an engine that works: the tone instead")
    func silentStep() {
        var policy = ConversationPolicy()
        policy.filler.steps = [FillerStep(.speech("One moment."))]
        var call = TestConversation(policy)
        call.callerSpeaks(until: 1_000)
        call.wait(until: 3_000)
        #expect(call.times(of: Self.tone) == [1_500])
    }

    @Test("On hold nobody hears it")
    func hold() {
        var call = TestConversation()
        call.callerSpeaks(until: 1_000)
        call.happens(.held(true))
        call.wait(until: 60_000)
        #expect(call.time(of: Self.tone) == nil)
        #expect(call.failures.isEmpty)
        call.happens(.held(false))
        call.wait(until: 60_100)
        #expect(call.times(of: Self.tone) == [60_000])
        call.wait(until: 65_000)
        #expect(call.failures == [.stalled])
    }

    @Test("It can be switched off")
    func disabled() {
        var policy = ConversationPolicy()
        policy.filler.isEnabled = false
        var call = TestConversation(policy)
        call.callerSpeaks(until: 1_000)
        call.wait(until: 4_500)
        #expect(call.time(of: Self.tone) == nil)
    }

    @Test(
        "The engine breaks off in its turn: filler until it goes on, another engine if it does not",
        arguments: [0, 1, 2])
    func starved(_ outcome: Int) {
        let turn = EngineTurnID("1")
        var call = TestConversation()
        call.starts("Greet.")
        call.happens(.media(.turnSent(turn, delay: .zero)))
        call.wait(until: 2_000)
        call.happens(.media(.turnStarved(turn)))
        call.wait(until: 2_600)
        #expect(call.times(of: Self.tone) == [2_500], "a second after the last sound")
        call.happens(.media(.turnPlayed(turn)))
        switch outcome {
        case 0:
            call.happens(.media(.turnSent(turn, delay: .zero)))
            #expect(call.times(of: .stopFiller) == [2_600])
            call.wait(until: 10_000)
            #expect(call.failures.isEmpty)
        case 1:
            // It was only late to say that it was done.
            call.happens(.turnEnded(turn, .completed))
            #expect(call.times(of: .stopFiller) == [2_600])
            call.wait(until: 10_000)
            #expect(call.failures.isEmpty)
        default:
            call.wait(until: 6_000)
            #expect(call.failures == [.stalled])
        }
    }
}
