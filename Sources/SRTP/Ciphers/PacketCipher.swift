/// The session keys for RTP or for RTCP in one direction, applied to whole packets.
///
/// A packet lies in one run of octets: what stays in the clear, what is encrypted, and room for what protects it. The
/// initialisation vector joins session salt, SSRC and packet index (RFC 3711 §4.1.1, RFC 7714 §8.1 and §9.1).
struct PacketCipher: ~Copyable {
    private struct CounterAndHash: ~Copyable {
        let cipher: CounterCipher
        let hash: HMACSHA1
    }

    private enum Kind: ~Copyable {
        case counterAndHash(CounterAndHash)
        case gcm(GCMCipher)
    }

    /// Octets of the tag.
    let tagLength: Int
    private let kind: Kind
    private let salt: UInt128

    /// - Parameters:
    ///   - hashKey: For the suites with HMAC.
    init(_ suite: SRTPSuite, key: [UInt8], salt: [UInt8], hashKey: [UInt8], tagLength: Int) throws(SRTPError) {
        self.tagLength = tagLength
        self.salt = UInt128(bigEndian: salt)
        kind =
            suite.isGCM
            ? .gcm(try GCMCipher(key: key))
            : .counterAndHash(CounterAndHash(cipher: try CounterCipher(key: key), hash: try HMACSHA1(key: hashKey)))
    }

    static func rtp(_ master: SRTPMasterKey) throws(SRTPError) -> PacketCipher {
        let derivation = try KeyDerivation(master)
        let suite = master.suite
        return try PacketCipher(
            suite,
            key: derivation.key(.rtpEncryption, count: suite.keyLength),
            salt: derivation.key(.rtpSalt, count: suite.saltLength),
            hashKey: derivation.key(.rtpAuthentication, count: HMACSHA1.keyLength),
            tagLength: suite.rtpTagLength
        )
    }

    static func rtcp(_ master: SRTPMasterKey) throws(SRTPError) -> PacketCipher {
        let derivation = try KeyDerivation(master)
        let suite = master.suite
        return try PacketCipher(
            suite,
            key: derivation.key(.rtcpEncryption, count: suite.keyLength),
            salt: derivation.key(.rtcpSalt, count: suite.saltLength),
            hashKey: derivation.key(.rtcpAuthentication, count: HMACSHA1.keyLength),
            tagLength: suite.rtcpTagLength
        )
    }

    // MARK: RTP

    /// Encrypts what lies between the header and the last ``tagLength`` octets, and writes the tag into those.
    func sealRTP(_ packet: UnsafeMutableBufferPointer<UInt8>, header: Int, ssrc: UInt32, index: UInt64) -> Bool {
        let parts = Parts(packet, header: header, trailer: tagLength)
        switch kind {
        case .counterAndHash(let both):
            guard both.cipher.apply(block: counterBlock(ssrc, index), to: parts.content) else { return false }
            return both.hash.write(
                of: parts.beforeTrailer, rolloverCounter(index), to: parts.trailer, length: tagLength)
        case .gcm(let cipher):
            return cipher.seal(vector: gcmVector(ssrc, index), (parts.header, nil), parts.content, tag: parts.trailer)
        }
    }

    /// - Returns: `false`, and the packet must not be used, if the tag is another.
    func openRTP(_ packet: UnsafeMutableBufferPointer<UInt8>, header: Int, ssrc: UInt32, index: UInt64) -> Bool {
        let parts = Parts(packet, header: header, trailer: tagLength)
        switch kind {
        case .counterAndHash(let both):
            guard
                both.hash.verify(of: parts.beforeTrailer, rolloverCounter(index), is: parts.trailer, length: tagLength)
            else { return false }
            return both.cipher.apply(block: counterBlock(ssrc, index), to: parts.content)
        case .gcm(let cipher):
            return cipher.open(vector: gcmVector(ssrc, index), (parts.header, nil), parts.content, tag: parts.trailer)
        }
    }

