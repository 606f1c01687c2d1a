import RTP
import Testing
import Timing

@Suite("Jitter buffer")
struct JitterBufferTests {
    /// A buffer that is fed numbered packets of 20 ms and read a frame at a time.
    struct Rig {
        var buffer = JitterBuffer()
        var played: [Int] = []
        var missing = 0
        var idle = 0

        /// Milliseconds of the clock; each frame of 20 ms moves it on.
        var now = 0.0
        /// Ticks handed out beyond the frames that were played.
        var held = 0
        var shortened = 0
        var lengthened = 0

        /// - Parameter arrival: Milliseconds; now, if `nil`.
        mutating func insert(
            _ number: Int,
            ssrc: UInt32 = 1,
            timestamp: UInt32? = nil,
            arrival: Double? = nil
        ) -> JitterBuffer.Insertion {
            var bytes: [UInt8] = []
            RTPHeader(
                payloadType: 8, marker: false, sequenceNumber: UInt16(truncatingIfNeeded: number),
                timestamp: timestamp ?? UInt32(truncatingIfNeeded: number) &* 160, ssrc: ssrc
            ).append(to: &bytes)
            bytes += [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
            guard let packet = try? RTPPacket(parsing: bytes.span) else { return .oversize }
            return buffer.insert(packet, in: bytes.span, ticks: 160, arrival: Self.instant(arrival ?? now))
        }

        static func instant(_ milliseconds: Double) -> MonotonicTime {
            MonotonicTime(nanoseconds: Int64(milliseconds * 1e6))
        }

        /// Plays a frame; with `adapts`, shortens and lengthens what is held by up to 10 ms as it is asked to.
        mutating func play(adapts: Bool = true) {
            var change = adapts ? buffer.delayChange(at: Self.instant(now), held: held) : .keep
            now += 20
            while held < 160 {
                var payload: [UInt8] = []
                switch buffer.next(into: &payload) {
                case .packet(_, let length, _):
                    played.append(Int(payload[0]) << 8 | Int(payload[1]))
                    held += length
                    switch change {
                    case .keep: break
                    case .shorten(let limit):
                        held -= min(limit, 80)
                        shortened += min(limit, 80)
                    case .lengthen(let ticks):
                        held += min(ticks, 80)
                        lengthened += min(ticks, 80)
                    }
                    change = .keep
                case .missing(let length):
                    missing += 1
                    held += length
                case .idle:
                    idle += 1
                    held = 160
                }
            }
            held -= 160
        }
    }

    @Test("An even stream starts after the initial delay and then plays without a gap")
    func even() {
        var rig = Rig()
        for number in 0..<100 {
            check(rig.insert(number), .stored)
            rig.play()
        }
        #expect(rig.missing == 2)
        #expect(rig.played == Array(0..<98))
    }

    @Test("Reordered packets play in order; doubled ones play once")
    func reordered() {
        var rig = Rig()
        for base in stride(from: 0, to: 100, by: 2) {
            check(rig.insert(base + 1), .stored)
            let expected: JitterBuffer.Insertion = base == 0 ? .late : .stored
            if base > 0 { check(rig.insert(base), expected) }
            check(rig.insert(base + 1), .duplicate)
            rig.play()
            rig.play()
        }
        #expect(rig.played == rig.played.sorted())
        #expect(Set(rig.played).count == rig.played.count)
        #expect(rig.played.count >= 95)
    }

    @Test("A lost packet is one missing frame, and the delay stays")
    func lost() {
        var rig = Rig()
        for number in 0..<100 {
            if number % 10 != 5 { _ = rig.insert(number) }
            rig.play()
        }
        #expect(rig.missing == 2 + 10)
        #expect(rig.played == (0..<98).filter { $0 % 10 != 5 })
    }

