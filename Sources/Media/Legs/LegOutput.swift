import RTP

/// What a leg wants done: packets to send, audio for the engine, events. Reused from tick to tick, so that nothing
/// is allocated once its arrays have reached their working size.
public struct LegOutput: Sendable {
    public var packets = PacketBatch()
    /// In the engine's format.
    public var engineAudio: [UInt8] = []
    public var events: [MediaSessionEvent] = []

    public init() {}

    public mutating func removeAll() {
        packets.removeAll()
        engineAudio.removeAll(keepingCapacity: true)
        events.removeAll(keepingCapacity: true)
    }
}

/// Packets of one leg in the order to send them, in one buffer.
public struct PacketBatch: Sendable {
    public struct Packet: Sendable, Hashable {
        public enum Kind: Sendable, Hashable { case rtp, rtcp }

        public var kind: Kind
        public var destination: IPEndpoint
        /// Where the packet lies in ``PacketBatch/bytes``.
        public var range: Range<Int>
    }

    public internal(set) var bytes: [UInt8] = []
    public internal(set) var packets: [Packet] = []

    public init() {}

    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        packets.removeAll(keepingCapacity: true)
    }

    /// Makes a packet of the bytes appended since `start`.
    mutating func seal(_ kind: Packet.Kind, from start: Int, to destination: IPEndpoint) {
        packets.append(Packet(kind: kind, destination: destination, range: start..<bytes.count))
    }
}
