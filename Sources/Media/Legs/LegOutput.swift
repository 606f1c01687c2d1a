import RTP
import SRTP

/// What a leg wants done: packets to send, audio for the engine, events. Reused from tick to tick, so that nothing
/// is allocated once its arrays have reached their working size.
public struct LegOutput: Sendable {
    public var packets = PacketBatch()
    /// In the engine's format.
    public var engineAudio: [UInt8] = []
    public var events: [MediaSessionEvent] = []
    /// The leg's own gate heard the caller begin to speak: what the engine says is to be interrupted.
    public var callerInterrupts = false

    public init() {}

    public mutating func removeAll() {
        packets.removeAll()
        engineAudio.removeAll(keepingCapacity: true)
        events.removeAll(keepingCapacity: true)
        callerInterrupts = false
    }
}

/// Packets of one leg in the order to send them, in one buffer.
public struct PacketBatch: Sendable {
    public struct Packet: Sendable, Hashable {
        public enum Socket: Sendable, Hashable { case rtp, rtcp }

        /// The socket that it leaves by; RTCP may leave by that of RTP (RFC 5761).
        public var socket: Socket
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

    /// Adds a datagram that is complete.
    public mutating func append(_ datagram: Span<UInt8>, to destination: IPEndpoint, by socket: Packet.Socket) {
        let start = bytes.count
        datagram.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
        packets.append(Packet(socket: socket, destination: destination, range: start..<bytes.count))
    }

    enum Content { case rtp, rtcp }

    /// Makes a packet of the bytes appended since `start`.
    ///
    /// - Parameter sender: What protects it; `nil` leaves it as it is.
    /// - Returns: `false` if it could not be protected: it is gone then.
    mutating func seal(
        _ content: Content,
        from start: Int,
        to destination: IPEndpoint,
        by socket: Packet.Socket,
        protectedBy sender: SRTPSender?
    ) -> Bool {
        do throws(SRTPError) {
            switch content {
            case .rtp: try sender?.protectRTP(&bytes, from: start)
            case .rtcp: try sender?.protectRTCP(&bytes, from: start)
            }
        } catch {
            bytes.removeLast(bytes.count - start)
            return false
        }
        packets.append(Packet(socket: socket, destination: destination, range: start..<bytes.count))
        return true
    }
}
