/// Puts packets back in order and hands them out at an even pace, with the least delay that the network allows.
///
/// Its clock is the *playhead*: the RTP timestamp that is due next. Each ``next(into:)`` moves it on by what it hands
/// out, so a caller that takes 20 ms of audio every 20 ms keeps it in step with real time. How far packets arrive
/// ahead of the playhead decides the delay: two late packets within a window stretch it at once, a whole window with
/// time to spare lets the caller shed a frame (see ``surplus``). Drift of the sender's clock is followed in this way.
///
/// Memory is fixed when it is made: ``Configuration/slots`` packets of ``Configuration/maximumPayload`` octets.
///
/// Source: the sender side is RFC 3550 §5.1 and RFC 3551 §4.1.
public struct JitterBuffer: Sendable {
    public struct Configuration: Sendable, Hashable {
        /// Ticks per second of the RTP timestamp.
        public var clockRate: Int
        /// Delay in milliseconds that a stream starts with.
        public var initialDelay: Int
        /// What the delay never exceeds, in milliseconds; audio older than that is skipped.
        public var maximumDelay: Int
        /// Packets held at most; a power of two.
        public var slots: Int
        /// Octets of the largest payload taken.
        public var maximumPayload: Int

        public init(
            clockRate: Int = 8_000,
            initialDelay: Int = 40,
            maximumDelay: Int = 200,
            slots: Int = 64,
            maximumPayload: Int = 640
        ) {
            self.clockRate = clockRate
            self.initialDelay = initialDelay
            self.maximumDelay = maximumDelay
            self.slots = slots
            self.maximumPayload = maximumPayload
        }
    }

    /// What became of a packet.
    public enum Insertion: Sendable, Hashable {
        case stored
        /// Its time had passed.
        case late
        case duplicate
        /// Larger than a slot.
        case oversize
        /// From another SSRC, or with a sequence number far off; taken if the next packet follows on from it.
        case unconfirmed
        /// The stream began anew with this packet: another SSRC, or new numbers. What was held is gone.
        case restarted
    }

    /// What is due now. `ticks` are of the RTP clock.
    public enum Playout: Sendable, Hashable {
        /// The payload was appended; it lasts for `ticks`.
        case packet(payloadType: UInt8, ticks: Int)
        /// Lost, late, or not sent by a source that suppresses silence: conceal `ticks`.
        case missing(ticks: Int)
        /// Nothing is lost, but the delay has to grow: fill in `ticks`.
        case stretch(ticks: Int)
        /// No stream: nothing came for 400 ms, or nothing ever.
        case idle
    }

    private struct Slot: Sendable {
        enum Content: Sendable { case empty, stored, played }

        var content = Content.empty
        var sequence: Int64 = 0
        var timestamp: Int64 = 0
        var ticks = 0
        var length = 0
        var payloadType: UInt8 = 0
    }

    /// Distance from the newest sequence number up to which a packet belongs to the stream.
    private static let maximumDropout: Int64 = 3_000

    private let clockRate: Int
    private let initialDelay: Int64
    private let maximumDelay: Int64
    private let mask: Int64
    private let maximumPayload: Int
    private let idleAfter: Int64
    private let window: Int64
    private let margin: Int64

    private var slots: [Slot]
    private var payloads: [UInt8]
    private var ssrc: UInt32?
    private var candidate: (ssrc: UInt32, sequence: UInt16)?
    private var highestSequence: Int64 = 0
    private var highestTimestamp: Int64 = 0
    private var nextSequence: Int64 = 0
    private var playhead: Int64?
    /// Ticks of the newest packet; what a missing one is taken to last.
    private var packetTicks: Int
    private var emptyTicks: Int64 = 0

    private var windowTicks: Int64 = 0
    private var windowSlack = Int64.max
    private var windowLate = 0
    private var pendingStretch: Int64 = 0
    /// Ticks that the caller may shed: since the last window all packets came at least this much too early.
    public private(set) var surplus = 0
    /// Packets skipped because the delay would have become too long.
    public private(set) var skipped: UInt64 = 0

