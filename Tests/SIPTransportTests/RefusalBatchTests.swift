import CDatagrams
import SIP
import Testing
import Timing

@testable import SIPTransport

@Suite("Refusals that leave together")
struct RefusalBatchTests {
    private let flow = FlowID(rawValue: 1)
    private let peer = DatagramPeer(cdatagrams_endpoint(high: 0, low: 0x7F00_0001, port: 5_060, family: 4))

    @Test("Those of one length to one peer lie behind one another")
    func groups() {
        var batch = RefusalBatch()
        var other = peer
        other.port = 5_061
        for octet in [1, 2, 3] as [UInt8] {
            #expect(batch.append(Array(repeating: octet, count: 64), to: peer, on: flow) == nil)
            #expect(batch.append(Array(repeating: octet, count: 128), to: peer, on: flow) == nil)
            #expect(batch.append(Array(repeating: octet, count: 64), to: other, on: flow) == nil)
        }
        let all = batch.removeAll()
        #expect(all.map(\.length) == [64, 128, 64])
        #expect(all.map(\.peer) == [peer, peer, other])
        #expect(all.first?.octets == [1, 2, 3].flatMap { Array(repeating: UInt8($0), count: 64) })
        #expect(batch.removeAll().isEmpty)
    }

    @Test("One that is too long for two of its kind goes alone", arguments: [30_001, 65_600])
    func long(length: Int) {
        var batch = RefusalBatch()
        for _ in 0..<2 {
            let full = batch.append(Array(repeating: 0, count: length), to: peer, on: flow)
            #expect(full?.octets.count == length)
            var mayCut = true
            _ = full?.send(by: -1, areSegments: &mayCut)
            #expect(mayCut)
        }
        #expect(batch.removeAll().isEmpty)
    }

    @Test("As many as the kernel takes, and as many peers as are looked through")
    func limits() throws {
        var batch = RefusalBatch()
        var full: [RefusalBatch.Full] = []
        for number in 0..<64 {
            var refusal = Array(repeating: UInt8(0), count: 64)
            refusal[0] = UInt8(number)
            if let next = batch.append(refusal, to: peer, on: flow) { full.append(next) }
        }
        #expect(full.map(\.octets.count) == [32 * 64, 32 * 64])
        #expect(full.first?.octets.first == 0 && full.last?.octets.first == 32)
        for _ in 0..<20 {
            if let next = batch.append(Array(repeating: 0, count: 8_000), to: peer, on: flow) {
                #expect(next.octets.count == 7 * 8_000)
            }
        }
        full = []
        for port in 1...100 as ClosedRange<UInt16> {
            var other = peer
            other.port = port
            if let next = batch.append([0], to: other, on: flow) { full.append(next) }
        }
        #expect(full.count + batch.removeAll().count == 101)
    }

    @Test("They come out as datagrams, whether the kernel cuts them apart or not", arguments: [true, false])
    func sent(_ areSegments: Bool) async throws {
        var local = cdatagrams_endpoint(high: 0, low: 0x7F00_0001, port: 0, family: 4)
        let sender = cdatagrams_open(&local, 0, 0)
        defer { cdatagrams_close(sender) }
        try #require(sender >= 0)
        var (receiver, port) = (Int32(-1), UInt16(0))
        for candidate in UInt16(41_000)...41_400 where receiver < 0 {
            local.port = candidate
            (receiver, port) = (cdatagrams_open(&local, 0, 0), candidate)
        }
        try #require(receiver >= 0)
        defer { cdatagrams_close(receiver) }
        var to = peer
        to.port = port
        var batch = RefusalBatch()
        for octet in [1, 2, 3] as [UInt8] { _ = batch.append(Array(repeating: octet, count: 64), to: to, on: flow) }
        var mayCut = areSegments
        #expect(batch.removeAll().map { $0.send(by: sender, areSegments: &mayCut) } == [3])
        var received: [[UInt8]] = []
        let buffers = DrainBuffers()
        _ = await eventually {
            _ = buffers.receive(DrainBuffers.count, from: receiver) { octets, _ in received.append(Array(octets)) }
            return received.count >= 3
        }
        #expect(received == [1, 2, 3].map { Array(repeating: UInt8($0), count: 64) })
    }
}

@Suite("INVITEs that were let in")
struct RecentInvitesTests {
    @Test("Each is known for its lifetime at least and twice that at most")
    func lifetime() {
        var invites = RecentInvites(lifetime: .seconds(32))
        #expect(!invites.contains(1))
        invites.insert(1, at: .zero + .seconds(10))
        invites.insert(2, at: .zero + .seconds(41))
        invites.insert(3, at: .zero + .seconds(43))
        #expect(invites.contains(1) && invites.contains(2) && invites.contains(3))
        invites.insert(4, at: .zero + .seconds(76))
        #expect(!invites.contains(1) && !invites.contains(2) && invites.contains(3) && invites.contains(4))
        invites.insert(5, at: .zero + .seconds(1_000))
        #expect(!invites.contains(3) && !invites.contains(4) && invites.contains(5))
    }
}
