import CDatagrams
import Glibc
import SIP
import Synchronization
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

    /// A system that has room for so many datagrams in each turn.
    private final class NarrowSystem: Sendable {
        private struct State {
            var room = 0
            var sent: [(descriptor: Int32, octets: [UInt8])] = []
        }

        private let state = Mutex(State())
        private let reason: Int32

        init(reason: Int32) {
            self.reason = reason
        }

        func makeRoom(_ count: Int) { state.withLock { $0.room = count } }

        func sent(by descriptor: Int32) -> [[UInt8]] {
            state.withLock { $0.sent.filter { $0.descriptor == descriptor }.map(\.octets) }
        }

        func send(_ descriptor: Int32, _ datagrams: UnsafePointer<cdatagrams_datagram>, _ count: Int32) -> Int32 {
            state.withLock { state in
                let taken = min(Int(count), state.room)
                for datagram in UnsafeBufferPointer(start: datagrams, count: taken) {
                    let octets = UnsafeBufferPointer(start: datagram.bytes, count: Int(datagram.length))
                    state.sent.append((descriptor, Array(octets)))
                }
                state.room -= taken
                return taken > 0 ? Int32(taken) : -reason
            }
        }
    }

    @Test(
        "Without room in the system datagrams wait, in order; each leaves once",
        arguments: [EAGAIN, ENOBUFS], [1, 3, 31, 100])
    func waiting(_ reason: Int32, _ room: Int) {
        let system = NarrowSystem(reason: reason)
        var outbox = DatagramOutbox { system.send($0, $1, $2) }
        let flows = [FlowID(rawValue: 1), FlowID(rawValue: 2)]
        let peer = DatagramPeer(Self.endpoint(0x7F00_0001, 5_060))
        var written: [[[UInt8]]] = [[], []]
        var number = 0
        func write(_ count: Int) {
            for _ in 0..<count {
                number += 1
                // Of different lengths, in runs of one flow.
                let octets = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number % 7 + 1)
                let flow = number / 5 % 2
                let isTaken = outbox.append(octets, to: peer, on: flows[flow], for: ClientTransactionID(rawValue: 1))
                #expect(isTaken)
                written[flow].append(octets)
            }
        }
        func flush() {
            let failures = outbox.flush { Int32($0.rawValue) }
            #expect(failures.isEmpty)
        }
        write(150)
        flush()
        #expect(system.sent(by: 1).isEmpty && system.sent(by: 2).isEmpty)
        for _ in 0..<4 {
            system.makeRoom(room)
            flush()
            write(10)
        }
        while !outbox.isEmpty, system.sent(by: 1).count + system.sent(by: 2).count < number {
            system.makeRoom(room)
            flush()
        }
        #expect(outbox.isEmpty)
        #expect(system.sent(by: 1) == written[0])
        #expect(system.sent(by: 2) == written[1])
    }

    @Test("One too many is not taken while there is no room, and is when some have left")
    func full() {
        let system = NarrowSystem(reason: EAGAIN)
        var outbox = DatagramOutbox { system.send($0, $1, $2) }
        let peer = DatagramPeer(Self.endpoint(0x7F00_0001, 5_060))
        var taken = 0
        while taken < 100_000, outbox.append([1], to: peer, on: FlowID(rawValue: 1), for: nil) { taken += 1 }
        #expect(taken == 4_096)
        system.makeRoom(1)
        #expect(outbox.flush { _ in 1 }.isEmpty)
        let isTaken = outbox.append([2], to: peer, on: FlowID(rawValue: 1), for: nil)
        #expect(isTaken)
        let isTakenToo = outbox.append([3], to: peer, on: FlowID(rawValue: 1), for: nil)
        #expect(!isTakenToo)
    }
}
