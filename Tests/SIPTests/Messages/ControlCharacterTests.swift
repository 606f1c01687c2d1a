import SIP
import Testing

/// The search for control characters looks at eight octets at a time; where in the eight one stands must not matter.
@Suite("Control characters")
struct ControlCharacterTests {
    /// Octets that are none, among them those whose bits a search over whole words could take for some.
    static let fillers: [UInt8] = [0x20, 0x21, 0x41, 0x5F, 0x7E, 0x7F, 0x80, 0x9F, 0xA0, 0xFF]

    @Test("The first one is found at each place, whatever stands before and behind it", arguments: fillers)
    func found(filler: UInt8) {
        for control in UInt8(0)..<0x20 {
            for start in 0..<8 {
                for place in start..<start + 17 {
                    var octets = [UInt8](repeating: filler, count: start + 24)
                    octets[place] = control
                    // What stands before the range does not count.
                    if start > 0 { octets[start - 1] = 0 }
                    #expect(octets.span.firstControl(in: start..<octets.count) == place)
                    #expect(octets.span.firstControl(in: start..<place) == place)
                }
            }
        }
    }

    @Test("Where there is none, the end of the range is the answer", arguments: fillers)
    func absent(filler: UInt8) {
        for start in 0..<8 {
            for length in 0..<24 {
                let octets = [UInt8](repeating: filler, count: start + length) + [0x00]
                #expect(octets.span.firstControl(in: start..<start + length) == start + length)
            }
        }
    }

    @Test("A message that holds one is refused: in each line, each control character, at each of eight places")
    func refused() throws {
        let lines = [
            "OPTIONS sip:a@b SIP/2.0\r\nSubject: 0123456789", "SIP/2.0 404 0123456789", "OPTIONS sip:012345678",
        ]
        let rests = ["0123456789\r\nl: 0\r\n\r\n", "0123456789\r\nl: 0\r\n\r\n", "9@b SIP/2.0\r\nl: 0\r\n\r\n"]
        for (line, rest) in zip(lines, rests) {
            for padding in 0..<8 {
                let opening = Array((line + String(repeating: "x", count: padding)).utf8)
                _ = try SIPMessage(parsing: opening + Array(rest.utf8))
                for control in UInt8(0)..<0x20 where control != .tab {
                    let error = #expect(throws: SIPParseError.self) {
                        try SIPMessage(parsing: opening + [control] + Array(rest.utf8))
                    }
                    #expect(error?.fault == .illegalCharacter)
                    #expect(error?.offset == opening.count)
                }
            }
        }
    }
}
