/// An encoder and decoder of one RTP payload format, with the state that both need. Mono.
///
/// A codec belongs to one leg and is used by one thread at a time. None of its functions allocates once the arrays it
/// appends to have reached their working size.
public protocol SpeechCodec: AnyObject {
    /// Samples per second of the audio it takes and gives.
    var sampleRate: Int { get }
    /// Ticks per second of its RTP timestamps.
    var clockRate: Int { get }

    /// What a payload lasts, in RTP ticks; `nil` if it is malformed or empty.
    func ticks(of payload: Span<UInt8>) -> Int?

    /// Mean square of a payload's samples, if that can be told without disturbing the decoder.
    func power(of payload: Span<UInt8>) -> Double?

    /// Appends the decoded samples.
    func decode(_ payload: Span<UInt8>, into samples: inout [Int16]) throws(CodecError)

    /// Appends `count` samples in place of a payload that did not come.
    func conceal(_ count: Int, into samples: inout [Int16])

    /// Appends the payload for a packet of these samples.
    func encode(_ samples: Span<Int16>, into payload: inout [UInt8])

    /// Forgets the past of both directions.
    func reset()
}

public enum CodecError: Error, Sendable, Hashable {
    /// The payload is not one of this codec.
    case malformedPayload
    /// This build has no such codec.
    case unsupported(name: String, clockRate: Int)
    /// No sample rate of this kind can be resampled.
    case unsupportedRate(Int)
}

/// The codecs of this build, by their names in session descriptions.
public enum CodecCatalog {
    /// Encoding names in the spelling of their RFCs, in the order of preference.
    public static let encodingNames = ["PCMA", "PCMU"]

    /// Makes a codec.
    ///
    /// - Parameters:
    ///   - name: The encoding name of the `rtpmap`; compares without case.
    ///   - clockRate: RTP clock rate in Hz.
    ///   - channels: Only 1 is supported.
    public static func codec(named name: String, clockRate: Int, channels: Int) throws(CodecError) -> any SpeechCodec {
        guard channels == 1, clockRate == 8_000 else { throw .unsupported(name: name, clockRate: clockRate) }
        switch name.uppercased() {
        case "PCMA": return G711Codec(law: .a)
        case "PCMU": return G711Codec(law: .mu)
        default: throw .unsupported(name: name, clockRate: clockRate)
        }
    }
}
