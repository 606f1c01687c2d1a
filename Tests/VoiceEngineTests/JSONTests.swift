import Testing
import VoiceEngine

@Suite("JSON texts (RFC 8259)")
struct JSONTests {
    @Test(
        "A text that fits the grammar is taken",
        arguments: [
            "{}", "[]", " [ ] ", "null", "true", "-0", "0.5e-3", "1E+2", #""\u00e9\/\n""#,
            #"{"a":{"b":[1,2,{"c":null}]}}"#,
            #"[[],{},"",0]"#, "\"æøå€😀\"",
        ])
    func valid(_ text: String) {
        #expect(JSONDocument.isValid(text))
    }

    @Test(
        "A text that does not fit is refused",
        arguments: [
            "", "{", "[1,]", "{,}", #"{"a"}"#, #"{"a":1,}"#, "01", "+1", ".5", "1.", "1e", "nul", "tru", "\"", #""\x""#,
            #""\u12""#, "\"\u{1}\"", "[1 2]", "{}{}", "1 1", "}", "[}", #"{"a":1]"#, "'a'", "NaN",
        ])
    func invalid(_ text: String) {
        #expect(!JSONDocument.isValid(text))
    }

    @Test(
        "Bytes that are no UTF-8 are refused (RFC 3629 §4)",
        arguments: [
            [0x80], [0xC0, 0x80], [0xC2], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF],
            [0xE2, 0x82],
        ] as [[UInt8]])
    func invalidUTF8(_ bytes: [UInt8]) {
        var document = JSONDocument()
        let text = [0x22] + bytes + [0x22]
        #expect(throws: JSONError.invalidUTF8(offset: 1)) { try document.parse(text.span) }
    }

    @Test("Nesting ends at 64 levels, however long the text")
    func depth() throws {
        var document = JSONDocument()
        let allowed =
            [UInt8](repeating: UInt8(ascii: "["), count: 64) + [UInt8](repeating: UInt8(ascii: "]"), count: 64)
        try document.parse(allowed.span)
        let hostile = [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)
        #expect(throws: JSONError.tooDeep(offset: 64)) { try document.parse(hostile.span) }
    }

    @Test("The number of values is bounded")
    func values() {
        var document = JSONDocument()
        let text = Array(("[" + String(repeating: "0,", count: 20_000) + "0]").utf8)
        #expect(throws: JSONError.tooManyValues(offset: 2 * JSONDocument.maximumValues - 1)) {
            try document.parse(text.span)
        }
    }

    @Test("Every prefix of a text is refused without a trap")
    func prefixes() throws {
        let text = Array(#"{"type":"x\u00e9\ud83d\ude00","n":[-1.5e3,true,null],"s":"é"}"#.utf8)
        var document = JSONDocument()
        for length in 0..<text.count {
            #expect(throws: JSONError.self) { try document.parse(text.span.extracting(0..<length)) }
        }
        try document.parse(text.span)
        let type = document.string("type", in: text.span)
        #expect(type == "xé😀")
    }

    @Test("A member is found by its decoded name, the first of several, past values of any kind")
    func members() throws {
        let text = Array(#"{"a":{"b":[{"b":1}]},"\u0062":"yes","b":"no"}"#.utf8)
        var document = JSONDocument()
        try document.parse(text.span)
        let b = document.string("b", in: text.span)
        let c = document.member("c", in: text.span)
        #expect(b == "yes")
        #expect(c == nil)
    }

    @Test("A surrogate without its partner becomes the replacement character")
    func loneSurrogate() throws {
        let text = Array(#"{"a":"\ud83dx\ude00"}"#.utf8)
        var document = JSONDocument()
        try document.parse(text.span)
        let a = document.string("a", in: text.span)
        #expect(a == "\u{FFFD}x\u{FFFD}")
    }

    @Test(
        "An integer is read with checks",
        arguments: [
            ("12", 12), ("-7", -7), ("12.9", 12), ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min),
            ("9223372036854775808", nil), ("99999999999999999999", nil), ("1e3", nil), ("\"1\"", nil),
        ] as [(String, Int?)])
    func integers(_ json: String, _ expected: Int?) throws {
        let text = Array("{\"n\":\(json)}".utf8)
        var document = JSONDocument()
        try document.parse(text.span)
        let number = document.integer("n", in: text.span)
        #expect(number == expected)
    }

    @Test("What is written can be read", arguments: ["", "plain", "\"\\\u{1}\n\r\t/", "é€😀"])
    func roundTrip(_ value: String) throws {
        let text = JSONWriter.object { json in
            json.member("first", 1)
            json.object("inner") { $0.member("value", value) }
        }
        var document = JSONDocument()
        try document.parse(text.span)
        let inner = document.member("inner", in: text.span) ?? .root
        let read = document.string("value", of: inner, in: text.span)
        #expect(read == value)
    }
}