    @Test("A packet that was played or given up on is late or doubled")
    func late() {
        var rig = Rig()
        for number in 0..<20 {
            if number != 10 { _ = rig.insert(number) }
            rig.play()
        }
        check(rig.insert(10), .late)
        check(rig.insert(9), .duplicate)
    }

    @Test("Sequence numbers and timestamps may wrap")
    func wraps() {
        var rig = Rig()
        for number in 65_500..<65_600 {
            let timestamp = UInt32(truncatingIfNeeded: number - 65_550) &* 160
            check(rig.insert(number, timestamp: timestamp), .stored)
            rig.play()
        }
        #expect(rig.missing == 2)
        #expect(rig.played.count == 98)
    }

    @Test("Another SSRC is taken at its second packet; stray ones change nothing")
    func ssrcChange() {
        var rig = Rig()
        for number in 0..<10 {
            _ = rig.insert(number)
            check(rig.insert(number * 7 + 1_000, ssrc: UInt32(number) + 100), .unconfirmed)
            rig.play()
        }
        check(rig.insert(500, ssrc: 2), .unconfirmed)
        check(rig.insert(501, ssrc: 2), .restarted)
        for number in 502..<520 {
            check(rig.insert(number, ssrc: 2), .stored)
            rig.play()
        }
        #expect(rig.played.last == 516)
    }

    @Test(
        "A timestamp that jumps either way goes on within the initial delay",
        arguments: [
            UInt32(8_000_000), UInt32(bitPattern: -8_000_000), 3_000_000_000,
        ])
    func timestampJump(_ jump: UInt32) {
        var rig = Rig()
        for number in 0..<50 {
            let offset: UInt32 = number < 25 ? 0 : jump
            _ = rig.insert(number, timestamp: UInt32(number) * 160 &+ offset)
            rig.play()
        }
        #expect(rig.played.suffix(20) == Array(28..<48)[...])
        #expect(rig.missing <= 6)
    }

    @Test("After silence that was not sent (DTX) the next talkspurt plays whole")
    func discontinuous() {
        var rig = Rig()
        var number = 0
        for frame in 0..<200 {
            // 1 s of speech, 1 s of silence: the numbers go on, the timestamps follow the clock.
            if frame / 50 % 2 == 0 {
                _ = rig.insert(number, timestamp: UInt32(frame) * 160)
                number += 1
            }
            rig.play()
        }
        #expect(rig.played == Array(0..<100))
        #expect(rig.idle > 0)
    }

    @Test("A stream of a single source that stops becomes idle")
    func stops() {
        var rig = Rig()
        _ = rig.insert(0)
        for _ in 0..<100 { rig.play() }
        #expect(rig.idle > 70)
        #expect(rig.buffer.depth == 0)
    }

    @Test("Payloads larger than a slot are refused")
    func oversize() throws {
        var buffer = JitterBuffer(configuration: .init(maximumPayload: 100))
        var bytes: [UInt8] = []
        RTPPacketTests.header.append(to: &bytes)
        bytes += Array(repeating: 0, count: 101)
        let packet = try RTPPacket(parsing: bytes.span)
        check(buffer.insert(packet, in: bytes.span, ticks: 101, arrival: .zero), .oversize)
    }

    @Test("What follows directly on a gap can be looked at, and stays")
    func peek() {
        var rig = Rig()
        for number in [0, 1, 2, 5, 6] { check(rig.insert(number), .stored) }
        for _ in 0..<6 { rig.play() }
        // The first of the two that are lost.
        #expect(rig.played == [0, 1, 2])
        var payload: [UInt8] = []
        #expect(rig.buffer.peek(into: &payload) == nil)
        #expect(payload.isEmpty)
        rig.play()
        #expect(rig.buffer.peek(into: &payload) == 8)
        #expect(payload == [0, 5])
        rig.play()
        #expect(rig.played == [0, 1, 2, 5])
        rig.buffer.reset()
        #expect(rig.buffer.peek(into: &payload) == nil)
    }
}
