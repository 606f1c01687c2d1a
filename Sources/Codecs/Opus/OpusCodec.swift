import COpus

/// Opus (RFC 6716, RFC 7587). It decodes to the rate that is wanted, without a resampler behind it, hides losses by
/// itself, and takes the copy of a lost frame that the next packet may hold.
///
/// Stereo is mixed down; what is sent is mono, which every receiver takes (RFC 7587 §3.4).
public final class OpusCodec: SpeechCodec {
    /// Rates that it decodes to and encodes from.
    public static let sampleRates = [8_000, 12_000, 16_000, 24_000, 48_000]

    public private(set) var sampleRate: Int
    public let clockRate = 48_000
    public let maximumPayload = 1_500
    public let carriesCopies = true
    public private(set) var isPaused = false
    private let parameters: OpusParameters
    private let usesDTX: Bool
    private let complexity: Int
    private var states: States
    private var frame: [Int16] = []
    /// Per cent that the encoder is told; 0: no copies are sent.
    private var expectedLoss = 0

    /// Milliseconds of the longest packet.
    private static let longestPacket = 120
    /// Octets of the largest frame (RFC 6716 §3.4).
    private static let largestFrame = 1_275

    /// The encoder and the decoder, which go together.
    private final class States {
        let encoder: OpaquePointer
        let decoder: OpaquePointer

        init?(sampleRate: Int) {
            var status: Int32 = 0
            guard let encoder = opus_encoder_create(Int32(sampleRate), 1, OPUS_APPLICATION_VOIP, &status) else {
                return nil
            }
            guard let decoder = opus_decoder_create(Int32(sampleRate), 1, &status) else {
                opus_encoder_destroy(encoder)
                return nil
            }
            self.encoder = encoder
            self.decoder = decoder
        }

        deinit {
            opus_encoder_destroy(encoder)
            opus_decoder_destroy(decoder)
        }
    }

    /// - Parameters:
    ///   - sampleRate: The rate that audio is wanted at, in Hz; the next of ``sampleRates`` is taken.
    ///   - parameters: What the peer wants to be sent.
    ///   - usesDTX: Whether less is sent in pauses, if the peer wants it, too.
    ///   - complexity: 0...10 of the encoder. At 5 it takes half the time of 10.
    public init(
        sampleRate: Int,
        parameters: OpusParameters = OpusParameters(),
        usesDTX: Bool = false,
        complexity: Int = 5
    ) throws(CodecError) {
        let rate = Self.supported(sampleRate)
        guard let states = States(sampleRate: rate) else { throw .unsupported(name: "opus", clockRate: clockRate) }
        self.sampleRate = rate
        self.parameters = parameters
        self.usesDTX = usesDTX && parameters.usesDTX
        self.complexity = min(max(complexity, 0), 10)
        self.states = states
        configure()
    }

    private static func supported(_ rate: Int) -> Int {
        sampleRates.first { $0 >= rate } ?? 48_000
    }

    private func configure() {
        func set(_ request: Int32, _ value: Int) {
            _ = sidetone_opus_encoder_set(states.encoder, request, Int32(value))
        }
        let bandwidth =
            switch parameters.maximumPlaybackRate {
            case ..<12_000: OPUS_BANDWIDTH_NARROWBAND
            case ..<16_000: OPUS_BANDWIDTH_MEDIUMBAND
            case ..<24_000: OPUS_BANDWIDTH_WIDEBAND
            case ..<48_000: OPUS_BANDWIDTH_SUPERWIDEBAND
            default: OPUS_BANDWIDTH_FULLBAND
            }
        set(OPUS_SET_MAX_BANDWIDTH_REQUEST, Int(bandwidth))
        set(OPUS_SET_BITRATE_REQUEST, parameters.bitrate(sampleRate: sampleRate, isProtected: expectedLoss > 0))
        set(OPUS_SET_VBR_REQUEST, parameters.usesConstantBitrate ? 0 : 1)
        set(OPUS_SET_COMPLEXITY_REQUEST, complexity)
        set(OPUS_SET_SIGNAL_REQUEST, Int(OPUS_SIGNAL_VOICE))
        set(OPUS_SET_DTX_REQUEST, usesDTX ? 1 : 0)
        set(OPUS_SET_INBAND_FEC_REQUEST, expectedLoss > 0 ? 1 : 0)
        set(OPUS_SET_PACKET_LOSS_PERC_REQUEST, expectedLoss)
    }

