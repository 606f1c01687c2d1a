/// A request method. Compares with case (RFC 3261 §7.1).
public struct SIPMethod: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    public init(stringLiteral value: StaticString) {
        rawValue = value.description
    }

    public var description: String { rawValue }

    public static let invite: SIPMethod = "INVITE"
    public static let ack: SIPMethod = "ACK"
    public static let bye: SIPMethod = "BYE"
    public static let cancel: SIPMethod = "CANCEL"
    public static let options: SIPMethod = "OPTIONS"
    public static let register: SIPMethod = "REGISTER"
    /// RFC 3262.
    public static let prack: SIPMethod = "PRACK"
    /// RFC 3311.
    public static let update: SIPMethod = "UPDATE"
    /// RFC 3428.
    public static let message: SIPMethod = "MESSAGE"
    /// RFC 3515.
    public static let refer: SIPMethod = "REFER"
    /// RFC 3903.
    public static let publish: SIPMethod = "PUBLISH"
    /// RFC 6086.
    public static let info: SIPMethod = "INFO"
    /// RFC 6665.
    public static let subscribe: SIPMethod = "SUBSCRIBE"
    public static let notify: SIPMethod = "NOTIFY"

    /// The methods of RFC 3261 and of the RFCs above.
    public static let registered: [SIPMethod] = [
        .invite, .ack, .bye, .cancel, .options, .register, .prack, .update, .message, .refer, .publish, .info,
        .subscribe, .notify,
    ]

    init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        switch range.count {
        case 6 where bytes.equals("INVITE", at: range): rawValue = "INVITE"
        case 3 where bytes.equals("ACK", at: range): rawValue = "ACK"
        case 3 where bytes.equals("BYE", at: range): rawValue = "BYE"
        // A string of up to 15 octets lies in the value itself and needs no memory of its own.
        default: rawValue = bytes.string(range)
        }
    }
}
