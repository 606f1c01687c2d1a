import SIP
import Testing

@Suite("Sets of octets and searches over words")
struct OctetSetTests {
    static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    static let controls = String(String.UnicodeScalarView((0...0x20).map { Unicode.Scalar(UInt8($0)) })) + "\u{7F}"

    @Test("Each set holds the octets that its grammar names and no other")
    func members() {
        let sets: [(OctetSet, String)] = [
            (.token, Self.letters + "-.!%*_+`'~"), (.host, Self.letters + "-._"), (.controlsAndSpace, Self.controls),
            (.uriDelimiters, Self.controls + "%:<>?@"), (.parameterValueEnds, Self.controls + "\",;<>"),
            (.uriParameterNameEnds, ";=?"), (.uriParameterValueEnds, ";?"), (.valueStructure, "\",<>\\"),
            (.linearWhitespace, " \t\r\n"), (.scheme, Self.letters + "+-."),
            (.uriParameterEnds, Self.controls + ";<>?@"),
        ]
        for (set, members) in sets {
            for octet in UInt8.min...UInt8.max {
                #expect(set.contains(octet) == members.utf8.contains(octet), "\(members), \(octet)")
            }
        }
    }

    @Test("The first octet of a value is found at each place; its neighbours in value are not taken for it")
    func firstOffset() {
        for wanted: UInt8 in [0x00, 0x01, 0x2C, 0x7F, 0x80, 0xFF] {
            for filler in [wanted &+ 1, wanted &- 1, wanted ^ 0x80] {
                for start in 0..<8 {
                    for place in start..<start + 37 {
                        var octets = [UInt8](repeating: filler, count: start + 44)
                        octets[place] = wanted
                        if start > 0 { octets[start - 1] = wanted }
                        #expect(octets.span.firstOffset(of: wanted, in: start..<octets.count) == place)
                        #expect(octets.span.firstOffset(of: wanted, in: start..<place) == place)
                    }
                }
            }
        }
    }

    @Test("The first control character is found at each place; a space and octets beyond ASCII are none")
    func firstControl() {
        for filler: UInt8 in [0x20, 0x7F, 0x80, 0xFF] {
            for place in 0..<37 {
                var octets = [UInt8](repeating: filler, count: 40)
                octets[place] = 0x1F
                #expect(octets.span.firstControl(in: 0..<octets.count) == place)
                #expect(octets.span.firstControl(in: 0..<place) == place)
                #expect(octets.span.firstControl(in: place + 1..<octets.count) == octets.count)
            }
        }
    }

    @Test("The searches for an octet of a set stop at its members and at the end of their range", arguments: 0..<34)
    func searches(length: Int) {
        for octet in UInt8.min...UInt8.max {
            // What stands behind the range ends every search.
            let octets = [UInt8](repeating: octet, count: 2 + length) + [0x2C, 0x00, 0x22, 0x3C]
            let span = octets.span
            for end in [2 + length, 2 + length / 2] {
                let range = 2..<end
                func place(_ isFound: Bool) -> Int { isFound ? min(2, end) : end }
                #expect(span.firstNonHost(in: range) == place(!OctetSet.host.contains(octet)))
                #expect(span.firstURIDelimiter(in: range) == place(OctetSet.uriDelimiters.contains(octet)))
                #expect(span.firstParameterValueEnd(in: range) == place(OctetSet.parameterValueEnds.contains(octet)))
                #expect(span.firstValueStructure(in: range) == place(OctetSet.valueStructure.contains(octet)))
                #expect(span.firstListStructure(in: range) == place(",\"<".utf8.contains(octet)))
                #expect(span.firstParameterStructure(in: range) == place(";\"<".utf8.contains(octet)))
            }
        }
    }

    @Test("Each search finds what looking octet by octet finds, wherever its range begins and ends", arguments: 0..<49)
    func places(count: Int) {
        // One octet that is wanted, in each place, among others that are not.
        for wanted in 0...count {
            var octets = [UInt8](repeating: 0x61, count: count)
            if wanted < count { octets[wanted] = 0x3B }
            let span = octets.span
            for start in 0...count {
                let toEnd = wanted >= start ? wanted : count
                #expect(span.firstNonToken(from: start) == toEnd)
                for end in start...count {
                    let place = wanted >= start && wanted < end ? wanted : end
                    #expect(span.firstOffset(of: 0x3B, in: start..<end) == place)
                    #expect(span.firstParameterValueEnd(in: start..<end) == place)
                    #expect(span.firstParameterStructure(in: start..<end) == place)
                    #expect(span.firstNonHost(in: start..<end) == place)
                }
            }
        }
    }

    @Test("A token ends at the first octet that is none; a search that begins behind the end stays there")
    func tokens() {
        for octet in UInt8.min...UInt8.max {
            for length in [1, 15, 16, 17, 40] {
                let octets = [UInt8](repeating: 0x74, count: length - 1) + [octet]
                let end = OctetSet.token.contains(octet) ? length : length - 1
                #expect(octets.span.firstNonToken(from: 0) == end, "\(octet)")
            }
        }
        #expect([UInt8](repeating: 0x3B, count: 20).span.firstNonToken(from: 21) == 21)
    }

    @Test("A parameter of a URI may hold each octet but those that end it", arguments: ["sip:h", "sip:u@h", "tel:+1"])
    func uriParameters(uri: String) {
        let stops = uri.hasPrefix("sip:") ? Self.controls + ";<>?@" : ";?"
        for octet: UInt8 in 0x21..<0x7F where !"=".utf8.contains(octet) {
            for length in [0, 14, 15, 16, 31] {
                let before = String(repeating: "v", count: length)
                let value = before + String(Unicode.Scalar(octet))
                let parsed = try? SIPURI(parsing: uri + ";p=" + value)
                if octet == 0x3F, uri.hasPrefix("sip:") {
                    // Headers begin.
                    #expect(parsed?.parameters["p"] == before && parsed?.opaque == "")
                } else if stops.utf8.contains(octet) {
                    #expect(parsed == nil, "\(value)")
                } else {
                    #expect(parsed?.parameters["p"] == value)
                }
            }
        }
    }

    @Test("Every registered name is found in any case, and no name that differs in one octet")
    func names() {
        for name in ["P-Charging-Function-Addresses", "Via", "To", "Content-Length", "P-Asserted-Identity"] {
            #expect(HeaderName(name.uppercased()).rawValue == name)
            for offset in name.utf8.indices {
                var octets = Array(name.utf8)
                octets[name.utf8.distance(from: name.utf8.startIndex, to: offset)] = 0x7E
                #expect(HeaderName(String(decoding: octets, as: UTF8.self)) != HeaderName(name))
            }
        }
    }
}
