import ApplicationServer
import SIP
import Testing

/// Random damage to good lists, the same in every run. A trap ends the test process, so coming to the end counts.
@Suite("Damaged lists of actions")
struct DamagedActionTests {
    private static let lists = [
        """
        [{"action":"set","data":{"intent":"balance"}},{"action":"answer"},{"action":"say","text":"Gr\\u00fcezi"},
         {"action":"collect","min":4,"max":6,"terminator":"*","prompt":[{"action":"play","tone":"waiting"}]},
         {"action":"transfer","targets":["queue","+41445551234"],"ways":["refer","relay"],"ringMs":20000}]
        """,
        #"[{"action":"play","file":"en/hello.wav","repeat":2},{"action":"digits","digits":"12#A"},{"action":"hangup"}]"#,
        #"[{"action":"pause","timeMs":250},{"action":"reject","status":486,"retryAfter":3}]"#,
    ].map { Array($0.utf8) }

    private static let pieces = [
        "\"", "\\", "{", "}", "[", "]", ",", ":", "null", "false", "-1", "1e309", "99999999999999999999", "\\ud800",
        "\0",
        #""action":"say","#, #"{"action":"answer"},"#, #""../a""#, "\u{301}",
    ].map { Array($0.utf8) }

    @Test("Each is refused with the place of the fault, or keeps to the limits", arguments: [false, true])
    func damage(_ isAnswered: Bool) {
        let decoder = CallActionDecoder(limits: CallActionLimits(octets: 1_024, actions: 8, text: 64), hasSpeech: true)
        var random = SeededNumbers(seed: isAnswered ? 1 : 2 as UInt64)
        var taken = 0
        for _ in 0..<4_000 {
            var list = Self.lists.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &random) { Self.damage(&list, &random) }
            do throws(CallActionFault) {
                let actions = try decoder.actions(in: list, isAnswered: isAnswered)
                taken += 1
                #expect(actions.count <= 8)
                for action in actions { #expect(Self.keepsLimits(action), "\(action)") }
            } catch {
                #expect("\(error)".hasPrefix("$"))
            }
        }
        #expect(taken > 0, "some damage leaves a list whole")
    }

    private static func damage(_ list: inout [UInt8], _ random: inout SeededNumbers) {
        guard !list.isEmpty else { return }
        let index = Int.random(in: 0..<list.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: list[index] = UInt8.random(in: .min ... .max, using: &random)
        case 1: list.insert(contentsOf: pieces.randomElement(using: &random) ?? [], at: index)
        case 2: list.removeSubrange(index..<min(list.count, index + Int.random(in: 1...12, using: &random)))
        default: list.insert(contentsOf: list[index...].prefix(24), at: Int.random(in: 0...list.count, using: &random))
        }
    }

    private static func keepsLimits(_ action: CallAction) -> Bool {
        switch action {
        case .play(let prompts): prompts.count <= 100 && prompts.allSatisfy(keepsLimits)
        case .collect(let collection):
            (1...64).contains(collection.maximum) && (0...collection.maximum).contains(collection.minimum)
                && collection.prompt.allSatisfy(keepsLimits)
        case .transfer(let transfer):
            (1...16).contains(transfer.targets.count)
                && transfer.targets.allSatisfy { (1...256).contains($0.utf8.count) }
        case .sendDigits(let digits): (1...64).contains(digits.count)
        case .reject(let status, _): status.rawValue >= 400
        case .pause(let time): (.zero ... .seconds(60)).contains(time)
        case .set(let data): data.count <= 8 && data.values.allSatisfy { $0.utf8.count <= 64 }
        case .route(let text): text?.isEmpty != true
        case .hangUp(let text): text?.utf8.count ?? 0 <= 128
        case .ring, .answer, .record: true
        }
    }

    private static func keepsLimits(_ prompt: CallAction.Prompt) -> Bool {
        switch prompt {
        case .speech(let speech): (1...64).contains(speech.text.utf8.count)
        case .file(let name): !name.hasPrefix("/") && !name.split(separator: "/").contains("..")
        case .tone(_, let time): time <= .seconds(75)
        }
    }
}
