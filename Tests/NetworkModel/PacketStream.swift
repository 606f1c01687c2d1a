import Codecs
import RTP

/// The sender of a stream: speech through a codec into RTP packets, with all that sources do to their headers.
public struct PacketStream {
    /// What the source does in the middle of the stream.
    public enum Change: Sendable, Hashable {
        case newSource(UInt32)
        case timestampJump(UInt32)
        case sequenceJump(UInt16)
    }

    public struct Packet: Sendable {
        /// When it leaves, in milliseconds of the sender's clock.
        public var time: Double
        public var bytes: [UInt8]
    }

    public let payloadType: UInt8
    private let codec: any SpeechCodec
    private var header: RTPHeader
    private var timestampOffset: UInt32 = 0

    public init(codec: any SpeechCodec, payloadType: UInt8) {
        self.codec = codec
        self.payloadType = payloadType
        // Both numbers wrap soon.
        header = RTPHeader(payloadType: payloadType, marker: true, sequenceNumber: 65_500, timestamp: 0, ssrc: 77)
        timestampOffset = 0xFFFF_F000
    }

    /// The packets of this speech; one that the encoder makes nothing of in a pause is left out.
    ///
    /// - Parameters:
    ///   - samples: At the codec's rate.
    ///   - packetTime: Milliseconds of a packet.
    ///   - changes: By the number of the packet before which they happen.
    public mutating func packets(
        of samples: [Int16],
        packetTime: Int = 20,
        changes: [Int: Change] = [:]
    ) -> [Packet] {
        let milliseconds = codec.packetTime(near: packetTime)
        let length = codec.sampleRate * milliseconds / 1_000
        var packets: [Packet] = []
        for number in 0..<samples.count / length {
            switch changes[number] {
            case .newSource(let ssrc)?: header.ssrc = ssrc
            case .timestampJump(let jump)?: timestampOffset &+= jump
            case .sequenceJump(let jump)?: header.sequenceNumber &+= jump
            case nil: break
            }
            let ticks = UInt32(truncatingIfNeeded: number * milliseconds * codec.clockRate / 1_000)
            header.timestamp = timestampOffset &+ ticks
            var bytes: [UInt8] = []
            header.append(to: &bytes)
            let frame = samples.span.extracting(number * length..<(number + 1) * length)
            let transmission = codec.encode(frame, into: &bytes)
            header.marker = transmission != .speech
            guard transmission != .nothing else { continue }
            // A packet leaves when its last sample has been spoken.
            packets.append(Packet(time: Double((number + 1) * milliseconds), bytes: bytes))
            header.sequenceNumber &+= 1
        }
        return packets
    }
}
