/// Reads digits out of RFC 4733 event packets, each exactly once, however many packets carry it.
///
/// An event is known by its RTP timestamp: the packet that shows a newer timestamp reports it, whether that is its
/// first, an update or an end packet, so the loss of any but all of them does no harm.
///
/// Source: RFC 4733 §2.3 and §2.5.2.
public struct TelephoneEventReceiver: Sendable {
    private var last: (ssrc: UInt32, timestamp: UInt32)?

    public init() {}

    /// - Parameters:
    ///   - payload: The payload of one packet; only its first event is read.
    /// - Returns: The digit if this is the first packet seen of it; `nil` for repeats, for what is older, for events
    ///   that are no DTMF digit, and for payloads too short.
    public mutating func receive(_ header: RTPHeader, payload: Span<UInt8>) -> Character? {
        guard payload.count >= 4 else { return nil }
        if let last, last.ssrc == header.ssrc {
            guard Int32(truncatingIfNeeded: Int64(header.timestamp) - Int64(last.timestamp)) > 0 else { return nil }
        }
        guard let digit = TelephoneEvent.digit(for: payload[0]) else { return nil }
        last = (header.ssrc, header.timestamp)
        return digit
    }
}

/// The event codes of DTMF digits (RFC 4733 §3.2).
public enum TelephoneEvent {
    private static let digits: [Character] = Array("0123456789*#ABCD")

    public static func digit(for code: UInt8) -> Character? {
        code < digits.count ? digits[Int(code)] : nil
    }

    /// `nil` for what is no digit; lower-case letters count.
    public static func code(for digit: Character) -> UInt8? {
        switch digit {
        case "a"..."d":
            return digit.asciiValue.map { $0 - UInt8(ascii: "a") + 12 }
        default:
            return digits.firstIndex(of: digit).map(UInt8.init)
        }
    }
}
