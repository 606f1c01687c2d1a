/// Bytes that do not match the SIP grammar: what was wrong, where, and what to answer.
public struct SIPParseError: Error, Sendable, Hashable {
    public enum Fault: Sendable, Hashable {
        /// Another octet should stand here.
        case expected(UInt8)
        case expectedToken
        case expectedDigits
        case expectedURI
        case numberOutOfRange
        /// A control character, or CR and LF that are not a line end.
        case illegalCharacter
        /// The field must appear in every message of this kind (RFC 3261 §8.1.1, §20).
        case missing
        /// The field appears more than once and must not.
        case repeated
        /// The start line is neither a request line nor a status line.
        case malformedStartLine
        case unsupportedVersion
        /// The message ends before its header section or its body does.
        case truncated
        /// More octets or more fields than ``SIPLimits`` allows.
        case tooLong(limit: Int)
        /// Two fields contradict each other, such as CSeq and the request line.
        case mismatch
    }

    public let fault: Fault
    /// The header being read; `nil` in the start line and in the framing.
    public let field: HeaderName?
    /// Octets from the start of the field value, or of the message, to the fault.
    public let offset: Int
    /// At most 32 octets around `offset`, with everything but printable ASCII escaped: safe to log.
    public let excerpt: String

    public init(_ fault: Fault, field: HeaderName? = nil, offset: Int = 0, excerpt: String = "") {
        self.fault = fault
        self.field = field
        self.offset = offset
        self.excerpt = excerpt
    }

    init(_ fault: Fault, field: HeaderName?, offset: Int, in bytes: Span<UInt8>) {
        self.init(fault, field: field, offset: offset, excerpt: Self.excerpt(of: bytes, around: offset))
    }

    /// The same fault in a value that starts `distance` octets into what the offset is to count from.
    func shifted(by distance: Int) -> SIPParseError {
        SIPParseError(fault, field: field, offset: offset + distance, excerpt: excerpt)
    }

    /// The status a UAS answers with, when the request can be answered at all.
    public var responseStatus: StatusCode {
        switch fault {
        case .tooLong: .messageTooLarge
        case .unsupportedVersion: .versionNotSupported
        default: .badRequest
        }
    }

    static func excerpt(of bytes: Span<UInt8>, around offset: Int) -> String {
        let start = max(0, min(offset, bytes.count) - 12)
        let end = min(bytes.count, start + 32)
        var text = ""
        for index in start..<end {
            let byte = bytes[index]
            if byte >= 0x20, byte < 0x7F, byte != .backslash {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                text += "\\x" + (digits.utf8.count == 1 ? "0" + digits : digits)
            }
        }
        return text
    }
}

extension SIPParseError: CustomStringConvertible {
    public var description: String {
        let place = field.map(\.rawValue) ?? "message"
        let near = excerpt.isEmpty ? "" : " near \"\(excerpt)\""
        return "\(place), byte \(offset): \(fault.text)\(near)"
    }
}

extension SIPParseError.Fault {
    /// The fault as the end of a sentence.
    public var text: String {
        switch self {
        case .expected(let byte): "expected '\(Character(Unicode.Scalar(byte)))'"
        case .expectedToken: "expected a token"
        case .expectedDigits: "expected digits"
        case .expectedURI: "expected a URI"
        case .numberOutOfRange: "number out of range"
        case .illegalCharacter: "character not allowed here"
        case .missing: "required header field is missing"
        case .repeated: "header field must appear once only"
        case .malformedStartLine: "neither a request line nor a status line"
        case .unsupportedVersion: "SIP version is not 2.0"
        case .truncated: "message ends too early"
        case .tooLong(let limit): "longer than the limit of \(limit)"
        case .mismatch: "contradicts another part of the message"
        }
    }
}
