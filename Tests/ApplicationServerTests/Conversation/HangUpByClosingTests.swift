import Media
import Testing
import VoiceEngine

@testable import ApplicationServer

@Suite("An engine that ends calls by closing its connection")
struct HangUpByClosingTests {
    private static let bot: EngineCapabilities = {
        var capabilities = EngineCapabilities()
        capabilities.hangsUpByClosing = true
        return capabilities
    }()

    private static let hangUp = ConversationAction.perform(.hangUp(reason: nil))

    @Test("A normal close is the end of the call, and no failure")
    func normal() {
        var call = TestConversation(capabilities: Self.bot)
        call.happens(.closed(.remote(code: 1_000)))
        #expect(call.actions.contains(Self.hangUp))
        #expect(call.failures.isEmpty)
        #expect(call.conversation.phase == .leaving)
    }

    @Test(
        "Any other end is a failure, as is a normal close of an engine that asks for a hang-up otherwise",
        arguments: [
            (bot, EngineCloseReason.remote(code: 1_011)), (bot, .lost("reset")),
            (.talkative, .remote(code: 1_000)),
        ])
    func others(_ capabilities: EngineCapabilities, _ reason: EngineCloseReason) {
        var call = TestConversation(capabilities: capabilities)
        call.happens(.closed(reason))
        #expect(!call.actions.contains(Self.hangUp))
        #expect(call.failures == [.closed(reason)])
    }
}
