import Codecs
import Testing

@Suite("AMR payloads (RFC 4867 §4)")
struct AMRPayloadTests {
    /// The bits of some text of zeros and ones, filled up to whole octets.
    static func octets(_ text: String) -> [UInt8] {
        var bits = text.filter { $0 == "0" || $0 == "1" }
        bits += String(repeating: "0", count: (8 - bits.count % 8) % 8)
        return stride(from: 0, to: bits.count, by: 8).map { start in
            let first = bits.index(bits.startIndex, offsetBy: start)
            return UInt8(bits[first..<bits.index(first, offsetBy: 8)], radix: 2) ?? 0
        }
    }

    static func parse(_ payload: [UInt8], _ band: AMRBand, aligned: Bool) throws -> AMRPayload {
        try AMRPayload(parsing: payload.span, band: band, isOctetAligned: aligned)
    }

    static func frame(_ index: Int, _ contents: AMRPayload, _ payload: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = []
        contents.appendFrame(index, of: payload.span, to: &frame)
        return frame
    }

    /// A frame's bits: all ones but the first and the last.
    static func marked(_ bits: Int) -> String { "0" + String(repeating: "1", count: bits - 2) + "0" }

    @Test("One frame, bandwidth-efficient: request, table, frame, padding (§4.3.5.1)")
    func bandwidthEfficient() throws {
        // CMR 4, F 0, FT 2 (5.9 kbit/s, 118 bits), Q 1.
        let payload = Self.octets("0100" + "0 0010 1" + Self.marked(118))
        #expect(payload.count == 16)
        let contents = try Self.parse(payload, .narrow, aligned: false)
        #expect(contents.modeRequest == 4)
        #expect(contents.count == 1)
        #expect(contents.frameType(at: 0) == 2)
        #expect(contents.isUndamaged(at: 0))
        #expect(Self.frame(0, contents, payload) == [0x14] + Self.octets(Self.marked(118)))
    }

    @Test("Several frames, bandwidth-efficient: tables first, then the bits without gaps (§4.3.5.3)")
    func severalBandwidthEfficient() throws {
        let text =
            "1111" + "1 0000 1" + "1 1001 1" + "1 1111 1" + "0 0001 0" + Self.marked(132) + Self.marked(40)
            + Self.marked(177)
        let payload = Self.octets(text)
        let contents = try Self.parse(payload, .wide, aligned: false)
        #expect(contents.modeRequest == nil)
        #expect((0..<contents.count).map { contents.frameType(at: $0) } == [0, 9, 15, 1])
        #expect((0..<contents.count).map { contents.isUndamaged(at: $0) } == [true, true, true, false])
        #expect(Self.frame(0, contents, payload) == [0x04] + Self.octets(Self.marked(132)))
        #expect(Self.frame(1, contents, payload) == [0x4C] + Self.octets(Self.marked(40)))
        #expect(Self.frame(2, contents, payload) == [0x7C])
        #expect(Self.frame(3, contents, payload) == [0x08] + Self.octets(Self.marked(177)))
    }

    @Test("Octet-aligned: a request octet, an octet for each frame, frames filled up (§4.4)")
    func octetAligned() throws {
        let (first, second) = (Self.octets(Self.marked(95)), Self.octets(Self.marked(39)))
        let payload = [0x70, 0x84, 0x44] + first + second
        let contents = try Self.parse(payload, .narrow, aligned: true)
        #expect(contents.modeRequest == 7)
        #expect((0..<contents.count).map { contents.frameType(at: $0) } == [0, 8])
        #expect(Self.frame(0, contents, payload) == [0x04] + first)
        #expect(Self.frame(1, contents, payload) == [0x44] + second)
    }

    @Test("A payload of the other form is told by its length", arguments: AMRBand.allCases)
    func otherForm(_ band: AMRBand) throws {
        for type in 0...band.silenceDescriptor {
            let bits = Self.marked(try #require(band.bits(ofFrameType: type)))
            let table = String(type, radix: 2)
            let efficient = Self.octets(
                "1111" + "0" + String(repeating: "0", count: 4 - table.count) + table + "1" + bits)
            let aligned = [0xF0, type << 3 | 4] + Self.octets(bits)
            #expect(throws: Never.self) { try Self.parse(efficient, band, aligned: false) }
            #expect(throws: Never.self) { try Self.parse(aligned, band, aligned: true) }
            // 95 bits need 14 octets in either form.
            guard (band, type) != (.narrow, 0) else { continue }
            #expect(throws: CodecError.malformedPayload) { try Self.parse(efficient, band, aligned: true) }
            #expect(throws: CodecError.malformedPayload) { try Self.parse(aligned, band, aligned: false) }
        }
    }

    @Test("Reserved frame types make a payload malformed (§4.3.2)")
    func reserved() {
        for type in UInt8(9)...14 {
            let payload: [UInt8] = [0xF0, type << 3 | 4]
            #expect(throws: CodecError.malformedPayload) { try Self.parse(payload, .narrow, aligned: true) }
        }
        for type in UInt8(10)...13 {
            let payload: [UInt8] = [0xF0, type << 3 | 4]
            #expect(throws: CodecError.malformedPayload) { try Self.parse(payload, .wide, aligned: true) }
        }
        #expect(throws: Never.self) { try Self.parse([0xF0, 14 << 3 | 4], .wide, aligned: true) }
    }

    @Test("Twelve frames at most, so that a small packet cannot be a long one", arguments: [12, 13, 200])
    func many(_ count: Int) {
        let payload = [UInt8(0xF0)] + Array(repeating: 0xFC, count: count - 1) + [0x7C]
        if count > 12 {
            #expect(throws: CodecError.malformedPayload) { try Self.parse(payload, .wide, aligned: true) }
        } else {
            #expect(throws: Never.self) { try Self.parse(payload, .wide, aligned: true) }
        }
    }

    @Test("No prefix and no change of a payload traps", arguments: AMRBand.allCases, [true, false])
    func hostile(_ band: AMRBand, _ aligned: Bool) {
        var random: UInt32 = 7
        for length in 0..<2_000 {
            let payload = (0..<length % 70).map { _ in
                random = random &* 1_664_525 &+ 1_013_904_223
                return UInt8(truncatingIfNeeded: random >> 24)
            }
            guard let contents = try? Self.parse(payload, band, aligned: aligned) else { continue }
            for index in 0..<contents.count {
                #expect(Self.frame(index, contents, payload).count <= 61)
            }
        }
    }
}
