/// An encoder and decoder of one RTP payload format, with the state that both need. Mono.
///
/// A codec belongs to one leg and is used by one thread at a time. None of its functions allocates once the arrays it
/// appends to have reached their working size.
public protocol SpeechCodec: AnyObject {
    /// Samples per second of the audio it takes and gives.
    var sampleRate: Int { get }
    /// Ticks per second of its RTP timestamps; not always ``sampleRate`` (RFC 3551 §4.5.2, RFC 7587 §4.1).
    var clockRate: Int { get }
    /// Octets of the largest payload it takes.
    var maximumPayload: Int { get }

    /// The length of a packet in milliseconds, nearest to what the peer asked for, that it can make.
    func packetTime(near milliseconds: Int) -> Int

    /// Takes and gives audio at another rate from now on if the codec has several; the nearest it has.
    func prefer(sampleRate: Int)

    /// What a payload lasts, in RTP ticks; `nil` if it is malformed or empty.
    func ticks(of payload: Span<UInt8>) -> Int?

    /// Mean square of a payload's samples, if that can be told without disturbing the decoder.
    func power(of payload: Span<UInt8>) -> Double?

    /// Appends the decoded samples. If it throws, nothing or a part of them was appended.
    func decode(_ payload: Span<UInt8>, into samples: inout [Int16]) throws(CodecError)

    /// Appends `count` samples in place of a payload that did not come: lost, or not sent because the source has
    /// nothing to say.
    ///
    /// - Parameter next: The payload that follows directly on the gap, which may hold a copy of what was lost; empty
    ///   if it is not there.
    func conceal(_ count: Int, next: Span<UInt8>, into samples: inout [Int16])

    /// Appends the payload for a packet of these samples: ``packetTime(near:)`` milliseconds of them, or less at the
    /// end of a talkspurt, which is filled up with silence.
    func encode(_ samples: Span<Int16>, into payload: inout [UInt8]) -> Transmission

    /// Whether the source has said that it pauses: what does not come then is not lost.
    var isPaused: Bool { get }

    /// The network loses this share of what is sent, 0 to 1: the encoder may protect it, as far as the peer takes that.
    func expect(loss: Double)

    /// Whether a packet may hold a copy of the one before, so that waiting for it is of use when packets are lost.
    var carriesCopies: Bool { get }

    /// Forgets the past of both directions.
    func reset()
}

/// What an encoder made of a packet's samples.
public enum Transmission: Sendable, Hashable {
    /// A packet to send.
    case speech
    /// A packet to send that describes background noise. Speech after it begins a talkspurt.
    case comfortNoise
    /// Nothing was appended and nothing is to be sent. Speech after it begins a talkspurt.
    case nothing
}

extension SpeechCodec {
    public var maximumPayload: Int { 640 }

    public var isPaused: Bool { false }

    public func expect(loss: Double) {}

    public var carriesCopies: Bool { false }

    public func packetTime(near milliseconds: Int) -> Int {
        min(max(milliseconds, 10), 60) / 10 * 10
    }

    public func prefer(sampleRate: Int) {}

    public func power(of payload: Span<UInt8>) -> Double? { nil }

    /// Appends `count` samples in place of a payload that did not come.
    public func conceal(_ count: Int, into samples: inout [Int16]) {
        conceal(count, next: Span(), into: &samples)
    }
}

public enum CodecError: Error, Sendable, Hashable {
    /// The payload is not one of this codec.
    case malformedPayload
    /// This build has no such codec.
    case unsupported(name: String, clockRate: Int)
    /// A format parameter (`fmtp`) asks for what is not built, or has no meaning.
    case unsupportedParameter(name: String, value: String)
    /// No sample rate of this kind can be resampled.
    case unsupportedRate(Int)
}
