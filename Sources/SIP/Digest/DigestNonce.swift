import Timing

/// A nonce that says when it was made and proves that we made it, so that nothing is kept for one that is not used.
///
/// 64 hexadecimal digits: time in nanoseconds (8 octets), salt (8), HMAC-SHA-256 over both and the realm (16).
struct DigestNonce: Sendable, Hashable {
    let issued: MonotonicTime
    let salt: UInt64

    func text(key: [UInt8], realm: String) -> String? {
        guard let mac = mac(key: key, realm: realm) else { return nil }
        return (octets + mac).hexadecimal
    }

    init(issued: MonotonicTime, salt: UInt64) {
        self.issued = issued
        self.salt = salt
    }

    /// - Returns: `nil` for a nonce that we did not make, or for another realm.
    init?(_ text: String, key: [UInt8], realm: String) {
        guard text.utf8.count == 64, let octets = text.hexadecimalOctets, octets.count == 32 else { return nil }
        issued = MonotonicTime(nanoseconds: Int64(bitPattern: Self.number(octets[0..<8])))
        salt = Self.number(octets[8..<16])
        guard let mac = mac(key: key, realm: realm), KeyedHash.isEqual(mac, Array(octets[16..<32])) else { return nil }
    }

    private var octets: [UInt8] {
        [UInt64(bitPattern: issued.nanoseconds), salt].flatMap { number in
            (0..<8 as Range<UInt64>).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
        }
    }

    private func mac(key: [UInt8], realm: String) -> [UInt8]? {
        KeyedHash.sha256(octets + Array(realm.utf8), key: key).map { Array($0.prefix(16)) }
    }

    private static func number(_ octets: ArraySlice<UInt8>) -> UInt64 {
        octets.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
