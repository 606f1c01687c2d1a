import CDatagrams
import Logging
import Media
import NIOCore
import RTP
import Timing

/// Runs the legs of one event loop: an epoll set of their sockets, read on an even tick, and after that one pass over
/// all sessions that sends what is due.
///
/// The tick runs only while there are sessions. It is a scheduled callback of the event loop, so the legs share the
/// thread with the channels of their engines and nothing crosses threads.
// Sendable: all state is used on `eventLoop` only.
final class MediaLoop: @unchecked Sendable {
    let eventLoop: any EventLoop
    private(set) var sessions: [MediaSessionID: MediaSession] = [:]
    var counters = MediaCounters()

    private let poll: Int32
    private let buffers = DatagramBuffers()
    private let interval: Int64
    private let logger: Logger
    /// By the token of a leg's sockets; `nil` where a leg has gone.
    private var slots: [MediaSession?] = []
    private var freeSlots: [Int] = []
    private var tokens: [UInt64] = Array(repeating: 0, count: DatagramBuffers.count)
    private var output = LegOutput()
    private var grid: MonotonicTime = .zero
    private var callback: NIOScheduledCallback?

    /// Datagrams taken from one socket in one tick: what a peer can send in 200 ms, so that a flood of one leg does
    /// not delay the others.
    private static let receiveLimit = 64
    private static let readSize = 8

    init(eventLoop: any EventLoop, tick: Duration, logger: Logger) throws(MediaPlaneError) {
        self.eventLoop = eventLoop
        self.logger = logger
        interval = max(tick.nanoseconds, 1_000_000)
        poll = cdatagrams_poll_open()
        guard poll >= 0 else { throw .socket("no epoll set: error \(-poll)") }
    }

    deinit {
        cdatagrams_close(poll)
    }

    static var now: MonotonicTime {
        MonotonicTime(nanoseconds: Int64(NIODeadline.now().uptimeNanoseconds))
    }

    // MARK: - Sessions

    /// A session that was released before it came here is left out.
    func add(_ session: MediaSession) {
        guard !session.isReleased else { return }
        sessions[session.id] = session
        counters.sessionsOpened += 1
        startTicking()
    }

    func remove(_ session: MediaSession) {
        guard sessions[session.id] === session else { return }
        sessions[session.id] = nil
        if sessions.isEmpty {
            callback?.cancel()
            callback = nil
        }
    }

    /// Reads from the sockets of a leg from now on.
    func register(_ ports: borrowing LeasedPortPair, of session: MediaSession) throws(MediaPlaneError) -> Int {
        let slot = freeSlots.popLast() ?? slots.count
        if slot == slots.count { slots.append(session) } else { slots[slot] = session }
        let rtp = cdatagrams_poll_add(poll, ports.rtpSocket, UInt64(slot) << 1)
        let rtcp = cdatagrams_poll_add(poll, ports.rtcpSocket, UInt64(slot) << 1 | 1)
        guard rtp >= 0, rtcp >= 0 else {
            unregister(ports, slot: slot)
            throw .socket("epoll takes no more sockets: error \(-min(rtp, rtcp))")
        }
        return slot
    }

    func unregister(_ ports: borrowing LeasedPortPair, slot: Int) {
        _ = cdatagrams_poll_remove(poll, ports.rtpSocket)
        _ = cdatagrams_poll_remove(poll, ports.rtcpSocket)
        slots[slot] = nil
        freeSlots.append(slot)
    }

    // MARK: - Tick

    private func startTicking() {
        guard callback == nil else { return }
        grid = Self.now
        schedule()
    }

    private func schedule() {
        grid = grid + .nanoseconds(interval)
        let deadline = NIODeadline.uptimeNanoseconds(UInt64(clamping: grid.nanoseconds))
        do {
            callback = try eventLoop.scheduleCallback(at: deadline, handler: self)
        } catch {
            callback = nil
            logger.error("media loop stopped", metadata: ["error": "\(error)"])
        }
    }

    private func tick() {
        let now = Self.now
        // A loop that came late goes on with the instant of the grid just past.
        let behind = (now - grid).nanoseconds / interval
        if behind > 0 {
            grid = grid + .nanoseconds(behind * interval)
            counters.ticksSkipped += UInt64(behind)
        }
        counters.ticks += 1
        receive(at: now)
        for session in sessions.values {
            output.removeAll()
            session.tick(grid: grid, now: now, output: &output)
        }
        if !sessions.isEmpty { schedule() }
    }

    private func receive(at now: MonotonicTime) {
        // Readiness is level-triggered and comes in turn: this many rounds visit every socket once.
        var rounds = slots.count * 2 / tokens.count + 1
        var ready = tokens.count
        while ready == tokens.count, rounds > 0 {
            ready = Int(cdatagrams_poll_ready(poll, &tokens, Int32(tokens.count)))
            for index in 0..<max(ready, 0) {
                let token = tokens[index]
                let slot = Int(truncatingIfNeeded: token >> 1)
                guard slot < slots.count, let session = slots[slot] else { continue }
                drain(session, isRTCP: token & 1 == 1, at: now)
            }
            rounds -= 1
        }
    }

    private func drain(_ session: MediaSession, isRTCP: Bool, at now: MonotonicTime) {
        guard let socket = session.socket(isRTCP: isRTCP) else { return }
        output.removeAll()
        var taken = 0
        while taken < Self.receiveLimit {
            let count = buffers.receive(from: socket, limit: Self.readSize)
            guard count > 0 else { break }
            for index in 0..<count {
                let (description, bytes) = buffers.datagram(index)
                guard description.truncated == 0 else {
                    counters.datagramsTruncated += 1
                    continue
                }
                let arrival = MonotonicTime(nanoseconds: now.nanoseconds - description.age)
                var datagram = MutableSpan(_unsafeElements: bytes)
                session.receive(
                    &datagram, from: IPEndpoint(description.peer), isRTCP: isRTCP,
                    arrival: arrival, events: &output.events
                )
            }
            taken += count
            if count < Self.readSize { break }
        }
        session.emit(output.events)
    }

    /// Sends the packets of a leg, in their order.
    func send(_ batch: PacketBatch, rtp: Int32, rtcp: Int32) {
        let packets = batch.packets
        guard !packets.isEmpty else { return }
        batch.bytes.withUnsafeBytes { bytes in
            var start = 0
            while start < packets.count {
                let socket = packets[start].socket
                var end = start + 1
                while end < packets.count, packets[end].socket == socket, end - start < DatagramBuffers.count {
                    end += 1
                }
                let first = start
                let sent = buffers.send(to: socket == .rtp ? rtp : rtcp, count: end - start) { index in
                    let packet = packets[first + index]
                    return (
                        UnsafeRawBufferPointer(rebasing: bytes[packet.range]), cdatagrams_endpoint(packet.destination)
                    )
                }
                // A packet that is not taken is left out, as the network might have done.
                if sent < 1 { counters.sendFailures += 1 }
                start += max(sent, 1)
            }
        }
    }
}

extension MediaLoop: NIOScheduledCallbackHandler {
    func handleScheduledCallback(eventLoop: some EventLoop) {
        tick()
    }
}

extension MediaLoop {
    /// Nanoseconds from the Unix epoch to the epoch of the monotonic clock.
    static func wallClockOffset(at now: MonotonicTime) -> Int64 {
        cdatagrams_wall_clock() - now.nanoseconds
    }
}
