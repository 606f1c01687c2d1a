import Media
import Testing
import VoiceEngine

@testable import ApplicationServer

@Suite("Silent callers, keys, and what has to end")
struct SilenceTests {
    private static let prompt = ConversationAction.send(.startTurn(instructions: SilencePolicy().prompt))

    private static func silent(_ policy: ConversationPolicy = ConversationPolicy()) -> TestConversation {
        var call = TestConversation(policy)
        call.starts("Greet.")
        call.wait(until: 500)
        call.engineSpeaks("0", until: 3_000)
        for turn in 1...4 {
            call.wait(until: turn * 18_000)
            guard call.conversation.phase == .conversing, call.conversation.due != nil else { break }
            call.engineSpeaks("\(turn)", until: turn * 18_000 + 3_000)
        }
        call.wait(until: 100_000)
        return call
    }

    @Test("The caller is asked twice, then hung up on")
    func hangUp() {
        let call = Self.silent()
        #expect(call.times(of: Self.prompt) == [18_000, 36_000])
        #expect(call.time(of: .hangUp(.noInput)) == 54_000)
        #expect(call.conversation.nextDeadline == nil)
    }

    @Test("Or goes to the human queue")
    func transfer() {
        var policy = ConversationPolicy()
        policy.silence.prompts = 0
        policy.silence.end = .transfer
        #expect(Self.silent(policy).time(of: .transferSilentCaller) == 18_000)
    }

    @Test("For ever, if that is configured")
    func never() {
        var policy = ConversationPolicy()
        policy.silence.time = nil
        #expect(Self.silent(policy).time(of: Self.prompt) == nil)
    }

    @Test("Who speaks or presses a key is not silent")
    func input() {
        var call = TestConversation()
        call.wait(until: 14_000)
        call.happens(.media(.digit("1")))
        call.wait(until: 28_000)
        call.callerSpeaks(until: 29_000)
        call.wait(until: 29_200)
        call.engineSpeaks(until: 31_000)
        call.wait(until: 45_999)
        #expect(call.time(of: Self.prompt) == nil)
        call.wait(until: 46_000)
        #expect(call.time(of: Self.prompt) == 46_000)
    }

    @Test("Keys go to the engine one by one")
    func keys() {
        var call = TestConversation()
        call.happens(.media(.digit("4")))
        #expect(call.actions == [.send(.digit("4"))])
    }

    @Test(
        "Keys are one input: ended by a key, by their number, by time",
        arguments: [("12#", 0), ("1234", 0), ("12", 3_000)])
    func collected(_ keys: String, _ time: Int) {
        var policy = ConversationPolicy()
        policy.digits.isCollecting = true
        policy.digits.length = 4
        var call = TestConversation(policy)
        for key in keys { call.happens(.media(.digit(key))) }
        call.wait(until: 10_000)
        let digits = keys.filter { $0 != "#" }
        let input = ConversationAction.send(.userText("The caller entered on the keypad: \(digits)"))
        #expect(call.times(of: input) == [time])
        #expect(call.times(of: .note("keys", digits)) == [time])
    }

    @Test("A turn that does not end is cancelled")
    func longTurn() {
        var policy = ConversationPolicy()
        policy.longestTurn = .seconds(20)
        var call = TestConversation(policy)
        call.starts("Greet.")
        call.happens(.media(.turnSent(EngineTurnID("1"), delay: .zero)))
        call.wait(until: 20_000)
        #expect(call.times(of: .send(.cancelTurn)) == [20_000])
    }

    @Test("A call that does not end is ended, whatever goes on")
    func maximumDuration() {
        var call = TestConversation(maximumDuration: .seconds(60))
        call.happens(.toolCall(EngineToolCall(id: "1", name: AssistantTool.transfer, arguments: "{}")))
        call.wait(until: 60_000)
        #expect(call.time(of: .hangUp(.maximumDuration)) == 60_000)
    }

    @Test("No keys for the media, no media: the call ends", arguments: [true, false])
    func noMedia(_ isKeyless: Bool) {
        var call = TestConversation()
        call.happens(.media(isKeyless ? .keyAgreementFailed("x") : .inactive(for: .seconds(30))))
        #expect(call.actions == [.hangUp(isKeyless ? .noKeys : .noMedia)])
        call.happens(.closed(.lost("x")))
        #expect(call.actions.count == 1, "nothing after the end")
    }

    @Test("What the engine asks for is left to the service")
    func requests() {
        var call = TestConversation()
        let transfer = EngineTransferRequest(target: "queue")
        call.happens(.digitsRequested("1"))
        call.happens(.variables(["a": "b"]))
        call.happens(.toolCallCancelled(id: "7"))
        call.happens(.transferRequested(transfer))
        #expect(
            call.actions == [
                .perform(.digits("1")), .perform(.variables(["a": "b"])), .perform(.cancelTool(id: "7")),
                .perform(.transfer(transfer)),
            ])
        #expect(call.conversation.phase == .leaving)
    }
}
