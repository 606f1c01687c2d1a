import SDP
import Testing

@Suite("What is no session description")
struct ParseErrorTests {
    @Test(
        "The error names the line",
        arguments: [
            ("", .empty, 1), ("o=- 1 1 IN IP4 h", .unsupportedVersion, 1), ("v=1", .unsupportedVersion, 1),
            ("v=0", .missing("o"), 1), ("v=0\ns=-\nm=audio 1 RTP/AVP 0", .missing("o"), 3),
            ("v=0\no=- 1 IN IP4 h", .malformed("o"), 2), ("v=0\no=- a 1 IN IP4 h", .malformed("o"), 2),
            ("v=0\no=- 18446744073709551616 1 IN IP4 h", .malformed("o"), 2),
            ("v=0\no=- 1 1 IN IP4 h\no=- 1 1 IN IP4 h", .misplaced("o"), 3),
            ("v=0\no=- 1 1 IN IP4 h\nv=0", .misplaced("v"), 3),
            ("v=0\no=- 1 1 IN IP4 h\nm=audio 1 RTP/AVP 0\ns=-", .misplaced("s"), 4),
            ("v=0\no=- 1 1 IN IP4 h\nc=IN IP4", .malformed("c"), 3),
            ("v=0\no=- 1 1 IN IP4 h\nc=IN IP4 /1", .malformed("c"), 3),
            ("v=0\no=- 1 1 IN IP4 h\nm=audio", .malformed("m"), 3),
            ("v=0\no=- 1 1 IN IP4 h\nm=audio 1 RTP/AVP", .malformed("m"), 3),
            ("v=0\no=- 1 1 IN IP4 h\nm=audio -1 RTP/AVP 0", .malformed("m"), 3),
            ("v=0\no=- 1 1 IN IP4 h\nm=aud\u{ED}o 1 RTP/AVP 0", .malformed("m"), 3),
            ("v=0\no=- 1 1 IN IP4 h\nm=audio 1 RTP/AVP 0 \u{663}", .malformed("m"), 3),
            ("v=0\no=- 1 1 IN IP4 h\nm=audio 65536 RTP/AVP 0", .numberOutOfRange, 3),
            ("v=0\no=- 1 1 IN IP4 h\nm=audio 1/0 RTP/AVP 0", .numberOutOfRange, 3),
            ("v=0\no=- 1 1 IN IP4 h\nm=audio 1/ RTP/AVP 0", .numberOutOfRange, 3),
            ("v=0\nsurprise", .notALine, 2), ("v=0\nA=1", .notALine, 2), ("v=0\no", .notALine, 2),
            ("v=0\no=- 1 1 IN IP4 h\ns=a\u{0}b", .controlCharacter, 3),
            ("v=0\no=- 1 1 IN IP4 h\ns=a\rb", .controlCharacter, 3),
        ] as [(String, SDPParseError.Fault, Int)]
    )
    func faults(text: String, fault: SDPParseError.Fault, line: Int) {
        let error = #expect(throws: SDPParseError.self) { try description(text) }
        #expect(error?.fault == fault)
        #expect(error?.line == line)
        #expect(error?.sipStatus == 400)
    }

    @Test("The offset is that of the line in the body")
    func offset() {
        let error = #expect(throws: SDPParseError.self) { try description("v=0\no=- 1 1 IN IP4 h\nc=IN") }
        #expect(error?.offset == 5 + 18)
    }

    @Test("An empty line may stand at the end only")
    func emptyLines() throws {
        let text = "v=0\r\no=- 1 1 IN IP4 h\r\n"
        #expect(try SessionDescription(parsing: Array((text + "\r\n\r\n").utf8)).origin.sessionID == 1)
        let error = #expect(throws: SDPParseError.self) {
            try SessionDescription(parsing: Array((text + "\r\ns=-\r\n").utf8))
        }
        #expect(error?.fault == .notALine)
        #expect(error?.line == 3)
    }
}

@Suite("Limits")
struct LimitTests {
    static let head = "v=0\no=- 1 1 IN IP4 h\ns=-\n"

