import Timing

/// Puts packets back in order and hands them out at an even pace, with the least delay that the network allows.
///
/// Its clock is the *playhead*: the RTP timestamp that is due next. Each ``next(into:)`` moves it on by what it hands
/// out, so a caller that takes 20 ms of audio every 20 ms keeps it in step with real time. How long packets took decides
/// how far it should be behind them: ``delayChange(at:held:)`` says by how much the caller ought to shorten or lengthen
/// the audio it was given, which is the only way in which the delay shrinks. It also grows while the buffer is empty:
/// what is concealed then counts as lost only when a later packet comes; a packet that was merely late plays whole.
/// Drift of the sender's clock is followed in the same way.
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
        /// The payload was appended; it lasts for `ticks`. So many packets before it were not played.
        case packet(payloadType: UInt8, ticks: Int, lostBefore: Int)
        /// Lost, late, or not sent by a source that suppresses silence: conceal `ticks`.
        case missing(ticks: Int)
        /// No stream: nothing came for 400 ms, or nothing ever.
        case idle
    }

    /// What the caller should do to the audio that it has and that is not heard yet.
    public enum DelayChange: Sendable, Hashable {
        case keep
        /// Leave out up to so many ticks.
        case shorten(atMost: Int)
        /// Put in so many ticks.
        case lengthen(by: Int)
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
    /// Packets whose delays are known before it is shortened.
    private static let settled = 200

    private let clockRate: Int
    private let initialDelay: Int64
    private let maximumDelay: Int64
    private let mask: Int64
    private let maximumPayload: Int
    private let idleAfter: Int64
    /// Ticks that the caller takes at once: 20 ms.
    private let frame: Int64
    /// What the delay may be too long by, so that it does not change to and fro.
    private let hysteresis: Int64

    /// Ticks by which packets should come too early, so that what follows on a lost one is there in time: for codecs
    /// whose packets hold a copy of the one before.
    public var lookahead = 0

    private var slots: [Slot]
    private var payloads: [UInt8]
    private var ssrc: UInt32?
    private var candidate: (ssrc: UInt32, sequence: UInt16)?
    private var highestSequence: Int64 = 0
    private var highestTimestamp: Int64 = 0
    /// Where the stream began.
    private var firstSequence: Int64 = 0
    private var nextSequence: Int64 = 0
    private var playhead: Int64?
    /// Ticks of the newest packet; what a missing one is taken to last.
    private var packetTicks: Int
    private var emptyTicks: Int64 = 0

    /// Ticks concealed since the buffer ran empty: lost if the next packet is a later one, else waited for.
    private var waited: Int64 = 0
    private var delays = ArrivalDelays()

    public init(configuration: Configuration = Configuration()) {
        precondition(configuration.slots > 0 && configuration.slots & (configuration.slots - 1) == 0)
        clockRate = max(configuration.clockRate, 1_000)
        let ticksPerMillisecond = Int64(clockRate / 1_000)
        initialDelay = Int64(configuration.initialDelay) * ticksPerMillisecond
        maximumDelay = max(Int64(configuration.maximumDelay) * ticksPerMillisecond, initialDelay)
        mask = Int64(configuration.slots - 1)
        maximumPayload = configuration.maximumPayload
        idleAfter = 400 * ticksPerMillisecond
        frame = 20 * ticksPerMillisecond
        hysteresis = 10 * ticksPerMillisecond
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
    ///   - arrival: When it arrived.
    public mutating func insert(
        _ packet: RTPPacket,
        in bytes: Span<UInt8>,
        ticks: Int,
        arrival: MonotonicTime
    ) -> Insertion {
        let header = packet.header
        guard packet.payload.count <= maximumPayload, ticks > 0, ticks <= 0xFFFF else { return .oversize }
        guard header.ssrc == ssrc else {
            guard ssrc == nil || isConfirmed(header) else { return .unconfirmed }
            return restart(with: packet, in: bytes, ticks: ticks, arrival: arrival)
        }
        let sequence = highestSequence.unwrapping(header.sequenceNumber)
        guard abs(sequence - highestSequence) < Self.maximumDropout else {
            guard isConfirmed(header) else { return .unconfirmed }
            return restart(with: packet, in: bytes, ticks: ticks, arrival: arrival)
        }
        candidate = nil
        let timestamp = highestTimestamp.unwrapping(header.timestamp)
        if sequence > highestSequence, timestamp < highestTimestamp || playhead == nil {
            // The source set its clock back, or it sends again after a silence.
            return restart(with: packet, in: bytes, ticks: ticks, arrival: arrival)
        }
        guard let playhead else { return .late }
        let index = Int(sequence & mask)
        if slots[index].content != .empty, slots[index].sequence == sequence { return .duplicate }
        let slack = timestamp - playhead
        // A packet from before the stream began anew says nothing about the delay it needs.
        if sequence >= firstSequence { note(delay: self.ticks(arrival) - timestamp) }
        guard sequence >= nextSequence, slack + Int64(ticks) > 0 else {
            highestSequence = max(highestSequence, sequence)
            highestTimestamp = max(highestTimestamp, timestamp)
            return .late
        }
        if slack - waited > maximumDelay { skip(to: timestamp - initialDelay) }
        store(packet, in: bytes, sequence: sequence, timestamp: timestamp, ticks: ticks)
        return .stored
    }

    /// Takes what is due at the playhead and moves the playhead past it. Call until a frame is full.
    ///
    /// - Parameter payload: A packet's payload is appended.
    public mutating func next(into payload: inout [UInt8]) -> Playout {
        guard let playhead else { return .idle }
        guard let slot = earliest(at: playhead) else {
            emptyTicks += Int64(packetTicks)
            guard emptyTicks <= idleAfter else {
                self.playhead = nil
                waited = 0
                return .idle
            }
            waited += Int64(packetTicks)
            return .missing(ticks: packetTicks)
        }
        emptyTicks = 0
        // What was concealed while nobody knew stands for what turns out to be lost; the rest has delayed us.
        let now = playhead + min(max(slots[slot].timestamp - playhead, 0), waited)
        waited = 0
        if slots[slot].timestamp > now {
            let ticks = min(slots[slot].timestamp - now, Int64(packetTicks))
            self.playhead = now + ticks
            return .missing(ticks: Int(ticks))
        }
        let found = slots[slot]
        let start = slot * maximumPayload
        payload.append(contentsOf: payloads[start..<start + found.length])
        slots[slot].content = .played
        let lost = max(0, found.sequence - nextSequence)
        nextSequence = found.sequence + 1
        self.playhead = found.timestamp + Int64(found.ticks)
        return .packet(payloadType: found.payloadType, ticks: found.ticks, lostBefore: Int(lost))
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

    /// How long a packet that came as fast as the fastest waits to be played, in ticks; `nil` when idle.
    ///
    /// - Parameters: As for ``delayChange(at:held:)``.
    public func playoutDelay(at now: MonotonicTime, held: Int) -> Int? {
        guard let playhead, waited == 0, let least = delays.least else { return nil }
        return Int(clamping: max(0, ticks(now) - (playhead - Int64(held)) - least))
    }

    /// How the delay ought to change. Ask before each frame of 20 ms.
    ///
    /// A packet is in time if it is there at the frame for which it is taken, so the delay is as short as it can be when
    /// the frame before would come too early for one packet in a hundred.
    ///
    /// - Parameters:
    ///   - now: The instant of the frame.
    ///   - held: Ticks that were handed out and are not heard yet.
    public func delayChange(at now: MonotonicTime, held: Int) -> DelayChange {
        guard let playhead, waited == 0, let needed = delays.needed, let least = delays.least else { return .keep }
        let delay = ticks(now) - (playhead - Int64(held))
        // What is held for less than a frame is of no use to a packet that is late.
        let rest = Int64(held) % frame
        let headroom = delay - rest - Int64(lookahead) - min(needed, least + maximumDelay)
        if headroom < 0 {
            let frames = (frame - 1 - headroom) / frame
            return .lengthen(by: Int(frames * frame - rest))
        }
        guard delays.count >= Self.settled else { return .keep }
        let spare = rest + max(0, headroom - hysteresis) / frame * frame
        return spare * 8 < frame ? .keep : .shorten(atMost: Int(spare))
    }

    private func ticks(_ instant: MonotonicTime) -> Int64 {
        let (seconds, rest) = instant.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return seconds &* Int64(clockRate) &+ rest * Int64(clockRate) / 1_000_000_000
    }

    private mutating func note(delay: Int64) {
        // So much faster than the fastest is no packet: the source set its clock forward.
        if let least = delays.least, delay < least - maximumDelay { delays.removeAll() }
        delays.append(delay)
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
        waited = 0
    }

    private mutating func isConfirmed(_ header: RTPHeader) -> Bool {
        if let candidate, candidate.ssrc == header.ssrc, candidate.sequence == header.sequenceNumber { return true }
        candidate = (header.ssrc, header.sequenceNumber &+ 1)
        return false
    }

    private mutating func restart(
        with packet: RTPPacket,
        in bytes: Span<UInt8>,
        ticks: Int,
        arrival: MonotonicTime
    ) -> Insertion {
        let isFirst = ssrc == nil
        let resumes = ssrc == packet.header.ssrc && playhead == nil
        // One wrap up, so that packets from just before the first have a number as well.
        let sequence = Int64(1 << 16) + Int64(packet.header.sequenceNumber)
        let timestamp =
            resumes
            ? highestTimestamp.unwrapping(packet.header.timestamp) : Int64(1) << 32 + Int64(packet.header.timestamp)
        let delay = self.ticks(arrival) - timestamp
        if !resumes || abs(delay - (delays.needed ?? delay)) > maximumDelay { delays.removeAll() }
        // After a pause the delay is the one that was needed before it.
        let wait = delays.needed.map { max($0 - delay, 0) + Int64(lookahead) + hysteresis } ?? initialDelay
        clear()
        delays.append(delay)
        ssrc = packet.header.ssrc
        candidate = nil
        highestSequence = sequence
        firstSequence = sequence
        nextSequence = sequence
        highestTimestamp = timestamp
        playhead = timestamp - min(wait, maximumDelay)
        store(packet, in: bytes, sequence: sequence, timestamp: timestamp, ticks: ticks)
        return isFirst || resumes ? .stored : .restarted
    }

    private mutating func clear() {
        for index in slots.indices { slots[index].content = .empty }
        emptyTicks = 0
        waited = 0
    }
}
