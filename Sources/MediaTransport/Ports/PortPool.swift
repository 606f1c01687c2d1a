import CDatagrams
import Glibc
import Logging
import Media
import NIOCore
import RTP
import Synchronization

/// Leases pairs of UDP ports, RTP on the even one and RTCP on the next, with both sockets open.
///
/// Pairs are taken in turn, so that one just given back is the last to be used again. A pair that someone else has
/// bound is put aside for the quarantine's length.
public final class PortPool: Sendable {
    private struct State {
        /// Even ports, the next to lease first.
        var free: Deque
        /// Pairs that rest, the one to be freed first at the head.
        var resting: Deque
        var releases: [NIODeadline]
        var leased = 0
        var counters = PortPoolCounters()
    }

    /// A ring of ports of fixed capacity.
    struct Deque {
        private var ports: [UInt16]
        private var head = 0
        private(set) var count = 0

        init(capacity: Int) {
            ports = Array(repeating: 0, count: max(capacity, 1))
        }

        mutating func append(_ port: UInt16) -> Int {
            let index = (head + count) % ports.count
            ports[index] = port
            count += 1
            return index
        }

        var first: (port: UInt16, index: Int)? { count > 0 ? (ports[head], head) : nil }

        mutating func popFirst() -> UInt16? {
            guard let first else { return nil }
            head = (head + 1) % ports.count
            count -= 1
            return first.port
        }
    }

    public let range: ClosedRange<UInt16>
    /// How many pairs the range has.
    private let pairs: Int
    private let local: IPEndpoint
    private let quarantine: TimeAmount
    private let dscp: Int32
    private let receiveBuffer: Int32
    private let state: Mutex<State>

    /// - Parameters:
    ///   - local: The address to bind; its port is not used.
    ///   - logger: Told when the range overlaps the kernel's range of ephemeral ports, out of which any other socket
    ///     of the host may take a port at any time.
    public init(
        range: ClosedRange<UInt16>,
        local: IPEndpoint,
        quarantine: Duration,
        dscp: Int = 0,
        receiveBuffer: Int = 0,
        logger: Logger
    ) {
        self.range = range
        self.local = local
        self.quarantine = TimeAmount(quarantine)
        self.dscp = Int32(clamping: dscp)
        self.receiveBuffer = Int32(clamping: receiveBuffer)
        let first = Int(range.lowerBound) + Int(range.lowerBound) % 2
        let pairs = stride(from: first, to: Int(range.upperBound), by: 2).map { UInt16($0) }
        var free = Deque(capacity: pairs.count)
        for port in pairs { _ = free.append(port) }
        self.pairs = pairs.count
        state = Mutex(
            State(
                free: free,
                resting: Deque(capacity: pairs.count),
                releases: Array(repeating: .now(), count: max(pairs.count, 1))
            )
        )
        if let ephemeral = Self.ephemeralRange(), ephemeral.overlaps(range) {
            logger.warning(
                "media port range overlaps the kernel's ephemeral ports",
                metadata: ["media.ports": "\(range)", "kernel.ephemeral_ports": "\(ephemeral)"]
            )
        }
    }

    /// Opens the next pair that can be had.
    ///
    /// - Throws: ``MediaPlaneError/portsExhausted(range:)`` or ``MediaPlaneError/socket(_:)``.
    public func lease() throws(MediaPlaneError) -> LeasedPortPair {
        // No pair is tried twice: one that was put aside may be free again at once.
        for _ in 0..<pairs {
            guard let port = takeFree() else { break }
            let rtp = open(port)
            guard rtp >= 0 else {
                try putAside(port, after: rtp)
                continue
            }
            let rtcp = open(port + 1)
            guard rtcp >= 0 else {
                cdatagrams_close(rtp)
                try putAside(port + 1, after: rtcp)
                continue
            }
            state.withLock { $0.counters.leases += 1 }
            return LeasedPortPair(pool: self, port: port, rtp: rtp, rtcp: rtcp)
        }
        state.withLock { $0.counters.exhaustions += 1 }
        throw .portsExhausted(range: range)
    }

