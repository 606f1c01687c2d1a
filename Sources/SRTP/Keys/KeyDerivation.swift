/// Makes session keys of a master key: AES in counter mode, the label in the first block, with a key derivation rate
/// of zero.
///
/// Source: RFC 3711 §4.3.1 and §4.3.3; for GCM, whose salt is two octets shorter, RFC 7714 §11.
struct KeyDerivation: ~Copyable {
    /// What a session key is for (RFC 3711 §4.3.2).
    enum Label: UInt8, CaseIterable {
        case rtpEncryption = 0
        case rtpAuthentication
        case rtpSalt
        case rtcpEncryption
        case rtcpAuthentication
        case rtcpSalt
    }

    private let cipher: CounterCipher
    private let salt: UInt128

    init(_ master: SRTPMasterKey) throws(SRTPError) {
        cipher = try CounterCipher(key: master.key)
        // 112 bits; a salt of 96 has 16 of zero behind it.
        salt = UInt128(bigEndian: master.salt) << (8 * (14 - master.salt.count))
    }

    /// - Parameter count: Octets wanted.
    func key(_ label: Label, count: Int) throws(SRTPError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let block = (salt ^ UInt128(label.rawValue) << 48) << 16
        var isDone = false
        bytes.withUnsafeMutableBufferPointer { isDone = cipher.apply(block: block, to: $0) }
        guard isDone else { throw .cryptography }
        return bytes
    }
}

extension UInt128 {
    /// The number that these octets are, the first one the most significant; of more than sixteen the last ones.
    init(bigEndian bytes: [UInt8]) {
        self = bytes.reduce(0) { $0 << 8 | UInt128($1) }
    }
}
