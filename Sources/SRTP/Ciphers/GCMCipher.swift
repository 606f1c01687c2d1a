import CCrypto

/// AES in Galois/counter mode under one key, with a tag of sixteen octets.
struct GCMCipher: ~Copyable {
    static let tagLength = 16

    /// What is authenticated without being encrypted: octets of the packet, and a word that may follow them.
    typealias AssociatedData = (header: UnsafeBufferPointer<UInt8>, word: UInt32?)

    private let context: OpaquePointer

    /// - Parameter key: 16 or 32 octets.
    init(key: [UInt8]) throws(SRTPError) {
        guard let context = sidetone_gcm_cipher_make(key, key.count) else { throw .cryptography }
        self.context = context
    }

    deinit { sidetone_gcm_cipher_free(context) }

    /// Encrypts in place.
    ///
    /// - Parameters:
    ///   - vector: The low 96 bits, the most significant octet first.
    ///   - tag: Room for ``tagLength`` octets.
    func seal(
        vector: UInt128,
        _ associated: AssociatedData,
        _ bytes: UnsafeMutableBufferPointer<UInt8>,
        tag: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        withArguments(vector, associated.word) { vector, word, wordLength in
            sidetone_gcm_cipher_seal(
                context, vector, associated.header.baseAddress, associated.header.count, word, wordLength,
                bytes.baseAddress, bytes.count, tag) == 1
        }
    }

    /// Decrypts in place.
    ///
    /// - Returns: `false` if the tag is another; the octets are of no use then.
    func open(
        vector: UInt128,
        _ associated: AssociatedData,
        _ bytes: UnsafeMutableBufferPointer<UInt8>,
        tag: UnsafePointer<UInt8>
    ) -> Bool {
        withArguments(vector, associated.word) { vector, word, wordLength in
            sidetone_gcm_cipher_open(
                context, vector, associated.header.baseAddress, associated.header.count, word, wordLength,
                bytes.baseAddress, bytes.count, tag) == 1
        }
    }

    private func withArguments(
        _ vector: UInt128,
        _ word: UInt32?,
        _ body: (UnsafePointer<UInt8>?, UnsafePointer<UInt8>?, Int) -> Bool
    ) -> Bool {
        var vectorOctets = (vector << 32).bigEndian
        var wordOctets = (word ?? 0).bigEndian
        return withUnsafeBytes(of: &vectorOctets) { vectorOctets in
            withUnsafeBytes(of: &wordOctets) { wordOctets in
                body(
                    vectorOctets.bindMemory(to: UInt8.self).baseAddress,
                    wordOctets.bindMemory(to: UInt8.self).baseAddress,
                    word == nil ? 0 : wordOctets.count
                )
            }
        }
    }
}
