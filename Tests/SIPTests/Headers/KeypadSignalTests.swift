import SIP
import Testing

@Suite("Keys in the body of an INFO")
struct KeypadSignalTests {
    private static func relay(_ text: String) -> KeypadSignal? {
        KeypadSignal(parsing: Array(text.utf8), of: KeypadSignal.relayType)
    }

    @Test(
        "application/dtmf-relay as gateways write it",
        arguments: [
            ("Signal=5\r\nDuration=160\r\n", "5", 160), ("Signal= 5\r\nDuration= 160", "5", 160),
            ("signal=*\nduration=100\n", "*", 100), ("Duration=250\r\nSignal=#\r\n", "#", 250),
            ("Signal=10\r\n", "*", nil), ("Signal=11", "#", nil), ("Signal=d\r\nDuration=-5", "D", nil),
            ("Signal=0\r\nDuration=99999999999999999999\r\n", "0", nil),
        ] as [(String, Character, Int?)])
    func relay(_ text: String, _ digit: Character, _ duration: Int?) throws {
        let signal = try #require(Self.relay(text))
        #expect(signal.digit == digit)
        #expect(signal.duration == duration)
    }

    @Test("A hook flash is a signal without a key", arguments: ["Signal=16\r\n", "Signal=flash", "Signal=!"])
    func flash(_ text: String) throws {
        #expect(try #require(Self.relay(text)).digit == nil)
    }

    @Test("What names no key", arguments: ["", "5", "Signal", "Signal=", "Signal=17", "Signal=55", "Signal=x", "=5"])
    func malformed(_ text: String) {
        #expect(Self.relay(text) == nil)
    }

    @Test("application/dtmf is the key alone")
    func plain() throws {
        #expect(KeypadSignal(parsing: Array(" 7\r\n".utf8), of: KeypadSignal.plainType)?.digit == "7")
        #expect(KeypadSignal(parsing: Array("Signal=7".utf8), of: KeypadSignal.plainType) == nil)
        let type = try MediaType(parsing: Array("Application/DTMF;x=y".utf8).span, field: .contentType)
        #expect(KeypadSignal.isCarried(by: type))
        #expect(!KeypadSignal.isCarried(by: MediaType("application", "sdp")))
    }

    @Test("What is written is read again")
    func written() throws {
        for key in "0123456789*#ABCD" {
            var signal = try #require(KeypadSignal(key: key))
            signal.duration = 120
            #expect(KeypadSignal(parsing: signal.relayBody, of: KeypadSignal.relayType) == signal)
        }
        #expect(KeypadSignal(key: "x") == nil)
        #expect(KeypadSignal(key: "!") == nil)
    }
}