    struct Limit: Sendable, CustomTestStringConvertible {
        let count: Int
        let fault: SDPParseError.Fault
        let lines: @Sendable (Int) -> String
        var testDescription: String { "\(fault)" }
    }

    static let limits: [Limit] = [
        Limit(count: 16, fault: .tooManyMediaDescriptions(limit: 16)) { count in
            String(repeating: "m=audio 1 RTP/AVP 0\n", count: count)
        },
        Limit(count: 32, fault: .tooManyFormats(limit: 32)) { count in
            "m=audio 1 RTP/AVP" + String(repeating: " 0", count: count)
        },
        Limit(count: 256, fault: .tooManyAttributes(limit: 256)) { count in
            String(repeating: "a=x\n", count: count)
        },
        Limit(count: 1_024, fault: .lineTooLong(limit: 1_024)) { count in
            "i=" + String(repeating: "x", count: count - 2)
        },
    ]

    @Test("At the limit it passes, one above it is refused", arguments: limits)
    func limit(_ limit: Limit) throws {
        #expect(throws: Never.self) { try description(Self.head + limit.lines(limit.count)) }
        let error = #expect(throws: SDPParseError.self) { try description(Self.head + limit.lines(limit.count + 1)) }
        #expect(error?.fault == limit.fault)
    }

    @Test("Attributes count over all streams")
    func attributesOverall() {
        let stream = "m=audio 1 RTP/AVP 0\n" + String(repeating: "a=x\n", count: 129)
        let error = #expect(throws: SDPParseError.self) { try description(Self.head + stream + stream) }
        #expect(error?.fault == .tooManyAttributes(limit: 256))
    }

    @Test("A body above 32 KiB is answered 513")
    func bodyLength() {
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: 32 * 1_024 + 1)
        let error = #expect(throws: SDPParseError.self) { try SessionDescription(parsing: long) }
        #expect(error?.fault == .bodyTooLong(limit: 32 * 1_024))
        #expect(error?.sipStatus == 513)
        #expect(throws: SDPParseError.self) { try SessionDescription(parsing: long.span) }
    }
}

@Suite("Bytes from the network never trap")
struct MutilationTests {
    /// Parses, and when it parses goes through everything that reads it.
    private func exercise(_ bytes: [UInt8]) {
        guard let session = try? SessionDescription(parsing: bytes) else { return }
        #expect(session.serialized() == bytes)
        for media in session.media { _ = (media.payloadFormats, media.packetTime, media.rtcpPort) }
        _ = session.isHold
        if let (answer, _) = try? OfferAnswer.answer(to: session, from: local) {
            #expect(answer.media.count == session.media.count)
        }
        let ours = OfferAnswer.offer(local)
        _ = try? OfferAnswer.accept(session, to: ours, local: local)
        let changed = session.holding().redirectingAudio(to: "192.0.2.1", port: 9).serialized()
        #expect(throws: Never.self) { try SessionDescription(parsing: changed, limits: .generous) }
    }

    @Test("Cut after every byte")
    func truncation() {
        let bytes = body(ParsingTests.example)
        for end in bytes.indices { exercise(Array(bytes[..<end])) }
    }

    @Test(
        "Every byte replaced",
        arguments: [0x00, 0x0A, 0x0D, 0x20, 0x2F, 0x30, 0x39, 0x3A, 0x3D, 0x61, 0x6D, 0x7F, 0x80, 0xFF] as [UInt8]
    )
    func replacement(byte: UInt8) {
        let bytes = body(ParsingTests.example)
        for index in bytes.indices {
            var copy = bytes
            copy[index] = byte
            exercise(copy)
        }
    }

    @Test("Every byte doubled or left out")
    func insertionAndDeletion() {
        let bytes = body(ParsingTests.example)
        for index in bytes.indices {
            var copy = bytes
            copy.insert(bytes[index], at: index)
            exercise(copy)
            copy.removeSubrange(index...(index + 1))
            exercise(copy)
        }
    }
}

extension SDPLimits {
    /// Room for the line a change adds to a description that was at a limit.
    static var generous: SDPLimits {
        var limits = SDPLimits()
        limits.lineBytes *= 2
        limits.attributes *= 2
        return limits
    }
}