    public init(configuration: Configuration = Configuration()) {
        precondition(configuration.slots > 0 && configuration.slots & (configuration.slots - 1) == 0)
        clockRate = max(configuration.clockRate, 1_000)
        let ticksPerMillisecond = Int64(clockRate / 1_000)
        initialDelay = Int64(configuration.initialDelay) * ticksPerMillisecond
        maximumDelay = max(Int64(configuration.maximumDelay) * ticksPerMillisecond, initialDelay)
        mask = Int64(configuration.slots - 1)
        maximumPayload = configuration.maximumPayload
        idleAfter = 400 * ticksPerMillisecond
        window = 4_000 * ticksPerMillisecond
        margin = 10 * ticksPerMillisecond
        packetTicks = Int(20 * ticksPerMillisecond)
        slots = Array(repeating: Slot(), count: configuration.slots)
        payloads = Array(repeating: 0, count: configuration.slots * configuration.maximumPayload)
    }

    /// Time from the playhead to the end of the newest packet, in ticks; 0 when idle.
    public var depth: Int {
        guard let playhead else { return 0 }
        return Int(max(0, highestTimestamp + Int64(packetTicks) - playhead))
    }

    /// Forgets the stream: hold, another codec.
    public mutating func reset() {
        ssrc = nil
        candidate = nil
        playhead = nil
        clear()
    }

    /// Takes a packet.
    ///
    /// - Parameters:
    ///   - bytes: The whole datagram.
    ///   - ticks: What the payload lasts, 1...65 535.
    public mutating func insert(_ packet: RTPPacket, in bytes: Span<UInt8>, ticks: Int) -> Insertion {
        let header = packet.header
        guard packet.payload.count <= maximumPayload, ticks > 0, ticks <= 0xFFFF else { return .oversize }
        guard header.ssrc == ssrc else {
            guard ssrc == nil || isConfirmed(header) else { return .unconfirmed }
            return restart(with: packet, in: bytes, ticks: ticks)
        }
        let sequence = highestSequence.unwrapping(header.sequenceNumber)
        guard abs(sequence - highestSequence) < Self.maximumDropout else {
            guard isConfirmed(header) else { return .unconfirmed }
            return restart(with: packet, in: bytes, ticks: ticks)
        }
        candidate = nil
        let timestamp = highestTimestamp.unwrapping(header.timestamp)
        if sequence > highestSequence, timestamp < highestTimestamp || playhead == nil {
            // The source set its clock back, or it sends again after a silence.
            return restart(with: packet, in: bytes, ticks: ticks)
        }
        guard let playhead else { return .late }
        let index = Int(sequence & mask)
        if slots[index].content != .empty, slots[index].sequence == sequence { return .duplicate }
        let slack = timestamp - playhead
        guard sequence >= nextSequence, slack + Int64(ticks) > 0 else {
            // A packet from before the stream began anew says nothing about the delay it needs.
            if sequence > highestSequence - mask { noteLate(by: -slack) }
            highestSequence = max(highestSequence, sequence)
            highestTimestamp = max(highestTimestamp, timestamp)
            return .late
        }
        windowSlack = min(windowSlack, slack)
        if slack > maximumDelay { skip(to: timestamp - initialDelay) }
        store(packet, in: bytes, sequence: sequence, timestamp: timestamp, ticks: ticks)
        return .stored
    }

    /// Takes what is due at the playhead and moves the playhead past it. Call until a frame is full.
    ///
    /// - Parameter payload: A packet's payload is appended.
    public mutating func next(into payload: inout [UInt8]) -> Playout {
        guard let now = playhead else { return .idle }
        guard let slot = earliest(at: now) else {
            emptyTicks += Int64(packetTicks)
            guard emptyTicks <= idleAfter else {
                playhead = nil
                return .idle
            }
            return missing(packetTicks, from: now)
        }
        emptyTicks = 0
        if slots[slot].timestamp > now {
            return missing(Int(min(slots[slot].timestamp - now, Int64(packetTicks))), from: now)
        }
        if pendingStretch > 0 {
            pendingStretch -= Int64(packetTicks)
            return .stretch(ticks: packetTicks)
        }
        let found = slots[slot]
        let start = slot * maximumPayload
        payload.append(contentsOf: payloads[start..<start + found.length])
        slots[slot].content = .played
        nextSequence = found.sequence + 1
        advance(to: found.timestamp + Int64(found.ticks), from: now)
        return .packet(payloadType: found.payloadType, ticks: found.ticks)
    }

    /// Appends the payload of the packet that is due at the playhead, if it is there: after ``Playout/missing(ticks:)``
    /// the one that follows directly on the gap. It stays where it is.
    ///
    /// - Returns: Its payload type; `nil` if the gap goes on.
    public func peek(into payload: inout [UInt8]) -> UInt8? {
        guard let playhead else { return nil }
        let index = slots.firstIndex { $0.content == .stored && $0.timestamp == playhead }
        guard let index else { return nil }
        let start = index * maximumPayload
        payload.append(contentsOf: payloads[start..<start + slots[index].length])
        return slots[index].payloadType
    }

