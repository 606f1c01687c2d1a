import Testing

@testable import SIP

/// Lines are read thirty-two octets at a time, those among the last octets of a message octet by octet.
@Suite("Header fields on plain lines")
struct PlainLineTests {
    private static func message(_ line: String, body: String = "") throws -> SIPHeaders {
        let head = "OPTIONS sip:a SIP/2.0\r\n" + line + "\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        return try SIPMessage(parsing: Array((head + body).utf8)).headers
    }

    private static let bodies = ["", String(repeating: "b", count: 80)]

    @Test("Values of each length keep their octets without the white space around them", arguments: bodies)
    func lengths(body: String) throws {
        for length in 0..<100 {
            let value = String("0123456789:;<=>?@ABCDEFGHIJ".prefix(27)) + String(repeating: "v", count: 80)
            let text = String(value.prefix(length))
            for (before, behind) in [("", ""), (" ", ""), ("   ", " "), ("", "   ")] {
                let headers = try Self.message("Subject:\(before)\(text)\(behind)\r\nX-Next: n", body: body)
                #expect(headers.first(.subject) == text)
                #expect(headers.first("X-Next") == "n")
            }
        }
    }

    @Test("A comma parts a list wherever it stands", arguments: bodies)
    func commas(body: String) throws {
        for length in 3..<80 {
            for place in 1..<length - 1 {
                var octets = [UInt8](repeating: UInt8(ascii: "v"), count: length)
                octets[place] = .comma
                let headers = try Self.message("Route: " + String(decoding: octets, as: UTF8.self), body: body)
                #expect(headers.splitValues(.route).map(\.utf8.count) == [place, length - 1 - place])
            }
        }
    }

    @Test("A control character is refused wherever it stands", arguments: ["\u{1}", "\r", "\n", "\u{1F}"])
    func controls(control: String) {
        for body in Self.bodies {
            for length in 0..<70 {
                let value = String(repeating: "v", count: length) + control + "w"
                #expect(throws: SIPParseError.self) { try Self.message("Subject: \(value)", body: body) }
            }
        }
    }

    @Test("Each registered name is known in each case", arguments: RegisteredHeaderName.allCases, bodies)
    func names(name: RegisteredHeaderName, body: String) throws {
        guard name != .contentLength else { return }
        let spelling = name.spelling.description
        for text in [spelling, spelling.uppercased(), spelling.lowercased(), name.compactForm.map(String.init)] {
            guard let text else { continue }
            for colon in [":", ": ", " \t:"] {
                let headers = try Self.message(text + colon + "1", body: body)
                #expect(headers.first(HeaderName(name)) == "1")
            }
            // Another octet makes another name.
            for octet in [UInt8(ascii: "~"), UInt8(ascii: "2")] {
                for place in 0..<text.utf8.count where text.utf8.count > 1 {
                    var octets = Array(text.utf8)
                    octets[place] = octet
                    let other = String(decoding: octets, as: UTF8.self)
                    let headers = try Self.message(other + ": 1", body: body)
                    #expect(headers.fields.first?.name.rawValue == other)
                }
            }
        }
    }

    @Test("Names beside the registered ones in length and case bits are others")
    func otherNames() throws {
        for body in Self.bodies {
            for name in [
                "Vi", "Viaa", "T", "Too", "P-Asserted-Identit", "P-Asserted-Identityy", "Content\u{2D}Typ", "~", "1",
            ]
            where HeaderName(name).index == HeaderName.unregistered {
                #expect(try Self.message(name + ": 1", body: body).fields.first?.name.rawValue == name)
            }
            // An octet that differs from the hyphen as the cases of letters differ from each other.
            #expect(throws: SIPParseError.self) { try Self.message("Call\u{D}ID: 1", body: body) }
        }
    }

    @Test(
        "The error of a value names its field, registered or not", arguments: ["Contact", "X-Contact"] as [HeaderName])
    func errors(name: HeaderName) throws {
        let headers = try Self.message("\(name): <sip:a")
        let error = #expect(throws: SIPParseError.self) { try headers.addresses(name) }
        #expect(error?.field == name)
        let direct = #expect(throws: SIPParseError.self) { try NameAddress(parsing: "<sip:a", field: name) }
        #expect(direct?.field == name)
        let number = #expect(throws: SIPParseError.self) { try CSeq(parsing: "x", field: name) }
        #expect(number?.field == name)
    }

    @Test("An octet that may not stand in a URI is reported before what is wrong with its parts")
    func uriFaults() {
        for (text, offset) in [("sip:a@:x;y@z", 10), ("sip:a@h;;<", 9), ("sip:@h;a=b c", 10), ("sip:a@h;x?b=<", 12)] {
            let error = #expect(throws: SIPParseError.self) { try SIPURI(parsing: text) }
            #expect(error?.fault == .illegalCharacter)
            #expect(error?.offset == offset)
        }
        let error = #expect(throws: SIPParseError.self) { try SIPURI(parsing: "sip:a@h;;x") }
        #expect(error?.fault == .expectedToken)
    }
}
