// Arbitrary bytes as packets of one stream: the jitter buffer hands out even frames for ever and keeps what it was given.

import Timing

func fuzz(_ octets: UnsafeBufferPointer<UInt8>) {
    let input = Array(octets)
    var rest = input[...]
    var buffer = JitterBuffer(configuration: .init(slots: 16, maximumPayload: 32))
    var digits = TelephoneEventReceiver()
    var payload: [UInt8] = []
    var now = MonotonicTime.zero
    // The first octet of each packet is its length; every other one is followed by a frame of 20 ms.
    while let length = rest.popFirst() {
        let bytes = Array(rest.prefix(Int(length & 0x3F)))
        rest = rest.dropFirst(Int(length & 0x3F))
        if let packet = try? RTPPacket(parsing: bytes.span) {
            precondition(packet.payload.upperBound <= bytes.count)
            _ = digits.receive(packet.header, payload: bytes.span.extracting(packet.payload))
            _ = buffer.insert(packet, in: bytes.span, ticks: packet.payload.count * 8, arrival: now)
        }
        if length & 0x40 != 0 { continue }
        var ticks = 0
        while ticks < 160 {
            payload.removeAll(keepingCapacity: true)
            switch buffer.next(into: &payload) {
            case .packet(_, let made, _):
                precondition(made == payload.count * 8)
                ticks += made
            case .missing(let made):
                precondition(made > 0)
                payload.removeAll(keepingCapacity: true)
                _ = buffer.peek(into: &payload)
                precondition(payload.count <= 32)
                ticks += made
            case .idle:
                ticks = 160
            }
        }
        precondition(buffer.depth >= 0)
        // The clock runs on unevenly, but never back.
        now = now + .milliseconds(Int64(length))
        if case .shorten(let limit) = buffer.delayChange(at: now, held: Int(length)) { precondition(limit > 0) }
    }
}
