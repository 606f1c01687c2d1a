import CDatagrams
import SIP
import Testing

@testable import SIPTransport

@Suite("Datagrams that leave together")
struct DatagramOutboxTests {
    private static func endpoint(_ address: UInt64, _ port: UInt16) -> cdatagrams_endpoint {
        cdatagrams_endpoint(high: 0, low: address, port: port, family: 4)
    }

    /// Nobody may send to the broadcast address who has not asked for it, and without a route nobody at all.
    @Test(
        "One that the system refuses is told of, one whose socket is closed is dropped, and all others leave in order")
    func refused() async throws {
        var local = Self.endpoint(0x7F00_0001, 0)
        let sender = cdatagrams_open(&local, 0, 0)
        try #require(sender >= 0)
        defer { cdatagrams_close(sender) }
        var receiver = Int32(-1)
        for candidate in UInt16(41_500)...41_900 where receiver < 0 {
            local.port = candidate
            receiver = cdatagrams_open(&local, 0, 0)
        }
        try #require(receiver >= 0)
        defer { cdatagrams_close(receiver) }

        let (open, closed) = (FlowID(rawValue: 1), FlowID(rawValue: 2))
        let transaction = ClientTransactionID(rawValue: 7)
        var outbox = DatagramOutbox()
        var isTaken = true
        for number in 0..<70 as Range<UInt8> {
            isTaken = isTaken && outbox.append([number], to: DatagramPeer(local), on: open, for: nil)
            guard number == 40 else { continue }
            isTaken = isTaken && outbox.append([254], to: DatagramPeer(local), on: closed, for: nil)
            let broadcast = DatagramPeer(Self.endpoint(0xFFFF_FFFF, 5_060))
            isTaken = isTaken && outbox.append([255], to: broadcast, on: open, for: transaction)
        }
        #expect(isTaken)
        let failures = outbox.flush { $0 == open ? sender : nil }
        #expect(failures.map(\.transaction) == [transaction])
        #expect(outbox.isEmpty)

        let buffers = DrainBuffers()
        var received: [UInt8] = []
        _ = await eventually {
            _ = buffers.receive(DrainBuffers.count, from: receiver) { octets, _ in received += octets }
            return received.count >= 70
        }
        #expect(received == Array(0..<70))
    }
}
