import RTP
import Testing

@Suite("DTMF digits (RFC 4733)")
struct TelephoneEventTests {
    static func header(_ timestamp: UInt32, ssrc: UInt32 = 1) -> RTPHeader {
        RTPHeader(payloadType: 101, marker: false, sequenceNumber: 0, timestamp: timestamp, ssrc: ssrc)
    }

    static func receive(_ receiver: inout TelephoneEventReceiver, _ timestamp: UInt32, _ payload: [UInt8]) -> Character?
    {
        receiver.receive(header(timestamp), payload: payload.span)
    }

    @Test("A digit is reported once, however many packets carry it and whichever are lost")
    func once() {
        var receiver = TelephoneEventReceiver()
        check(Self.receive(&receiver, 1_000, [5, 0x0A, 0, 160]), "5")
        check(Self.receive(&receiver, 1_000, [5, 0x0A, 1, 64]), nil)
        check(Self.receive(&receiver, 1_000, [5, 0x8A, 3, 32]), nil)
        // All but an end packet lost.
        check(Self.receive(&receiver, 3_000, [5, 0x8A, 3, 32]), "5")
        // An end packet of the digit before, out of order.
        check(Self.receive(&receiver, 1_000, [5, 0x8A, 3, 32]), nil)
        check(Self.receive(&receiver, 5_000, [15, 0x0A, 0, 160]), "D")
    }

    @Test("The timestamp may wrap")
    func wrap() {
        var receiver = TelephoneEventReceiver()
        check(Self.receive(&receiver, 0xFFFF_FF00, [1, 0, 0, 160]), "1")
        check(Self.receive(&receiver, 0x0000_0200, [2, 0, 0, 160]), "2")
        check(Self.receive(&receiver, 0xFFFF_FF00, [1, 0x80, 0, 160]), nil)
    }

    @Test("Short payloads and other events are no digits")
    func notDigits() {
        var receiver = TelephoneEventReceiver()
        check(Self.receive(&receiver, 1, [5, 0x0A, 0]), nil)
        check(Self.receive(&receiver, 1, []), nil)
        check(Self.receive(&receiver, 1, [16, 0x0A, 0, 160]), nil)
        check(Self.receive(&receiver, 1, [5, 0x0A, 0, 160]), "5")
    }

    @Test("A digit is sent as five packets and two repeats of its end within 160 ms")
    func sends() throws {
        var sender = TelephoneEventSender()
        let accepted = sender.enqueue("1#")
        #expect(accepted)
        var packets: [TelephoneEventSender.Packet?] = []
        var clock: UInt32 = 8_000
        while sender.isActive {
            packets.append(sender.next(at: clock))
            clock += 160
        }
        #expect(packets.count == 16)
        let first = packets[0..<8].compactMap { $0 }
        #expect(first.count == 7)
        #expect(first.map(\.isFirst) == [true, false, false, false, false, false, false])
        #expect(first.map(\.timestamp) == Array(repeating: 8_000, count: 7))
        #expect(first.map { $0.payload.1 >> 7 } == [0, 0, 0, 0, 1, 1, 1])
        #expect(first.map { UInt16($0.payload.2) << 8 | UInt16($0.payload.3) } == [160, 320, 480, 640, 800, 800, 800])
        let second = try #require(packets[8])
        #expect(second.isFirst && second.timestamp == 8_000 + 8 * 160 && second.payload.0 == 11)
    }

    @Test("What is no digit is refused as a whole")
    func refuses() {
        var sender = TelephoneEventSender()
        let bad = sender.enqueue("12x")
        #expect(!bad && !sender.isActive)
        let long = sender.enqueue(String(repeating: "1", count: TelephoneEventSender.capacity + 1))
        #expect(!long && !sender.isActive)
        let letters = sender.enqueue("aBcD*")
        #expect(letters)
    }
}
