import CDatagrams
import Glibc
import RTP
import Synchronization

/// Streams of speech over UDP on 127.0.0.1 at an even pace, and what comes back on the same sockets.
///
/// ``run()`` takes the thread it is called on until ``stop()``; the streams are spread over the time of a packet.
// Sendable: but for the atomics, all state is used by `run()`, or before it and after it.
final class RTPLoad: @unchecked Sendable {
    /// One line of `bench peer`'s input: `LOCAL REMOTE CODEC`, where the codec `-` only listens.
    struct Stream {
        var local: UInt16
        var remote: UInt16
        var voice: SpokenPayloads?
    }

    struct Figures: Codable {
        var sent = 0
        var received = 0
        /// Milliseconds after the earliest instant that a packet's timestamp allows, judged by the kernel's clock.
        var lateMedian = 0.0
        var late99 = 0.0
        var lateMost = 0.0
    }

    private struct Open {
        let stream: Stream
        let socket: Int32
        let ssrc: UInt32
        /// Nanoseconds of arrival less what the RTP timestamp stands for.
        var arrivals: [Int64] = []
        var firstTimestamp: UInt32?
        var index = 0
    }

    private static let slots = 10
    private static let batch = 16

    private let isStopped = Atomic(false)
    private let isMarked = Atomic(false)
    private let packetTime: Int
    private var streams: [Open] = []
    private var figures = Figures()
    private let poll: Int32
    private let storage: UnsafeMutablePointer<UInt8>
    private let datagrams: UnsafeMutablePointer<cdatagrams_datagram>
    private var packet: [UInt8] = []

    /// - Parameter packetTime: Milliseconds of a packet.
    init(_ streams: [Stream], packetTime: Int) throws {
        self.packetTime = packetTime
        poll = cdatagrams_poll_open()
        storage = .allocate(capacity: 1_500 * Self.batch)
        storage.initialize(repeating: 0, count: 1_500 * Self.batch)
        datagrams = .allocate(capacity: Self.batch)
        datagrams.initialize(repeating: cdatagrams_datagram(), count: Self.batch)
        for (index, stream) in streams.enumerated() {
            var local = Self.loopback(stream.local)
            let socket = cdatagrams_open(&local, 1 << 20, 0)
            guard socket >= 0 else { throw PeerError("port \(stream.local): error \(-socket)") }
            _ = cdatagrams_poll_add(poll, socket, UInt64(index))
            self.streams.append(Open(stream: stream, socket: socket, ssrc: 0x5EED_0000 + UInt32(index)))
        }
    }

    deinit {
        for stream in streams { cdatagrams_close(stream.socket) }
        cdatagrams_close(poll)
        datagrams.deallocate()
        storage.deallocate()
    }

    /// What was counted is forgotten, and counting begins anew.
    func mark() { isMarked.store(true, ordering: .relaxed) }

    func stop() { isStopped.store(true, ordering: .relaxed) }

    func run() {
        let interval = Int64(packetTime) * 1_000_000
        let start = Self.now() + interval
        var turn: Int64 = 0
        while !isStopped.load(ordering: .relaxed) {
            if isMarked.exchange(false, ordering: .relaxed) { beginMeasuring() }
            let slot = Int(turn) % Self.slots
            sleep(until: start + turn * interval / Int64(Self.slots))
            receive()
            for index in stride(from: slot, to: streams.count, by: Self.slots) { send(index) }
            turn += 1
        }
        receive()
    }

    /// What was counted since ``mark()``, or since the beginning; call it when ``run()`` has ended.
    func result() -> Figures {
        var late: [Int64] = []
        for stream in streams {
            guard let earliest = stream.arrivals.min() else { continue }
            late += stream.arrivals.map { $0 - earliest }
        }
        late.sort()
        guard let most = late.last else { return figures }
        figures.lateMedian = Double(late[late.count / 2]) / 1e6
        figures.late99 = Double(late[late.count * 99 / 100]) / 1e6
        figures.lateMost = Double(most) / 1e6
        return figures
    }

    private func beginMeasuring() {
        figures = Figures()
        for index in streams.indices { streams[index].arrivals.removeAll(keepingCapacity: true) }
    }

    private func send(_ index: Int) {
        guard let voice = streams[index].stream.voice else { return }
        let number = streams[index].index
        streams[index].index += 1
        packet.removeAll(keepingCapacity: true)
        RTPHeader(
            payloadType: voice.format.payloadType,
            marker: number == 0,
            sequenceNumber: UInt16(truncatingIfNeeded: number),
            timestamp: UInt32(truncatingIfNeeded: number) &* voice.ticks,
            ssrc: streams[index].ssrc
        ).append(to: &packet)
        // Every stream says something else.
        packet += voice.payloads[(number + index * 37) % voice.payloads.count]
        let (socket, remote) = (streams[index].socket, streams[index].stream.remote)
        let count = packet.withUnsafeMutableBufferPointer { bytes in
            var datagram = cdatagrams_datagram()
            datagram.bytes = bytes.baseAddress
            datagram.length = UInt32(bytes.count)
            datagram.peer = Self.loopback(remote)
            return cdatagrams_send(socket, &datagram, 1)
        }
        if count == 1 { figures.sent += 1 }
    }

    private func receive() {
        var tokens = [UInt64](repeating: 0, count: Int(CDATAGRAMS_BATCH))
        var rounds = streams.count / tokens.count + 1
        var ready = tokens.count
        while ready == tokens.count, rounds > 0 {
            ready = Int(cdatagrams_poll_ready(poll, &tokens, Int32(tokens.count)))
            for index in 0..<max(ready, 0) { drain(Int(tokens[index])) }
            rounds -= 1
        }
    }

    private func drain(_ index: Int) {
        while true {
            for place in 0..<Self.batch {
                datagrams[place].bytes = storage + place * 1_500
                datagrams[place].length = 1_500
            }
            let count = Int(cdatagrams_receive(streams[index].socket, datagrams, Int32(Self.batch)))
            let now = Self.now()
            for place in 0..<max(count, 0) {
                let bytes = UnsafeBufferPointer(start: storage + place * 1_500, count: Int(datagrams[place].length))
                note(bytes, arrival: now - datagrams[place].age, of: index)
            }
            guard count == Self.batch else { return }
        }
    }

    private func note(_ bytes: UnsafeBufferPointer<UInt8>, arrival: Int64, of index: Int) {
        let span = Span(_unsafeElements: bytes)
        guard !RTCPCompound.isRTCP(span), let packet = try? RTPPacket(parsing: span) else { return }
        figures.received += 1
        guard let clockRate = streams[index].stream.voice?.format.clockRate else { return }
        let first = streams[index].firstTimestamp ?? packet.header.timestamp
        streams[index].firstTimestamp = first
        let played = Int64(packet.header.timestamp &- first) * 1_000_000 / Int64(clockRate) * 1_000
        streams[index].arrivals.append(arrival - played)
    }

    private func sleep(until instant: Int64) {
        var time = timespec(tv_sec: Int(instant / 1_000_000_000), tv_nsec: Int(instant % 1_000_000_000))
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil)
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func loopback(_ port: UInt16) -> cdatagrams_endpoint {
        cdatagrams_endpoint(high: 0, low: 0x7F00_0001, port: port, family: 4)
    }
}

struct PeerError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
