/// A text message with audio in it, of which only numbers and the audio change.
struct MediaTemplate: Sendable {
    enum Part: Sendable {
        case text([UInt8])
        /// Which message of the connection this is.
        case sequence
        /// Which message with audio this is, from 1.
        case chunk
        /// Milliseconds of audio that went before.
        case timestamp
        /// The audio as Base64.
        case audio
    }

    private let parts: [Part]

    init(_ parts: [Part]) {
        self.parts = parts
    }

    /// Appends the message. Allocates nothing if `frame` has room for it.
    func append(
        _ audio: Span<UInt8>,
        sequence: Int,
        chunk: Int,
        timestamp: Int,
        into frame: inout [UInt8]
    ) {
        for part in parts {
            switch part {
            case .text(let text): frame.append(contentsOf: text)
            case .sequence: frame.appendDecimal(sequence)
            case .chunk: frame.appendDecimal(chunk)
            case .timestamp: frame.appendDecimal(timestamp)
            case .audio: Base64.encode(audio, into: &frame)
            }
        }
    }
}

extension MediaTemplate.Part: ExpressibleByStringInterpolation {
    init(stringLiteral text: String) {
        self = .text(Array(text.utf8))
    }
}

extension [UInt8] {
    /// Appends the digits of a number that is not negative.
    mutating func appendDecimal(_ number: Int) {
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: abs(number / divisor % 10)))
            divisor /= 10
        }
    }
}
