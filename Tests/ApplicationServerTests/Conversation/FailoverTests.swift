import Media
import Testing
import VoiceEngine

@testable import ApplicationServer

@Suite("An engine is given up in mid-call")
struct FailoverTests {
    private static let tone = ConversationAction.startFiller(.tone)
    private static let second = ConversationEngine(index: 1, capabilities: .talkative)
    private static let lost = EngineCloseReason.lost("reset")

    @Test(
        "The connection goes, however: filler at once, the next engine with what was said",
        arguments: [lost, .remote(code: 1011), .violation("no JSON")])
    func closed(_ reason: EngineCloseReason) {
        var call = TestConversation()
        call.happens(.transcript(.caller, text: "My balance, please.", isFinal: true))
        call.happens(.transcript(.engine, text: "It is ", isFinal: false))
        call.wait(until: 3_000)
        call.happens(.closed(reason))
        #expect(call.time(of: Self.tone) == 3_000)
        let history = [
            EngineUtterance(speaker: .caller, text: "My balance, please."),
            EngineUtterance(speaker: .engine, text: "It is "),
        ]
        #expect(call.actions.contains(.connect(candidates: [1], history: history, resumption: nil)))
        #expect(call.failures == [.closed(reason)])
        call.wait(until: 3_400)
        call.happens(.engineConnected(Self.second))
        #expect(call.time(of: .send(.startTurn(instructions: ConversationPolicy().continuation))) == 3_400)
        call.wait(until: 4_000)
        call.engineSpeaks(until: 6_000)
        #expect(call.times(of: .stopFiller) == [4_000])
        #expect(call.conversation.phase == .conversing)
    }

    @Test("We closed it ourselves: nothing is done")
    func local() {
        var call = TestConversation()
        call.happens(.closed(.local))
        #expect(call.actions.isEmpty)
    }

    @Test("An error that ends the session, and one that does not")
    func errors() {
        var call = TestConversation()
        call.happens(.error(EngineFault(code: "x", message: "", isRecoverable: true)))
        #expect(call.changes.isEmpty)
        let fault = EngineFault(code: "y", message: "", isRecoverable: false)
        call.happens(.error(fault))
        call.happens(.closed(.remote(code: 1011)))
        #expect(call.failures == [.fault(fault)], "once")
        #expect(call.changes == [[1]])
    }

    @Test("A turn is due and nothing comes for four seconds")
    func stall() {
        var call = TestConversation()
        call.starts("Greet.")
        call.wait(until: 3_999)
        #expect(call.failures.isEmpty)
        call.wait(until: 4_000)
        #expect(call.failures == [.stalled])
        #expect(call.changes == [[1]])
    }

    @Test("Signs of life put it off, but not for ever")
    func signs() {
        var policy = ConversationPolicy()
        policy.slowTurn = nil
        var call = TestConversation(policy)
        call.starts("Greet.")
        for second in 1...14 {
            call.wait(until: second * 1_000)
            call.happens(.thinking)
        }
        #expect(call.failures.isEmpty)
        call.wait(until: 15_000)
        #expect(call.failures == [.stalled])
    }

    @Test("The second slow turn in a row; one in time between them starts the count again")
    func slow() {
        var call = TestConversation()
        func answer(_ call: inout TestConversation, after time: Int) {
            let start = Int(call.now.nanoseconds / 1_000_000)
            call.callerSpeaks(until: start + 1_000)
            for step in stride(from: 500, through: time, by: 500) {
                call.wait(until: start + 1_000 + step)
                call.happens(.thinking)
            }
            call.engineSpeaks("\(start)", until: start + 1_000 + time + 1_000)
        }
        answer(&call, after: 3_000)
        answer(&call, after: 500)
        answer(&call, after: 3_000)
        #expect(call.failures.isEmpty)
        let start = Int(call.now.nanoseconds / 1_000_000)
        call.callerSpeaks(until: start + 1_000)
        call.wait(until: start + 3_499)
        #expect(call.failures.isEmpty)
        call.wait(until: start + 3_500)
        #expect(call.failures == [.slow], "three seconds after the caller's last sound")
    }

    @Test("A slow engine is better than none")
    func slowWithoutOther() {
        var policy = ConversationPolicy()
        policy.slowTurnLimit = 1
        var call = TestConversation(policy, engineCount: 1, hasHuman: false)
        call.callerSpeaks(until: 1_000)
        call.wait(until: 3_600)
        #expect(call.failures.isEmpty)
        #expect(call.has(note: "slow-turn"))
    }

    @Test("None is left: the human queue, without the filler")
    func human() {
        var call = TestConversation()
        call.happens(.closed(Self.lost))
        call.happens(.noEngineLeft)
        #expect(call.actions.suffix(2) == [.stopFiller, .handToHuman(.closed(Self.lost))])
        var single = TestConversation(engineCount: 1)
        single.happens(.closed(Self.lost))
        #expect(single.actions.last == .handToHuman(.closed(Self.lost)))
        #expect(single.changes.isEmpty)
    }