    public var status: (leased: Int, quarantined: Int, free: Int) {
        state.withLock { state in
            Self.freeRested(&state)
            return (state.leased, state.resting.count, state.free.count)
        }
    }

    public var counters: PortPoolCounters { state.withLock { $0.counters } }

    fileprivate func giveBack(_ port: UInt16) {
        rest(port)
    }

    private func takeFree() -> UInt16? {
        state.withLock { state in
            Self.freeRested(&state)
            guard let port = state.free.popFirst() else { return nil }
            state.leased += 1
            return port
        }
    }

    /// A port could not be bound: another process has it, or nothing can be bound at all.
    private func putAside(_ port: UInt16, after status: Int32) throws(MediaPlaneError) {
        let pair = port & ~1
        guard status == -EADDRINUSE else {
            state.withLock { state in
                state.leased -= 1
                _ = state.free.append(pair)
            }
            let reason = String(cString: strerror(-status))
            throw .socket("UDP port \(port) of \(local.with(port: 0)): \(reason)")
        }
        state.withLock { $0.counters.squatted += 1 }
        rest(pair)
    }

    private func rest(_ port: UInt16) {
        let release = NIODeadline.now() + quarantine
        state.withLock { state in
            state.leased -= 1
            let index = state.resting.append(port)
            state.releases[index] = release
        }
    }

    private static func freeRested(_ state: inout State) {
        guard state.resting.count > 0 else { return }
        let now = NIODeadline.now()
        while let (port, index) = state.resting.first, state.releases[index] <= now {
            _ = state.resting.popFirst()
            _ = state.free.append(port)
        }
    }

    private func open(_ port: UInt16) -> Int32 {
        var endpoint = cdatagrams_endpoint(local.with(port: port))
        return cdatagrams_open(&endpoint, receiveBuffer, dscp)
    }

    /// What the kernel hands to sockets that do not ask for a port.
    static func ephemeralRange() -> ClosedRange<UInt16>? {
        guard let text = try? FileBytes.read("/proc/sys/net/ipv4/ip_local_port_range", limit: 64) else { return nil }
        let numbers = text.split { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            .compactMap { UInt16(String(decoding: $0, as: UTF8.self)) }
        guard numbers.count == 2, numbers[0] <= numbers[1] else { return nil }
        return numbers[0]...numbers[1]
    }
}

/// What a port pool has done; all counts only rise.
public struct PortPoolCounters: Sendable, Hashable {
    public var leases: UInt64 = 0
    /// Pairs put aside because another process had bound one of their ports.
    public var squatted: UInt64 = 0
    /// Leases refused because no pair was free.
    public var exhaustions: UInt64 = 0

    public init() {}

    static func += (left: inout PortPoolCounters, right: PortPoolCounters) {
        left.leases += right.leases
        left.squatted += right.squatted
        left.exhaustions += right.exhaustions
    }
}

/// Two open sockets on neighbouring ports. Closed, and the pair given back, when its owner lets go of it.
public struct LeasedPortPair: ~Copyable, Sendable {
    /// Even; RTCP is on the next.
    public let rtpPort: UInt16
    let rtpSocket: Int32
    let rtcpSocket: Int32
    private let pool: PortPool

    fileprivate init(pool: PortPool, port: UInt16, rtp: Int32, rtcp: Int32) {
        self.pool = pool
        rtpPort = port
        rtpSocket = rtp
        rtcpSocket = rtcp
    }

    public var rtcpPort: UInt16 { rtpPort + 1 }

    deinit {
        cdatagrams_close(rtpSocket)
        cdatagrams_close(rtcpSocket)
        pool.giveBack(rtpPort)
    }
}

extension cdatagrams_endpoint {
    init(_ endpoint: IPEndpoint) {
        self.init(high: endpoint.high, low: endpoint.low, port: endpoint.port, family: endpoint.family.rawValue)
    }
}

extension IPEndpoint {
    init(_ endpoint: cdatagrams_endpoint) {
        if endpoint.family == Family.v6.rawValue {
            self.init(v6High: endpoint.high, low: endpoint.low, port: endpoint.port)
        } else {
            self.init(v4: UInt32(truncatingIfNeeded: endpoint.low), port: endpoint.port)
        }
    }
}
