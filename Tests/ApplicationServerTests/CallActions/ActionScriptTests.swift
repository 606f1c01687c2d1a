import SIP
import Testing

@testable import ApplicationServer

@Suite("A call led by lists of actions, in virtual time")
struct ActionScriptTests {
    private static let hello = CallAction.play([.file("hello.wav")])
    private static let pin = CallAction.collect(
        CallAction.Collection(
            minimum: 4, maximum: 4, firstDigitTime: .seconds(5), nextDigitTime: .seconds(2), prompt: [.file("pin.wav")])
    )
    private static let queue = CallAction.transfer(CallAction.Transfer(targets: ["queue"]))

    private static func policy(
        announcement: String? = nil,
        hasHuman: Bool = true,
        actions: Int = 1_000
    ) -> ActionScript.Policy {
        var policy = ActionScript.Policy()
        policy.announcement = announcement
        policy.hasHuman = hasHuman
        policy.limits.actionsInCall = actions
        return policy
    }

    // MARK: In order

    @Test("Actions are done one after another, then it is asked what follows")
    func order() {
        var call = TestScript([Self.hello, .set(["intent": "balance"]), .sendDigits("1"), .record])
        #expect(call.last == .perform(.playing("hello.wav"), 1))
        call.wait(until: 2_000)
        call.isDone()
        #expect(call.times(of: .set(["intent": "balance"])) == [2_000])
        #expect(call.last == .perform(.sendDigits("1"), 2))
        call.isDone()
        #expect(call.last == .perform(.record, 3))
        call.isDone()
        let event = call.events.last
        #expect(event?.kind == .finished)
        #expect(event?.sequence == 1)
        #expect(event?.results.map(\.action) == ["play", "set", "digits", "record"])
        #expect(event?.results.allSatisfy { $0.outcome == .done } == true)
        call.isAnswered([.hangUp("bye")])
        #expect(call.last == .hangUp("SIP;text=\"bye\""))
        #expect(call.script.nextDeadline == nil)
    }

    @Test("Words for a BYE stay in their field, whatever they hold", arguments: HostileTexts.all)
    func hostileReason(_ words: String) throws {
        let call = TestScript([.hangUp(words)])
        guard case .hangUp(let field?)? = call.last else { throw CallError.media("no reason") }
        #expect(!field.utf8.contains { $0 < 0x20 || $0 == 0x7F })
        let bytes = Array(field.utf8)
        let parsed = try ReasonHeader(parsing: bytes.span, field: .reason)
        #expect(parsed.parameters.parameters.count == 1)
        #expect(parsed.text == words.onOneLine)
    }

    @Test("A text is rendered, then played")
    func speech() {
        let speech = CallAction.Speech("Hello")
        var call = TestScript([.play([.speech(speech), .file("b.wav")])])
        #expect(call.last == .perform(.render(speech), 1))
        call.isDone(.rendered(path: "/cache/1.wav"))
        #expect(call.last == .perform(.play(.path("/cache/1.wav")), 2))
        call.isDone()
        #expect(call.last == .perform(.playing("b.wav"), 3))
        call.isDone()
        #expect(call.events.last?.results == [CallActionResult(action: "say", outcome: .done)])
    }

