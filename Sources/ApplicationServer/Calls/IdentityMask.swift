import SIP

/// Hides who somebody is behind a keyed hash: the same person can still be followed from line to line, and nobody who
/// has not the key can find out by trial who it is.
public struct IdentityMask: Sendable {
    private let key: [UInt8]

    /// - Parameter key: Secret; identities are comparable where the same key hid them.
    public init(key: [UInt8]) {
        self.key = key
    }

    /// With a key of its own.
    public init() {
        var random = SystemRandomNumberGenerator()
        key = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }

    /// `sip:~3fa9c2d1e05b@ims.example` for a SIP URI, `tel:~3fa9c2d1e05b` for a telephone number, without parameters;
    /// `~3fa9c2d1e05b` for anything else. A number has the same hash in either, however it is separated.
    public func masked(_ identity: String) -> String {
        guard !identity.isEmpty else { return "" }
        guard let scheme = Self.scheme(at: identity.utf8.startIndex, of: identity) else { return hash(identity[...]) }
        let rest = identity[identity.utf8.index(identity.startIndex, offsetBy: scheme)...]
        let prefix = String(identity[..<rest.startIndex])
        let address = rest.prefix { $0 != ">" }
        // A user may have "?", ";" and "," in it (RFC 3261 §25.1, user-unreserved).
        if let at = address.lastIndex(of: "@") {
            return prefix + hash(Self.withoutParameters(address[..<at])) + Self.withoutParameters(address[at...])
        }
        // A SIP URI without a user names a host.
        let bare = Self.withoutParameters(address)
        return prefix.lowercased() == "tel:" ? prefix + hash(bare) : prefix + bare
    }

    /// The text with every SIP and telephone URI in it masked, and every other run of at least six digits.
    public func masked(text: String) -> String {
        var result = ""
        let utf8 = text.utf8
        var index = utf8.startIndex
        var copied = index
        while index < utf8.endIndex {
            let end: String.Index
            if Self.scheme(at: index, of: text) != nil {
                end = utf8[index...].firstIndex(where: Self.endsURI) ?? utf8.endIndex
                result += text[copied..<index] + masked(String(text[index..<end]))
            } else if utf8[index].isDigit {
                end = utf8[index...].firstIndex { !$0.isDigit } ?? utf8.endIndex
                guard utf8.distance(from: index, to: end) >= 6 else {
                    index = end
                    continue
                }
                result += text[copied..<index] + hash(text[index..<end])
            } else {
                utf8.formIndex(after: &index)
                continue
            }
            index = end
            copied = end
        }
        return result + text[copied...]
    }

    private func hash(_ text: Substring) -> String {
        let isNumber = text.utf8.allSatisfy { $0.isDigit || Self.separators.contains($0) }
        let octets = text.utf8.filter { !(isNumber && Self.separators.contains($0)) }
        return "~" + (KeyedHash.sha256(octets, key: key) ?? []).prefix(6).hexadecimal
    }

    private static func withoutParameters(_ text: Substring) -> Substring { text.prefix { $0 != ";" && $0 != "?" } }

    /// `+` and the visual separators of RFC 3966 §5.1.1.
    private static let separators: [UInt8] = Array("+-.()".utf8)
    private static let schemes = ["sips:", "sip:", "tel:"].map { Array($0.utf8) }

    /// - Returns: Octets of the scheme and its colon.
    private static func scheme(at index: String.Index, of text: String) -> Int? {
        // Most octets begin none of them.
        guard index < text.utf8.endIndex, [0x53, 0x54].contains(text.utf8[index] & 0xDF) else { return nil }
        return schemes.first { scheme in
            text.utf8[index...].prefix(scheme.count).elementsEqual(scheme) { $0 | 0x20 == $1 | 0x20 }
        }?.count
    }

    /// Whitespace, a control character, or what encloses URIs. A comma may be part of a user.
    private static func endsURI(_ byte: UInt8) -> Bool {
        byte <= 0x20 || [UInt8(ascii: ">"), UInt8(ascii: "<"), UInt8(ascii: "\"")].contains(byte)
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (0x30...0x39).contains(self) }
}
