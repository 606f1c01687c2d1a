import Codecs
import SDP

/// The payload formats that `bench media` and `bench peer` know, by the names of their `rtpmap`.
enum BenchedFormat {
    /// What carriers speak: AMR-WB at 12.65 and AMR at 12.2 kbit/s, G.711 by its number.
    static let all = [
        PayloadFormat.pcma,
        .pcmu,
        PayloadFormat(payloadType: 9, encodingName: "G722", clockRate: 8_000),
        PayloadFormat(payloadType: 96, encodingName: "opus", clockRate: 48_000, channels: 2),
        PayloadFormat(payloadType: 97, encodingName: "AMR-WB", clockRate: 16_000, formatParameters: "mode-set=2"),
        PayloadFormat(payloadType: 98, encodingName: "AMR", clockRate: 8_000, formatParameters: "mode-set=7"),
        PayloadFormat(payloadType: 18, encodingName: "G729", clockRate: 8_000),
    ]

    /// Those of this build.
    static let available = all.filter { format in
        CodecCatalog.encodingNames.contains { $0.uppercased() == format.encodingName.uppercased() }
    }

    static func named(_ name: String) -> PayloadFormat? {
        all.first { $0.encodingName.uppercased() == name.uppercased() }
    }
}

extension PayloadFormat {
    func makeCodec(sampleRate: Int = 16_000) throws -> any SpeechCodec {
        try CodecCatalog.codec(
            named: encodingName,
            clockRate: clockRate,
            channels: channels,
            sampleRate: sampleRate,
            parameter: { formatParameter($0) }
        )
    }
}

extension AudioFormat {
    /// As `--engine` takes it: `pcm8`, `pcm16`, `pcm24`, `pcma`, `pcmu`.
    init?(benchName: String) {
        switch benchName {
        case "pcm8": self = .pcm16(rate: 8_000)
        case "pcm16": self = .pcm16(rate: 16_000)
        case "pcm24": self = .pcm16(rate: 24_000)
        case "pcma": self = .pcma
        case "pcmu": self = .pcmu
        default: return nil
        }
    }

    var benchName: String {
        switch self {
        case .pcm16(let rate): "pcm\(rate / 1_000)"
        case .pcma: "pcma"
        case .pcmu: "pcmu"
        }
    }
}

/// Speech in one format, packet by packet, round and round.
struct SpokenPayloads {
    let format: PayloadFormat
    /// One for each packet; none is empty.
    let payloads: [[UInt8]]
    /// RTP ticks of a packet.
    let ticks: UInt32

    /// - Parameter packetTime: Milliseconds of a packet, a multiple of 20.
    init(_ format: PayloadFormat, packetTime: Int = 20) throws {
        let codec = try format.makeCodec()
        let frames = try SpeechFrames(rate: codec.sampleRate).all
        let perPacket = max(packetTime / 20, 1)
        self.format = format
        ticks = UInt32(codec.clockRate / 50 * perPacket)
        payloads = stride(from: 0, to: frames.count - perPacket + 1, by: perPacket).compactMap { start in
            var payload: [UInt8] = []
            let samples = Array(frames[start..<start + perPacket].joined())
            return codec.encode(samples.span, into: &payload) == .speech ? payload : nil
        }
    }
}
