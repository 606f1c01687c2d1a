import SIP
import Testing

@Suite("Framing of streams (RFC 3261 §18.3, RFC 5626 §3.5.1)")
struct StreamFramerTests {
    static let first = wire("OPTIONS sip:a@b SIP/2.0\nCall-ID: 1\nContent-Length: 6\n\n\n\nhe")
    static let second = wire("SIP/2.0 200 OK\nCall-ID: 2\nl: 0\n\n")

    private func frames(_ framer: inout StreamFramer) throws -> [StreamFramer.Frame] {
        var frames: [StreamFramer.Frame] = []
        while let frame = try framer.next() { frames.append(frame) }
        return frames
    }

    @Test("Messages come out whole wherever the stream is cut")
    func everySplit() throws {
        let stream = Self.first + Self.second + Self.first
        var whole = StreamFramer()
        whole.append(stream)
        let expected = try frames(&whole)
        #expect(expected.count == 3)
        #expect(whole.pendingOctets == 0)
        for cut in 0...stream.count {
            var framer = StreamFramer()
            framer.append(stream[..<cut])
            var got = try frames(&framer)
            framer.append(stream[cut...])
            got += try frames(&framer)
            #expect(got == expected, "cut at \(cut)")
        }
    }

    @Test("Octet by octet")
    func octets() throws {
        var framer = StreamFramer()
        var got: [StreamFramer.Frame] = []
        for octet in Self.first + Self.second {
            framer.append([octet])
            got += try frames(&framer)
        }
        #expect(got == [.message(try SIPMessage(parsing: Self.first)), .message(try SIPMessage(parsing: Self.second))])
        #expect(framer.pending.isEmpty)
    }

    @Test("A ping is one wherever it is cut, a lone line end is a pong")
    func keepAlive() throws {
        let ping = Array("\r\n\r\n".utf8)
        for cut in 1...4 {
            var framer = StreamFramer()
            framer.append(ping[..<cut])
            var got = try frames(&framer)
            framer.append(ping[cut...])
            got += try frames(&framer)
            #expect(got.filter { $0 == .ping }.count == 1, "cut at \(cut)")
        }
        var framer = StreamFramer()
        framer.append(Array("\r\n".utf8) + Self.second)
        #expect(try frames(&framer).map { $0 == .pong } == [true, false])
        framer.append(Array("\r\n".utf8))
        #expect(try frames(&framer) == [.pong])
    }

    @Test("A body that arrives in single octets costs one reading of its head")
    func slowBody() throws {
        let head = "OPTIONS sip:a@b SIP/2.0\n" + String(repeating: "x: y\n", count: 250) + "l: 60000\n\n"
        var framer = StreamFramer()
        framer.append(wire(head))
        for _ in 0..<59_999 {
            framer.append(CollectionOfOne(UInt8(ascii: "x")))
            #expect(try framer.next() == nil)
        }
        framer.append([0])
        guard case .message(let message) = try framer.next() else {
            Issue.record("no message")
            return
        }
        #expect(message.body.count == 60_000)
    }

    @Test("Many small frames in one read")
    func manySmall() throws {
        var framer = StreamFramer()
        framer.append(Array(repeating: Self.second, count: 5_000).joined())
        #expect(try frames(&framer).count == 5_000)
        framer.append([UInt8](repeating: 13, count: 0))
        #expect(framer.pendingOctets == 0)
    }

    @Test(
        "What cannot be resynchronised throws, with the octets at hand",
        arguments: [
            "OPTIONS sip:a@b SIP/2.0\nCall-ID: 1\n\n", "OPTIONS sip:a@b SIP/2.0\nl: -5\n\n", "rubbish\n\n",
            "OPTIONS sip:a@b SIP/2.0\nl: 99999\n\n", "OPTIONS sip:a@b SIP/2.0\nl: 1\nl: 2\n\n",
            String(repeating: "x", count: 40_000),
        ]
    )
    func faults(_ text: String) {
        var framer = StreamFramer()
        framer.append(wire(text))
        #expect(throws: SIPParseError.self) { try framer.next() }
        #expect(framer.pending == wire(text))
    }
}

/// Pongs to pings of ours (RFC 5626 §4.4.1).
@Suite("Stream framer: pongs")
struct PongTests {
    @Test("A pong that was expected does not make the next one a ping; one that was not does")
    func twoPongs() throws {
        var framer = StreamFramer()
        framer.append([13, 10])
        #expect(try framer.next() == .pong)
        framer.acceptPong()
        framer.append([13, 10])
        #expect(try framer.next() == .pong)
        framer.append([13, 10])
        #expect(try framer.next() == .ping)
    }
}