    private func rolloverCounter(_ index: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: index >> 16) }

    // MARK: RTCP

    /// Octets behind a protected RTCP packet: the tag, and the index with the E bit.
    var rtcpTrailerLength: Int { tagLength + Self.wordLength }
    static let wordLength = 4
    static let encryptedBit: UInt32 = 1 << 31

    /// Where index and E bit are, from the end of a protected RTCP packet: before the tag of a hash, behind that of GCM.
    var wordDistanceFromEnd: Int {
        switch kind {
        case .counterAndHash: rtcpTrailerLength
        case .gcm: Self.wordLength
        }
    }

    /// Encrypts what lies between the header and the last ``rtcpTrailerLength`` octets, and writes those.
    ///
    /// - Parameter word: The index with the E bit.
    func sealRTCP(_ packet: UnsafeMutableBufferPointer<UInt8>, header: Int, ssrc: UInt32, word: UInt32) -> Bool {
        let parts = Parts(packet, header: header, trailer: rtcpTrailerLength)
        let index = UInt64(word & ~Self.encryptedBit)
        switch kind {
        case .counterAndHash(let both):
            parts.trailer.write(word)
            guard both.cipher.apply(block: counterBlock(ssrc, index), to: parts.content) else { return false }
            return both.hash.write(
                of: parts.beforeTrailer, word, to: parts.trailer + Self.wordLength, length: tagLength)
        case .gcm(let cipher):
            (parts.trailer + tagLength).write(word)
            return cipher.seal(vector: gcmVector(ssrc, index), (parts.header, word), parts.content, tag: parts.trailer)
        }
    }

    /// - Returns: `false`, and the packet must not be used, if the tag is another.
    func openRTCP(_ packet: UnsafeMutableBufferPointer<UInt8>, header: Int, ssrc: UInt32, word: UInt32) -> Bool {
        let parts = Parts(packet, header: header, trailer: rtcpTrailerLength)
        let index = UInt64(word & ~Self.encryptedBit)
        switch kind {
        case .counterAndHash(let both):
            let tag = parts.trailer + Self.wordLength
            guard both.hash.verify(of: parts.beforeTrailer, word, is: tag, length: tagLength) else { return false }
            return both.cipher.apply(block: counterBlock(ssrc, index), to: parts.content)
        case .gcm(let cipher):
            return cipher.open(vector: gcmVector(ssrc, index), (parts.header, word), parts.content, tag: parts.trailer)
        }
    }

    // MARK: Vectors

    private func counterBlock(_ ssrc: UInt32, _ index: UInt64) -> UInt128 {
        salt << 16 ^ UInt128(ssrc) << 64 ^ UInt128(index) << 16
    }

    private func gcmVector(_ ssrc: UInt32, _ index: UInt64) -> UInt128 {
        salt ^ UInt128(ssrc) << 48 ^ UInt128(index)
    }
}

/// A packet cut in three.
private struct Parts {
    let header: UnsafeBufferPointer<UInt8>
    let content: UnsafeMutableBufferPointer<UInt8>
    let beforeTrailer: UnsafeBufferPointer<UInt8>
    let trailer: UnsafeMutablePointer<UInt8>

    init(_ packet: UnsafeMutableBufferPointer<UInt8>, header length: Int, trailer trailerLength: Int) {
        let end = packet.count - trailerLength
        // The callers have measured the packet, which has a header: these are mistakes of ours.
        precondition(length <= end && trailerLength > 0)
        guard let base = packet.baseAddress else { preconditionFailure("a packet without octets") }
        header = UnsafeBufferPointer(start: base, count: length)
        content = UnsafeMutableBufferPointer(start: base + length, count: end - length)
        beforeTrailer = UnsafeBufferPointer(start: base, count: end)
        trailer = base + end
    }
}

extension UnsafeMutablePointer<UInt8> {
    /// Writes four octets, the most significant first.
    fileprivate func write(_ word: UInt32) {
        for index in 0..<4 { self[index] = UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32(index))) }
    }
}
