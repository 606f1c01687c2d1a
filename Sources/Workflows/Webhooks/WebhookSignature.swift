import CCrypto

/// Proves to the receiver of an event who has sent it and when.
///
/// The header is `t=<seconds>,v1=<hex>[,v1=<hex>]`: when it was signed, in seconds since 1970, and for each key
/// HMAC-SHA-256 (RFC 2104) over the decimal digits of the time, a full stop and the body. A receiver takes an event whose
/// time is near enough to its own clock and of which one signature is right.
public struct WebhookSignature: Sendable {
    /// Name of the header.
    public static let header = "sidetone-signature"

    /// While a key is changed there are two, the new one first.
    private let keys: [[UInt8]]

    public init(keys: [[UInt8]]) {
        self.keys = keys
    }

    /// - Parameter time: Seconds since 1970.
    public func value(of body: [UInt8], at time: Int64) -> String {
        let signed = Array("\(time).".utf8) + body
        return "t=\(time)" + keys.map { ",v1=\(Self.hash(signed, key: $0))" }.joined()
    }

    /// In lower-case hexadecimal digits.
    private static func hash(_ bytes: [UInt8], key: [UInt8]) -> String {
        var output = [UInt8](repeating: 0, count: Int(SIDETONE_MAX_DIGEST))
        let written = sidetone_hmac(SIDETONE_SHA256, key, key.count, bytes, bytes.count, &output)
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: output.prefix(written).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