    @Test("Engines that failed in this call are not tried again")
    func order() {
        var call = TestConversation(engineCount: 3)
        call.happens(.closed(Self.lost))
        call.happens(.engineConnected(ConversationEngine(index: 2, capabilities: .talkative)))
        call.happens(.closed(Self.lost))
        #expect(call.changes == [[1, 2], [1]])
    }

    @Test("A lost session is resumed once where that is possible")
    func resumption() {
        var call = TestConversation()
        let handle = EngineResumption("h")
        call.happens(.resumable(EngineResumption("old")))
        call.happens(.resumable(handle))
        call.happens(.closed(Self.lost))
        #expect(call.actions.contains(.connect(candidates: [0, 1], history: [], resumption: handle)))
        call.happens(.engineConnected(ConversationEngine(index: 0, capabilities: .talkative, isResumed: true)))
        call.happens(.resumable(handle))
        call.happens(.closed(Self.lost))
        #expect(call.changes == [[0, 1], [1]])
    }

    @Test("An engine that goes is left when nobody speaks, or two seconds before it goes")
    func goingAway() {
        var call = TestConversation()
        call.happens(.resumable(EngineResumption("h")))
        call.callerSpeaks(until: 1_000)
        call.wait(until: 1_200)
        call.happens(.goingAway(within: .seconds(30)))
        #expect(call.changes.isEmpty)
        call.engineSpeaks(until: 3_000)
        #expect(call.actions.contains(.connect(candidates: [0, 1], history: [], resumption: EngineResumption("h"))))
        #expect(call.failures.isEmpty)
        call.happens(.engineConnected(ConversationEngine(index: 0, capabilities: .talkative, isResumed: true)))
        #expect(call.time(of: Self.tone) == nil)
        #expect(!call.actions.contains(.send(.startTurn(instructions: nil))), "nobody was waiting")

        var talking = TestConversation()
        talking.happens(.userSpeechStarted)
        talking.happens(.goingAway(within: .seconds(10)))
        talking.wait(until: 7_999)
        #expect(talking.changes.isEmpty)
        talking.wait(until: 8_000)
        #expect(talking.changes == [[0, 1]])
    }

    @Test("A turn that failed: the next engine; without one the same is asked once more")
    func turnFailed() {
        var call = TestConversation()
        call.callerSpeaks(until: 1_000)
        call.happens(.turnEnded(EngineTurnID("1"), .failed))
        #expect(call.failures == [.turnFailed])
        var single = TestConversation(engineCount: 1)
        single.callerSpeaks(until: 1_000)
        single.happens(.turnEnded(EngineTurnID("1"), .failed))
        single.wait(until: 5_000)
        #expect(single.failures.isEmpty)
        #expect(single.time(of: .send(.startTurn(instructions: SilencePolicy().repetition))) == 5_000)
        single.wait(until: 9_000)
        #expect(single.failures == [.stalled])
    }

    @Test("We heard the caller and the engine did not: it is asked before it is given up")
    func unheard() {
        var call = TestConversation()
        call.wait(until: 1_000)
        call.happens(.media(.peerSpeaking))
        call.wait(until: 3_700)
        call.happens(.media(.peerSilent))
        call.wait(until: 7_700)
        #expect(call.time(of: Self.tone) == 4_000, "a second after the caller's last sound")
        #expect(call.time(of: .send(.startTurn(instructions: SilencePolicy().repetition))) == 7_700)
        call.wait(until: 11_700)
        #expect(call.failures == [.stalled])
    }

    @Test("A cough is no turn")
    func cough() {
        var call = TestConversation()
        call.happens(.media(.peerSpeaking))
        call.wait(until: 1_000)
        call.happens(.media(.peerSilent))
        call.wait(until: 10_000)
        #expect(call.actions.isEmpty)
    }

    @Test("An engine without a detector: ours says when a turn is due")
    func ownDetector() {
        var call = TestConversation(capabilities: .deaf)
        call.happens(.media(.peerSpeaking))
        call.wait(until: 2_000)
        call.happens(.media(.peerSilent))
        call.wait(until: 5_999)
        #expect(call.time(of: Self.tone) == 2_300)
        #expect(call.failures.isEmpty)
        call.wait(until: 6_000)
        #expect(call.failures == [.stalled])
    }

    @Test("Lost while the call leaves it: only a transfer that fails needs another")
    func leaving() {
        var call = TestConversation()
        call.happens(.toolCall(EngineToolCall(id: "1", name: AssistantTool.transfer, arguments: "{}")))
        call.happens(.closed(Self.lost))
        #expect(call.changes.isEmpty)
        call.happens(.stays)
        #expect(call.changes == [[1]])
    }

    @Test("An engine that does not speak on request gets the caller's last words again")
    func silentSuccessor() {
        var call = TestConversation()
        call.happens(.transcript(.caller, text: "Hello?", isFinal: true))
        call.happens(.closed(Self.lost))
        call.happens(.engineConnected(ConversationEngine(index: 1, capabilities: EngineCapabilities())))
        #expect(call.actions.last == .send(.userText("Hello?")))
    }
}
