/// Bytes that are no session description: what was wrong and where.
public struct SDPParseError: Error, Sendable, Hashable {
    public enum Fault: Sendable, Hashable {
        /// The description ends before it has begun.
        case empty
        /// A line that is not a lower-case letter, `=` and a value.
        case notALine
        /// A NUL or a carriage return inside a line.
        case controlCharacter
        /// `v=0` must come first.
        case unsupportedVersion
        /// The line named must be there.
        case missing(Character)
        /// The line named may stand once, and only before the first `m=`.
        case misplaced(Character)
        /// A line of this type does not match its grammar.
        case malformed(Character)
        case numberOutOfRange
        case bodyTooLong(limit: Int)
        case lineTooLong(limit: Int)
        case tooManyMediaDescriptions(limit: Int)
        case tooManyFormats(limit: Int)
        case tooManyAttributes(limit: Int)
    }

    public let fault: Fault
    /// Counted from 1.
    public let line: Int
    /// Bytes from the start of the description to the line or field at fault.
    public let offset: Int

    public init(_ fault: Fault, line: Int, offset: Int) {
        self.fault = fault
        self.line = line
        self.offset = offset
    }

    /// The SIP status to answer a request with that carries this body (RFC 3261 §21.4.1, §21.5.7).
    public var sipStatus: Int {
        switch fault {
        case .bodyTooLong: 513
        default: 400
        }
    }
}

extension SDPParseError: CustomStringConvertible {
    public var description: String {
        "line \(line), byte \(offset): \(fault.explanation)"
    }
}

extension SDPParseError.Fault {
    var explanation: String {
        switch self {
        case .empty: "the session description is empty"
        case .notALine: "not of the form <letter>=<value>"
        case .controlCharacter: "NUL or carriage return inside a line"
        case .unsupportedVersion: "must begin with v=0"
        case .missing(let type): "there is no \(type)= line"
        case .misplaced(let type): "\(type)= stands twice or after m="
        case .malformed(let type): "\(type)= does not match its grammar"
        case .numberOutOfRange: "number out of range"
        case .bodyTooLong(let limit): "longer than \(limit) bytes"
        case .lineTooLong(let limit): "line longer than \(limit) bytes"
        case .tooManyMediaDescriptions(let limit): "more than \(limit) m= lines"
        case .tooManyFormats(let limit): "more than \(limit) formats"
        case .tooManyAttributes(let limit): "more than \(limit) a= lines"
        }
    }
}