    /// The caller left out `ticks` that ``next(into:)`` gave it, to shorten the delay.
    public mutating func didShed(ticks: Int) {
        surplus = max(0, surplus - ticks)
        startWindow()
    }

    // MARK: - Windows

    private mutating func noteLate(by lateness: Int64) {
        windowLate += 1
        guard windowLate >= 2, lateness > 0 else { return }
        let room = maximumDelay - Int64(depth)
        pendingStretch = max(pendingStretch, min(lateness, room))
        surplus = 0
        startWindow()
    }

    private mutating func startWindow() {
        windowTicks = 0
        windowSlack = .max
        windowLate = 0
    }

    private mutating func advance(to timestamp: Int64, from now: Int64) {
        playhead = timestamp
        windowTicks += timestamp - now
        guard windowTicks >= window else { return }
        // Whole packets that fit into the time by which even the latest came too early.
        let spare = windowSlack == .max || windowLate > 0 ? 0 : max(0, windowSlack - margin)
        surplus = Int(spare) / packetTicks * packetTicks
        startWindow()
    }

    private mutating func missing(_ ticks: Int, from now: Int64) -> Playout {
        advance(to: now + Int64(ticks), from: now)
        return .missing(ticks: ticks)
    }

    // MARK: - Slots

    /// The slot of the packet with the lowest sequence number whose time has not passed.
    private mutating func earliest(at now: Int64) -> Int? {
        var sequence = max(nextSequence, highestSequence - mask)
        while sequence <= highestSequence {
            let index = Int(sequence & mask)
            if slots[index].content == .stored, slots[index].sequence == sequence {
                if slots[index].timestamp + Int64(slots[index].ticks) > now { return index }
                slots[index].content = .played
                skipped += 1
            }
            sequence += 1
        }
        return nil
    }

    private mutating func store(
        _ packet: RTPPacket,
        in bytes: Span<UInt8>,
        sequence: Int64,
        timestamp: Int64,
        ticks: Int
    ) {
        let index = Int(sequence & mask)
        if slots[index].content == .stored { skipped += 1 }
        slots[index] = Slot(
            content: .stored,
            sequence: sequence,
            timestamp: timestamp,
            ticks: ticks,
            length: packet.payload.count,
            payloadType: packet.header.payloadType
        )
        let start = index * maximumPayload
        bytes.extracting(packet.payload).withUnsafeBufferPointer { source in
            payloads.withUnsafeMutableBufferPointer { target in
                _ = target[start..<start + source.count].update(fromContentsOf: source)
            }
        }
        if sequence >= highestSequence {
            highestSequence = sequence
            highestTimestamp = timestamp
            packetTicks = ticks
        }
    }

    private mutating func skip(to timestamp: Int64) {
        playhead = timestamp
        pendingStretch = 0
        surplus = 0
        startWindow()
    }

    private mutating func isConfirmed(_ header: RTPHeader) -> Bool {
        if let candidate, candidate.ssrc == header.ssrc, candidate.sequence == header.sequenceNumber { return true }
        candidate = (header.ssrc, header.sequenceNumber &+ 1)
        return false
    }

    private mutating func restart(with packet: RTPPacket, in bytes: Span<UInt8>, ticks: Int) -> Insertion {
        let isFirst = ssrc == nil
        let resumes = ssrc == packet.header.ssrc && playhead == nil
        clear()
        ssrc = packet.header.ssrc
        candidate = nil
        // One wrap up, so that packets from just before the first have a number as well.
        let sequence = Int64(1 << 16) + Int64(packet.header.sequenceNumber)
        let timestamp = Int64(1) << 32 + Int64(packet.header.timestamp)
        highestSequence = sequence
        nextSequence = sequence
        highestTimestamp = timestamp
        playhead = timestamp - initialDelay
        store(packet, in: bytes, sequence: sequence, timestamp: timestamp, ticks: ticks)
        return isFirst || resumes ? .stored : .restarted
    }

    private mutating func clear() {
        for index in slots.indices { slots[index].content = .empty }
        pendingStretch = 0
        surplus = 0
        emptyTicks = 0
        startWindow()
    }
}
