import ApplicationServer
import Testing

@Suite("Lists of actions, as a program outside writes them")
struct CallActionDecoderTests {
    private static let decoder = CallActionDecoder(hasSpeech: true)

    private static func read(_ text: String, answered: Bool = true) throws -> [CallAction] {
        try decoder.actions(in: Array(text.utf8), isAnswered: answered)
    }

    /// What is wrong with a list, with its place.
    private static func fault(_ text: String, answered: Bool = true) -> String? {
        do throws(CallActionFault) {
            _ = try decoder.actions(in: Array(text.utf8), isAnswered: answered)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test("Every action, with all it can have")
    func all() throws {
        let actions = try Self.read(
            """
            [{"action":"ring"},{"action":"set","data":{"intent":"balance"}},{"action":"pause","timeMs":250},
             {"action":"answer"},{"action":"say","text":"Grüezi","language":"de-CH","voice":"slt"},
             {"action":"play","file":"en/hello.wav","repeat":2},{"action":"play","tone":"ringback","timeMs":10000},
             {"action":"record"},
             {"action":"collect","min":4,"max":6,"terminator":"*","firstDigitMs":5000,"nextDigitMs":2000,
              "prompt":[{"action":"say","text":"Your number?"},{"action":"play","tone":"waiting"}]},
             {"action":"digits","digits":"12#A"},
             {"action":"transfer","targets":["queue","+41445551234"],"ways":["refer","relay"],"ringMs":20000,
              "limitMs":60000,"reason":"wants a person"}]
            """, answered: false)
        #expect(
            actions == [
                .ring, .set(["intent": "balance"]), .pause(.milliseconds(250)), .answer,
                .play([.speech(CallAction.Speech("Grüezi", language: "de-CH", voice: "slt"))]),
                .play([.file("en/hello.wav"), .file("en/hello.wav")]), .play([.tone(.ringback, .seconds(10))]), .record,
                .collect(
                    CallAction.Collection(
                        minimum: 4, maximum: 6, terminator: "*", firstDigitTime: .seconds(5),
                        nextDigitTime: .seconds(2),
                        prompt: [.speech(CallAction.Speech("Your number?")), .tone(.waiting, .seconds(5))])),
                .sendDigits("12#A"),
                .transfer(
                    CallAction.Transfer(
                        targets: ["queue", "+41445551234"], ways: [.refer, .relay], ringTime: .seconds(20),
                        limit: .seconds(60), reason: "wants a person")),
            ])
        #expect(
            try Self.read(#"[{"action":"collect","max":1,"terminator":false}]"#) == [
                .collect(CallAction.Collection(maximum: 1, terminator: nil))
            ])
        #expect(try Self.read(#"[{"action":"hangup","reason":"done"}]"#) == [.hangUp("done")])
        #expect(
            try Self.read(#"[{"action":"reject","status":486,"retryAfter":3}]"#, answered: false) == [
                .reject(.busyHere, retryAfter: 3)
            ])
        #expect(try Self.read(#"[{"action":"route"}]"#, answered: false) == [.route(nil)])
        #expect(try Self.read("[]") == [])
        #expect(try Self.read("") == [])
    }

    @Test(
        "A fault names its place",
        arguments: [
            ("{", "$ is no JSON"),
            (#"{"action":"hangup"}"#, "$ must be a list"),
            (#"[{"action":"record"},7]"#, "$[1] must be an object"),
            (#"[{}]"#, "$[0].action is missing"),
            (#"[{"action":"hangUp"}]"#, "$[0].action must be one of ring, answer"),
            (#"[{"action":7}]"#, "$[0].action must be one of"),
            (#"[{"action":"record","now":true}]"#, "$[0].now is unknown"),
            (#"[{"action":"record","action":"hangup"}]"#, "$[0].action stands there twice"),
            (#"[{"action":"say"}]"#, "$[0].text is missing"),
            (#"[{"action":"say","text":""}]"#, "$[0].text must be a text"),
            (#"[{"action":"say","text":"a\u0000b"}]"#, "$[0].text holds a control character"),
            (#"[{"action":"say","text":"a","repeat":101}]"#, "$[0].repeat must be a whole number from 1 to 100"),
            (#"[{"action":"pause","timeMs":1.5}]"#, "$[0].timeMs must be a whole number"),
            (#"[{"action":"pause","timeMs":1e300}]"#, "$[0].timeMs must be a whole number"),
            (#"[{"action":"pause","timeMs":99999999999999999999}]"#, "$[0].timeMs must be a whole number"),
            (#"[{"action":"pause","timeMs":"5"}]"#, "$[0].timeMs must be a whole number"),
            (#"[{"action":"play"}]"#, "$[0] needs a file or a tone"),
            (#"[{"action":"play","file":"a.wav","tone":"waiting"}]"#, "$[0] has both"),
            (#"[{"action":"collect"}]"#, "$[0].max is missing"),
            (#"[{"action":"collect","max":2,"min":3}]"#, "$[0].min must be a whole number from 0 to 2"),
            (#"[{"action":"collect","max":2,"terminator":"12"}]"#, "$[0].terminator must be a key"),
            (
                #"[{"action":"collect","max":2,"prompt":[{"action":"collect","max":1}]}]"#,
                "$[0].prompt[0].action must be say or play"
            ),
            (
                #"[{"action":"collect","max":2,"prompt":[{"action":"say","text":"a","x":1}]}]"#,
                "$[0].prompt[0].x is unknown"
            ),
            (#"[{"action":"transfer"}]"#, "$[0].targets is missing"),
            (#"[{"action":"transfer","targets":[]}]"#, "$[0].targets is empty"),
            (#"[{"action":"transfer","targets":["a",null]}]"#, "$[0].targets[1] must be a text"),
            (#"[{"action":"transfer","targets":["a"],"ways":["fax"]}]"#, "$[0].ways[0] must be one of reinvite"),
            (#"[{"action":"digits","digits":"12x"}]"#, "$[0].digits must be keys"),
            (#"[{"action":"set","data":{"a":1}}]"#, "$[0].data[0] must be a text"),
            (#"[{"action":"hangup"},{"action":"record"}]"#, "$[1] can never be reached"),
            (#"[{"action":"answer"}]"#, "$[0].action answer is too late"),
        ])
    func faults(_ text: String, _ expected: String) {
        let found = Self.fault(text)
        #expect(found?.hasPrefix(expected) == true, "\(found ?? "nothing is wrong")")
    }

    @Test("Before the answer nothing is heard and nothing gathered")
    func order() {
        #expect(
            Self.fault(#"[{"action":"record"}]"#, answered: false) == "$[0].action record needs an answer before it")
        #expect(Self.fault(#"[{"action":"answer"},{"action":"record"}]"#, answered: false) == nil)
        let twice = Self.fault(#"[{"action":"answer"},{"action":"answer"}]"#, answered: false)
        #expect(twice == "$[1].action answer is too late: the call is answered")
        #expect(Self.fault(#"[{"action":"reject","status":200}]"#, answered: false)?.hasPrefix("$[0].status") == true)
    }

    @Test(
        "No file outside of the folder has a name",
        arguments: [
            "../secret.wav", "a/../../b.wav", "/etc/passwd", "a//b.wav", "./a.wav", ".hidden", "a/.b", "a\\b.wav",
            "a b.wav",
            "a.wav\u{0}", "%2e%2e/a.wav", "ä.wav", "a/", "http://192.0.2.1/a.wav", "a.wav?x",
        ])
    func names(_ name: String) {
        let list = [CallActionDecoderTests.list(file: name)]
        for text in list { #expect(Self.fault(text)?.hasPrefix("$[0].file") == true) }
    }

    private static func list(file: String) -> String {
        let escaped = file.replacing("\\", with: "\\\\").replacing("\u{0}", with: "\\u0000")
        return #"[{"action":"play","file":"\#(escaped)"}]"#
    }

    @Test("Without a voice nothing can be said, and the fault says why")
    func noVoice() {
        let fault = #expect(throws: CallActionFault.self) {
            try CallActionDecoder(hasSpeech: false)
                .actions(in: Array(#"[{"action":"say","text":"a"}]"#.utf8), isAnswered: true)
        }
        #expect(fault?.description == "$[0].action say needs a voice: speech.url is not configured")
    }

    @Test("Long lists, long texts, deep nesting and a thousand members are refused")
    func limits() {
        let one = #"{"action":"record"}"#
        #expect(Self.fault("[" + Array(repeating: one, count: 64).joined(separator: ",") + "]") == nil)
        #expect(
            Self.fault("[" + Array(repeating: one, count: 65).joined(separator: ",") + "]")
                == "$ has more than 64 elements")
        let text = String(repeating: "a", count: 4_097)
        #expect(Self.fault(#"[{"action":"say","text":"\#(text)"}]"#) == "$[0].text is longer than 4096 octets")
        #expect(Self.fault(String(repeating: "[", count: 70_000)) == "$ is longer than 65536 octets")
        #expect(Self.fault(String(repeating: "[", count: 60_000))?.hasPrefix("$ is no JSON") == true)
        let members = (0..<4_000).map { #""m\#($0)":0"# }.joined(separator: ",")
        #expect(Self.fault("[{\(members)}]") == "$[0] has more than 32 members")
    }

    @Test(
        "Whatever a text holds, it is read as it is or refused, and never shown with line ends",
        arguments: HostileTexts.all)
    func hostile(_ text: String) throws {
        let list = #"[{"action":"say","text":"# + Self.quoted(text) + "}]"
        if let fault = Self.fault(list) {
            #expect(fault.hasPrefix("$[0].text") || fault == "$ is longer than 65536 octets")
        } else {
            #expect(try Self.read(list) == [.play([.speech(CallAction.Speech(text))])])
        }
        let unknown = try #require(Self.fault("[{\(Self.quoted(text)):1,\"action\":\"record\"}]"))
        #expect(!unknown.utf8.contains { $0 < 0x20 })
        #expect(unknown.utf8.count < 128)
    }

    @Test("Lists with octets changed, lost, doubled and cut off are read or refused with a place")
    func mutated() throws {
        let list = Array(
            #"""
            [{"action":"say","text":"Gr\u00fcezi","language":"de","repeat":2},
             {"action":"collect","max":6,"min":4,"terminator":"#","prompt":[{"action":"play","file":"a/b.wav"}]},
             {"action":"set","data":{"intent":"x"}},
             {"action":"transfer","targets":["queue"],"ways":["refer"],"ringMs":20000}]
            """#.utf8)
        // A linear congruential generator: the same lists each time.
        var state: UInt64 = 20_261_126
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var refused = 0
        for _ in 0..<5_000 {
            var bytes = list
            for _ in 0...random(3) {
                let index = random(bytes.count)
                switch random(4) {
                case 0: bytes[index] = UInt8(random(256))
                case 1: bytes.remove(at: index)
                case 2: bytes.insert(bytes[index], at: index)
                default: bytes.removeLast(min(random(8), bytes.count - 1))
                }
            }
            do throws(CallActionFault) {
                _ = try Self.decoder.actions(in: bytes, isAnswered: true)
            } catch {
                refused += 1
                #expect(error.path.hasPrefix("$"))
                #expect(!error.description.utf8.contains { $0 < 0x20 })
            }
        }
        #expect(refused > 2_500)
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            let digits = String(scalar.value, radix: 16)
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 0x20: result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
