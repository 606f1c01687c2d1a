import Testing
import VoiceEngine

@testable import ApplicationServer

@Suite("A conversation that leaves its engine for a transfer, and comes back")
struct LeavingTests {
    private static let transfer = EngineEvent.transferRequested(EngineTransferRequest(target: "queue"))
    private static let transferTool = EngineEvent.toolCall(
        EngineToolCall(id: "1", name: AssistantTool.transfer, arguments: #"{"target":"queue"}"#))
    private static let hangUpTool = EngineEvent.toolCall(
        EngineToolCall(id: "2", name: AssistantTool.hangUp, arguments: "{}"))

    private static func requests(_ call: TestConversation) -> Int {
        call.actions.count { if case .perform = $0 { true } else { false } }
    }

    @Test(
        "An engine that hangs up, or transfers once more, behind its transfer does not disturb it",
        arguments: [transfer, transferTool], [EngineEvent.hangUpRequested(reason: "bye"), hangUpTool, transfer])
    func notHeard(_ first: EngineEvent, _ second: EngineEvent) {
        var call = TestConversation()
        call.happens(first)
        call.happens(second)
        #expect(Self.requests(call) == 1)
        #expect(call.has(note: "engine-not-heard"))
        let refusals = call.actions.filter { if case .send(.toolResult("2", _, _)) = $0 { true } else { false } }
        #expect(refusals.count == (second == Self.hangUpTool ? 1 : 0), "a function call is answered")
        // The transfer failed: the engine is heard again.
        call.happens(.stays)
        call.happens(second)
        #expect(Self.requests(call) == 2)
    }

    @Test("The caller comes back: the same engine first, with what was said, and no fault of anybody's")
    func returned() throws {
        var call = TestConversation(engineCount: 3)
        call.happens(.transcript(.caller, text: "to the queue", isFinal: true))
        call.happens(Self.transfer)
        call.happens(.closed(.lost("gone meanwhile")))
        call.wait(until: 60_000)
        call.happens(.returned)
        #expect(call.changes == [[0, 1, 2]])
        #expect(call.failures.isEmpty)
        let history = call.actions.compactMap { action in
            if case .connect(_, let history, _) = action { history } else { nil }
        }
        #expect(history.first?.map(\.text) == ["to the queue"])
        #expect(call.times(of: .startFiller(.tone)).first.map { $0 == 60_000 } == true, "nobody waits in silence")
        call.happens(.engineConnected(ConversationEngine(index: 0, capabilities: .talkative)))
        #expect(call.conversation.phase == .conversing)
        #expect(call.actions.contains(.send(.startTurn(instructions: call.conversation.policy.welcome))))
        #expect(call.failures.isEmpty)
    }

    @Test("The caller comes back and no engine is there: to a person")
    func returnedToNobody() {
        var call = TestConversation(engineCount: 1)
        call.happens(Self.transfer)
        call.happens(.returned)
        call.happens(.noEngineLeft)
        #expect(call.actions.contains(.handToHuman(.transferred)))
        #expect(call.conversation.phase == .leaving)
    }

    @Test("Nobody comes back to a conversation that goes on")
    func notAway() {
        var call = TestConversation()
        call.happens(.returned)
        #expect(call.changes.isEmpty)
    }
}
