import CDatagrams
import Glibc
import Logging
import Media
import RTP
import Testing

@testable import MediaTransport

@Suite("Port pool", .serialized)
struct PortPoolTests {
    static let loopback = IPEndpoint(v4: 0x7F00_0001, port: 0)

    static func pool(_ range: ClosedRange<UInt16>, quarantine: Duration = .zero) -> PortPool {
        PortPool(range: range, local: loopback, quarantine: quarantine, logger: Logger(label: "test"))
    }

    static var openDescriptors: Int {
        guard let directory = opendir("/proc/self/fd") else { return -1 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return count
    }

    @Test("Pairs are even and odd, taken in turn, and come back when they are let go of")
    func pairs() throws {
        let pool = Self.pool(21_001...21_006)
        do {
            let first = try pool.lease()
            let second = try pool.lease()
            #expect(first.rtpPort == 21_002 && first.rtcpPort == 21_003)
            #expect(second.rtpPort == 21_004)
            #expect(pool.status == (leased: 2, quarantined: 0, free: 0))
            #expect(throws: MediaPlaneError.portsExhausted(range: 21_001...21_006)) { _ = try pool.lease() }
        }
        #expect(pool.status == (leased: 0, quarantined: 0, free: 2))
        #expect(pool.counters.exhaustions == 1)
    }

    @Test("A pair that was given back rests")
    func quarantine() throws {
        let pool = Self.pool(21_010...21_013, quarantine: .seconds(3_600))
        do { _ = try pool.lease() }
        #expect(pool.status == (leased: 0, quarantined: 1, free: 1))
        do { _ = try pool.lease() }
        #expect(throws: MediaPlaneError.portsExhausted(range: 21_010...21_013)) { _ = try pool.lease() }
    }

    @Test("Ports that another process has are passed over", arguments: [21_020, 21_021] as [UInt16])
    func squatted(_ port: UInt16) throws {
        var endpoint = cdatagrams_endpoint(Self.loopback.with(port: port))
        let squatter = cdatagrams_open(&endpoint, 0, 0)
        try #require(squatter >= 0)
        defer { cdatagrams_close(squatter) }
        let pool = Self.pool(21_020...21_023, quarantine: .seconds(3_600))
        let pair = try pool.lease()
        #expect(pair.rtpPort == 21_022)
        #expect(pool.status == (leased: 1, quarantined: 1, free: 0))
        #expect(pool.counters.squatted == 1)
    }

    @Test("All ports are another process's: the lease is refused, even if pairs do not rest")
    func allSquatted() throws {
        let squatters = try [21_024, 21_027].map { try CallerSocket(port: $0) }
        let pool = Self.pool(21_024...21_027)
        #expect(throws: MediaPlaneError.portsExhausted(range: 21_024...21_027)) { _ = try pool.lease() }
        #expect(pool.counters.squatted == 2)
        #expect(squatters.count == 2)
    }

    @Test("An address that is not of this host is an error that names it")
    func foreignAddress() {
        let pool = PortPool(
            range: 21_030...21_033, local: IPEndpoint(v4: 0xC000_0201, port: 0), quarantine: .zero,
            logger: Logger(label: "test")
        )
        #expect {
            _ = try pool.lease()
        } throws: { error in
            guard case MediaPlaneError.socket(let text) = error else { return false }
            return text.contains("192.0.2.1")
        }
        #expect(pool.status == (leased: 0, quarantined: 0, free: 2))
    }

    @Test("Ten thousand leases leave no descriptor behind")
    func noLeak() throws {
        let pool = Self.pool(21_040...21_059)
        do { _ = try pool.lease() }
        let before = Self.openDescriptors
        for _ in 0..<10_000 { _ = try pool.lease() }
        // Other suites open and close a few at the same time.
        #expect(Self.openDescriptors < before + 200)
        #expect(pool.status == (leased: 0, quarantined: 0, free: 10))
        #expect(pool.counters.leases == 10_001)
    }
}
