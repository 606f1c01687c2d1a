import CCrypto

/// AES in counter mode under one key.
struct CounterCipher: ~Copyable {
    private let context: OpaquePointer

    /// - Parameter key: 16 or 32 octets.
    init(key: [UInt8]) throws(SRTPError) {
        guard let context = sidetone_counter_cipher_make(key, key.count) else { throw .cryptography }
        self.context = context
    }

    deinit { sidetone_counter_cipher_free(context) }

    /// Encrypts or decrypts in place.
    ///
    /// - Parameter block: The first counter block, as a number whose most significant octet goes first.
    func apply(block: UInt128, to bytes: UnsafeMutableBufferPointer<UInt8>) -> Bool {
        var octets = block.bigEndian
        return withUnsafeBytes(of: &octets) { octets in
            sidetone_counter_cipher_apply(
                context, octets.bindMemory(to: UInt8.self).baseAddress, bytes.baseAddress, bytes.count) == 1
        }
    }
}
