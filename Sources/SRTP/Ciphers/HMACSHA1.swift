import CCrypto

/// HMAC-SHA1 under one key (RFC 2104), of which packets carry the first octets.
struct HMACSHA1: ~Copyable {
    /// Octets of the key that RFC 3711 §8.2 derives.
    static let keyLength = 20

    private let context: OpaquePointer

    /// - Parameter key: At most 64 octets.
    init(key: [UInt8]) throws(SRTPError) {
        guard let context = sidetone_hmac_sha1_make(key, key.count) else { throw .cryptography }
        self.context = context
    }

    deinit { sidetone_hmac_sha1_free(context) }

    /// Writes the first `length` octets of the hash of `bytes` and the word behind them.
    ///
    /// - Parameter length: At most 20.
    func write(
        of bytes: UnsafeBufferPointer<UInt8>,
        _ word: UInt32?,
        to tag: UnsafeMutablePointer<UInt8>,
        length: Int
    ) -> Bool {
        withHash(of: bytes, word) { tag.update(from: $0, count: length) }
    }

    /// Whether `tag` is the first `length` octets of the hash of `bytes` and the word behind them; takes the same time
    /// wherever they differ.
    func verify(
        of bytes: UnsafeBufferPointer<UInt8>,
        _ word: UInt32?,
        is tag: UnsafePointer<UInt8>,
        length: Int
    ) -> Bool {
        var isEqual = false
        return withHash(of: bytes, word) { isEqual = sidetone_equal($0, tag, length) == 1 } && isEqual
    }

    private func withHash(
        of bytes: UnsafeBufferPointer<UInt8>,
        _ word: UInt32?,
        _ body: (UnsafePointer<UInt8>) -> Void
    ) -> Bool {
        // Twenty octets, rounded up.
        var hash: (UInt128, UInt128) = (0, 0)
        var wordOctets = (word ?? 0).bigEndian
        return withUnsafeMutableBytes(of: &hash) { hash in
            withUnsafeBytes(of: &wordOctets) { wordOctets in
                guard let hash = hash.bindMemory(to: UInt8.self).baseAddress else { return false }
                let isDone =
                    sidetone_hmac_sha1_compute(
                        context, bytes.baseAddress, bytes.count, wordOctets.bindMemory(to: UInt8.self).baseAddress,
                        word == nil ? 0 : wordOctets.count, hash) == 1
                if isDone { body(hash) }
                return isDone
            }
        }
    }
}