    /// Copies cost quality while nothing is lost, so they are sent once the peer has lost 1 %; the encoder only makes
    /// them for a network that is said to lose much, so 10 % are the least it is told.
    public func expect(loss: Double) {
        guard parameters.usesForwardErrorCorrection else { return }
        let percent = loss < 0.01 ? 0 : min(max(Int((loss * 100).rounded()), 10), 30)
        guard percent != expectedLoss else { return }
        expectedLoss = percent
        configure()
    }

    /// 10, 20, 40 or 60 ms (RFC 7587 §3.3; shorter ones cost more than they gain).
    public func packetTime(near milliseconds: Int) -> Int {
        switch milliseconds {
        case ..<20: 10
        case ..<40: 20
        case ..<60: 40
        default: 60
        }
    }

    public func prefer(sampleRate wanted: Int) {
        let rate = Self.supported(wanted)
        guard rate != sampleRate, let made = States(sampleRate: rate) else { return }
        states = made
        sampleRate = rate
        configure()
    }

    public func ticks(of payload: Span<UInt8>) -> Int? {
        guard payload.count > 0 else { return nil }
        let count = payload.withUnsafeBufferPointer { bytes in
            bytes.baseAddress.map { opus_packet_get_nb_samples($0, Int32(clamping: bytes.count), Int32(clockRate)) }
                ?? 0
        }
        return count > 0 ? Int(count) : nil
    }

    public func decode(_ payload: Span<UInt8>, into samples: inout [Int16]) throws(CodecError) {
        guard payload.count > 0 else { throw .malformedPayload }
        let made = decode(payload, room: sampleRate * Self.longestPacket / 1_000, isCopy: false, into: &samples)
        guard made > 0 else { throw .malformedPayload }
        // What an encoder makes of a pause, once it has described it (RFC 7587 §3.1.3).
        isPaused = payload.count <= 2
    }

    public func conceal(_ count: Int, next: Span<UInt8>, into samples: inout [Int16]) {
        guard count > 0 else { return }
        let end = samples.count + count
        // The decoder makes multiples of 2.5 ms.
        let unit = sampleRate / 400
        while samples.count < end {
            let room = min((end - samples.count + unit - 1) / unit * unit, sampleRate * Self.longestPacket / 1_000)
            guard decode(next, room: room, isCopy: next.count > 0, into: &samples) > 0 else {
                samples.append(contentsOf: repeatElement(0, count: max(0, end - samples.count)))
                break
            }
        }
        samples.removeLast(samples.count - end)
    }

    /// - Parameters:
    ///   - payload: Empty for a packet that is lost.
    ///   - room: Samples that are wanted at most.
    ///   - isCopy: Whether the copy of the frame before is wanted.
    /// - Returns: Samples made; not above 0 if the payload is malformed.
    private func decode(_ payload: Span<UInt8>, room: Int, isCopy: Bool, into samples: inout [Int16]) -> Int {
        var made = 0
        let decoder = states.decoder
        payload.withUnsafeBufferPointer { bytes in
            samples.append(upTo: room) { output in
                let data = bytes.isEmpty ? nil : bytes.baseAddress
                let length = Int32(clamping: bytes.count)
                made = Int(opus_decode(decoder, data, length, output, Int32(room), isCopy ? 1 : 0))
                return made
            }
        }
        return made
    }

    public func encode(_ samples: Span<Int16>, into payload: inout [UInt8]) -> Transmission {
        let milliseconds = [10, 20, 40, 60].first { $0 * sampleRate / 1_000 >= samples.count } ?? 60
        let length = milliseconds * sampleRate / 1_000
        guard samples.count < length else { return encode(whole: samples, into: &payload) }
        frame.removeAll(keepingCapacity: true)
        for index in samples.indices { frame.append(samples[index]) }
        frame.append(contentsOf: repeatElement(0, count: length - samples.count))
        let filled = frame
        return encode(whole: filled.span, into: &payload)
    }

    private func encode(whole samples: Span<Int16>, into payload: inout [UInt8]) -> Transmission {
        let start = payload.count
        let encoder = states.encoder
        samples.withUnsafeBufferPointer { input in
            payload.append(upTo: Self.largestFrame) { output in
                guard let first = input.baseAddress else { return 0 }
                return Int(opus_encode(encoder, first, Int32(clamping: input.count), output, Int32(Self.largestFrame)))
            }
        }
        let made = payload.count - start
        guard made > 0, !(usesDTX && made <= 2) else {
            payload.removeLast(made)
            return .nothing
        }
        return .speech
    }

    public func reset() {
        _ = sidetone_opus_encoder_reset(states.encoder)
        _ = sidetone_opus_decoder_reset(states.decoder)
        isPaused = false
    }
}
