import CDatagrams
import Glibc
import RTP
import Synchronization

/// Sockets that take in RTP and note when the kernel had each packet of the engine's sound.
// Sendable: but for the flag, all state is used by `run()` and after it.
final class WireCapture: @unchecked Sendable {
    /// Packets of sound one after the other.
    struct Run {
        var packets = 0
        /// When the last was taken in; nanoseconds of the monotonic clock.
        var last: Int64 = 0
    }

    private let sockets: [Int32]
    private var found: [[Run]]
    private var isInRun: [Bool]
    private let isStopped = Atomic(false)
    private let hasEnded = Atomic(false)

    init(ports: [UInt16]) throws {
        sockets = try ports.map { port in
            var local = cdatagrams_endpoint(high: 0, low: 0x7F00_0001, port: port, family: 4)
            let socket = cdatagrams_open(&local, 1 << 20, 0)
            guard socket >= 0 else { throw PeerError("port \(port): error \(-socket)") }
            return socket
        }
        found = Array(repeating: [], count: ports.count)
        isInRun = Array(repeating: false, count: ports.count)
    }

    deinit { sockets.forEach(cdatagrams_close) }

    func run() {
        while !isStopped.load(ordering: .relaxed) {
            for index in sockets.indices { drain(index) }
            usleep(2_000)
        }
        hasEnded.store(true, ordering: .releasing)
    }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        while !hasEnded.load(ordering: .acquiring) { usleep(1_000) }
    }

    func runs(of index: Int) -> [Run] { found[index] }

    private func drain(_ index: Int) {
        var bytes = [UInt8](repeating: 0, count: 1_500)
        while true {
            var datagram = cdatagrams_datagram()
            let count = bytes.withUnsafeMutableBufferPointer { buffer in
                datagram.bytes = buffer.baseAddress
                datagram.length = UInt32(buffer.count)
                return cdatagrams_receive(sockets[index], &datagram, 1)
            }
            guard count == 1 else { return }
            var now = timespec()
            clock_gettime(CLOCK_MONOTONIC, &now)
            let arrival = Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec) - datagram.age
            let length = Int(datagram.length)
            guard length > RTPHeader.length, !RTCPCompound.isRTCP(bytes.span.extracting(first: length)) else {
                continue
            }
            note(bytes[RTPHeader.length] == InterruptingEngine.sound, at: arrival, of: index)
        }
    }

    private func note(_ isSound: Bool, at arrival: Int64, of index: Int) {
        defer { isInRun[index] = isSound }
        guard isSound else { return }
        if !isInRun[index] { found[index].append(Run()) }
        found[index][found[index].count - 1].packets += 1
        found[index][found[index].count - 1].last = arrival
    }
}