    @Test("What fails ends the list, and the program is told")
    func failure() {
        var call = TestScript([Self.hello, .record])
        call.isDone(.failed("no such file"))
        #expect(
            call.events.last?.results == [CallActionResult(action: "play", outcome: .failed, reason: "no such file")])
        #expect(call.times(of: .perform(.record, 2)).isEmpty)
    }

    @Test("A file that cannot be played leaves no silence while it is asked what follows")
    func failureThenSilence() {
        for action in [Self.hello, Self.pin] {
            var call = TestScript([action])
            call.isDone(.failed("no such file"))
            call.wait(until: 3_000)
            #expect(call.fillerTimes == [1_000])
        }
    }

    @Test("A pause is silent, however long")
    func pause() {
        var call = TestScript([.pause(.seconds(8))])
        call.wait(until: 7_999)
        #expect(call.log.isEmpty)
        call.wait(until: 8_000)
        #expect(call.events.last?.kind == .finished)
        #expect(call.fillerTimes.isEmpty)
    }

    // MARK: Keys

    @Test("The first key cuts the prompt short, the last one ends the input")
    func keys() {
        var call = TestScript([Self.pin])
        #expect(call.last == .perform(.playing("pin.wav"), 1))
        call.wait(until: 700)
        call.presses("1")
        #expect(call.last == .stopPlayback)
        call.presses("23")
        call.isDone()  // Of the prompt, too late.
        call.presses("4")
        #expect(call.events.last?.results == [CallActionResult(action: "collect", outcome: .done, digits: "1234")])
    }

    @Test(
        "An input ends by its terminator, and by a pause",
        arguments: [
            ("1#", 1_000, "1", CallActionResult.Outcome.incomplete), ("1", 3_000, "1", .incomplete),
            ("", 6_000, "", .noInput),
        ]
    )
    func incomplete(_ keys: String, _ end: Int, _ digits: String, _ outcome: CallActionResult.Outcome) {
        var call = TestScript([Self.pin])
        call.wait(until: 1_000)
        call.isDone()
        call.presses(keys)
        call.wait(until: end - 1)
        #expect(call.events.isEmpty == (end > 1_000))
        call.wait(until: end)
        #expect(call.events.last?.results == [CallActionResult(action: "collect", outcome: outcome, digits: digits)])
        // The caller's silence is no silence of ours.
        #expect(call.fillerTimes.isEmpty)
    }

    @Test("A key outside of a collection is told at once, and its answer may take the place of what runs")
    func loneKey() {
        var call = TestScript([Self.hello, .record])
        call.presses("9")
        #expect(call.events.map(\.kind) == [.key])
        #expect(call.events.last?.keys == "9")
        call.presses("87")
        #expect(call.events.count == 1)
        call.isAnswered([])
        #expect(call.events.last?.keys == "87")
        call.isAnswered([.sendDigits("1")])
        #expect(call.log.suffix(2).map(\.step) == [.stopPlayback, .perform(.sendDigits("1"), 2)])
        call.isDone()
        #expect(call.events.last?.results.map(\.outcome) == [.interrupted, .done])
    }

    @Test("A list that ends while a key is being told of waits for that answer")
    func oneQuestionAtATime() {
        var call = TestScript([Self.hello])
        call.presses("5")
        call.isDone()
        #expect(call.events.map(\.kind) == [.key])
        call.isAnswered([])
        #expect(call.events.map(\.kind) == [.key, .finished])
        #expect(call.events.map(\.sequence) == [1, 2])
    }

    @Test("Hold is told of")
    func held() {
        var call = TestScript([Self.hello])
        call.happens(.held(true))
        call.isAnswered([])
        call.happens(.held(false))
        #expect(call.events.map(\.kind) == [.held(true), .held(false)])
    }

    // MARK: Silence

    @Test("Whoever is slow, the caller hears filler a second after the last sound, and until there is something else")
    func filler() {
        var call = TestScript([Self.hello])
        call.wait(until: 3_000)
        #expect(call.fillerTimes.isEmpty)
        call.isDone()
        call.wait(until: 9_000)
        #expect(call.fillerTimes == [4_000])
        call.isAnswered([Self.hello])
        #expect(call.log.suffix(2).map(\.step) == [.stopPlayback, .perform(.playing("hello.wav"), 3)])
    }

    @Test("Neither a voice that is slow nor a target that rings leaves silence")
    func slowDeeds() {
        for action in [CallAction.play([.speech(CallAction.Speech("Hello"))]), Self.queue] {
            var call = TestScript([action])
            call.wait(until: 5_000)
            #expect(call.fillerTimes == [1_000])
        }
    }

    @Test("Filler that has come to its end begins again")
    func fillerAgain() {
        var call = TestScript([Self.queue])
        call.wait(until: 1_000)
        call.happens(.done(2, .done))
        call.wait(until: 3_000)
        #expect(call.fillerTimes == [1_000, 2_000])
    }

    @Test("After a key filler counts from it")
    func fillerAfterKeys() {
        var call = TestScript([Self.pin])
        call.wait(until: 4_000)
        call.presses("1234")
        call.wait(until: 4_999)
        #expect(call.fillerTimes.isEmpty)
        call.wait(until: 5_000)
        #expect(call.fillerTimes == [5_000])
    }

    // MARK: Elsewhere

    @Test("A transfer that comes to nothing is told of with its reason")
    func transferFails() {
        var call = TestScript([Self.queue])
        call.isDone(.failed("busy"))
        #expect(call.events.last?.kind == .transferFailed("busy"))
        #expect(
            call.events.last?.results == [CallActionResult(action: "transfer", outcome: .failed, reason: "busy")])
        call.isAnswered([Self.queue])
        call.isDone()
        #expect(call.script.isOver)
        #expect(call.script.nextDeadline == nil)
    }

    @Test("Nothing gets in the way of a transfer: no key, no hold, no late answer, no failure")
    func transferIsLeftAlone() {
        var call = TestScript([Self.hello, Self.queue])
        call.presses("1")
        call.isDone()
        call.happens(.held(true))
        call.presses("2")
        let count = call.log.count
        call.isAnswered([.hangUp(nil)])
        call.fails()
        #expect(call.log.count == count)
        call.isDone()
        #expect(call.script.isOver)
    }

    // MARK: Faults

    @Test(
        "A caller who sends nothing any more, or whose keys cannot be agreed on, is hung up on",
        arguments: [true, false])
    func noMedia(_ isKeyless: Bool) {
        for actions in [[Self.hello], [Self.pin], [.pause(.seconds(60))], [.set([:])]] {
            var call = TestScript(actions)
            call.happens(.media(isKeyless ? .keyAgreementFailed("x") : .inactive(for: .seconds(30))))
            let reason = isKeyless ? "SIP;cause=488;text=\"No media keys\"" : "SIP;cause=408;text=\"No media\""
            #expect(call.last == .hangUp(reason))
            #expect(call.script.isOver)
        }
    }

    @Test("Whoever fails: an announcement, then a person, then the end")
    func abandoned() {
        var call = TestScript(Self.policy(announcement: "/sorry.wav"), [.record])
        call.isDone()
        call.wait(until: 1_500)
        call.fails("HTTP 500")
        #expect(
            call.log.suffix(3).map(\.step) == [
                .abandoned("HTTP 500"), .stopPlayback, .perform(.play(.path("/sorry.wav")), 3),
            ])
        call.presses("1")
        call.isDone()
        #expect(call.last == .perform(.rescue, 4))
        call.wait(until: 9_000)
        #expect(call.fillerTimes == [1_000, 2_500])
        call.isDone(.failed("no-answer"))
        #expect(call.last == .hangUp("SIP;cause=503;text=\"Service failed\""))
        #expect(call.script.isOver)
    }

    @Test("Without an announcement and a person the call ends")
    func abandonedAlone() {
        var call = TestScript(Self.policy(hasHuman: false), [.record])
        call.isDone()
        call.fails()
        #expect(call.last == .hangUp("SIP;cause=503;text=\"Service failed\""))
    }

    @Test("A missing announcement is passed over")
    func missingAnnouncement() {
        var call = TestScript(Self.policy(announcement: "/none.wav"), [.record])
        call.isDone()
        call.fails()
        call.isDone(.failed("no such file"))
        #expect(call.last == .perform(.rescue, 3))
    }

    @Test("No actions though nothing is left, and too many of them, are failures")
    func nonsense() {
        var call = TestScript([.record])
        call.isDone()
        call.isAnswered([])
        #expect(call.log.contains { $0.step == .abandoned("no actions though nothing is left") })
        var other = TestScript(Self.policy(actions: 3), [.set([:])])
        other.isAnswered([.set([:]), .set([:])])
        other.isAnswered([.set([:]), .set([:])])
        #expect(other.log.contains { $0.step == .abandoned("more than 3 actions") })
    }

    @Test("A failure while something is heard cuts it short")
    func abandonedInMidSound() {
        var call = TestScript(Self.policy(), [Self.hello])
        call.presses("1")
        call.fails()
        #expect(call.log.suffix(3).map(\.step) == [.stopPlayback, .abandoned("timedOut"), .perform(.rescue, 2)])
    }

    @Test("A call ends after its longest time, whatever it does")
    func maximum() {
        for actions in [[Self.hello], [Self.pin], [Self.queue], [.record]] {
            var policy = Self.policy()
            policy.maximumDuration = .seconds(30)
            var call = TestScript(policy, actions)
            call.wait(until: 30_000)
            #expect(call.last == .hangUp("SIP;cause=503;text=\"Call too long\""))
            #expect(call.script.isOver)
        }
    }

    @Test("The last event has what was not told yet")
    func last() {
        var call = TestScript([Self.hello, .record])
        call.isDone()
        var script = call.script
        let event = script.ended("caller-hung-up")
        #expect(event.kind == .ended("caller-hung-up"))
        #expect(event.results == [CallActionResult(action: "play", outcome: .done)])
        #expect(event.sequence == 1)
    }
}
