import Testing
import VoiceEngine

@Suite("Base64 (RFC 4648)")
struct Base64Tests {
    @Test(
        "The test vectors of section 10",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func vectors(_ plain: String, _ encoded: String) {
        var output: [UInt8] = []
        Base64.encode(Array(plain.utf8).span, into: &output)
        #expect(output == Array(encoded.utf8))
        var decoded: [UInt8] = []
        let isValid = Base64.decode(output.span, into: &decoded)
        #expect(isValid)
        #expect(decoded == Array(plain.utf8))
    }

    @Test("All byte values survive, at every length modulo three", arguments: [256, 257, 258])
    func roundTrip(_ count: Int) {
        let data = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        var encoded: [UInt8] = []
        Base64.encode(data.span, into: &encoded)
        var decoded: [UInt8] = [7]
        let isValid = Base64.decode(encoded.span, into: &decoded)
        #expect(isValid)
        #expect(decoded == [7] + data)
    }

    @Test("Padding may be left out", arguments: [("Zg", "f"), ("Zm8", "fo")])
    func withoutPadding(_ encoded: String, _ plain: String) {
        var decoded: [UInt8] = []
        let isValid = Base64.decode(Array(encoded.utf8).span, into: &decoded)
        #expect(isValid)
        #expect(decoded == Array(plain.utf8))
    }

    @Test(
        "Anything else is refused and leaves the output alone",
        arguments: ["Z", "Zg=", "Zm9v=", "Zm9vY", "Zm 9v", "Zm9v\n", "Zm9-", "====", "=", "Zg==Zg==", "é"])
    func invalid(_ encoded: String) {
        var decoded: [UInt8] = [1]
        let isValid = Base64.decode(Array(encoded.utf8).span, into: &decoded)
        #expect(!isValid)
        #expect(decoded == [1])
    }
}
