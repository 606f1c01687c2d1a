extension LocalProtection {
    /// Takes up what an offered stream says of encryption.
    ///
    /// - Parameter attributes: Receives what the answer says of it, as name and value.
    /// - Returns: `nil` if the stream is plain.
    /// - Throws: ``SDPNegotiationError``. An encrypted stream is never answered plainly.
    func answer(
        _ remote: RemoteAudio,
        attributes: inout [(name: String, value: String)]
    ) throws(SDPNegotiationError) -> MediaProtection? {
        guard let agreement = remote.profile.keyAgreement else {
            guard policy != .require else { throw .unprotectedMedia }
            return nil
        }
        guard policy != .off, agreements.contains(agreement) else {
            throw .unsupportedTransport(remote.description.transportProtocol)
        }
        switch agreement {
        case .descriptions:
            let (line, keys) = try agreedKeys(remote.description)
            attributes.append(("crypto", line.value))
            return .keys(keys)
        case .dtls:
            guard let fingerprint else { throw .unsupportedTransport(remote.description.transportProtocol) }
            guard !remote.fingerprints.isEmpty else { throw .missingFingerprint }
            guard let setup = remote.setup else { throw .dtlsRole }
            let ours: DTLSRole
            switch setup {
            case .actpass: ours = role ?? .active
            case .active: ours = .passive
            case .passive: ours = .active
            case .holdconn: throw .dtlsRole
            }
            attributes.append(("fingerprint", fingerprint.value))
            attributes.append(("setup", ours.rawValue))
            return .dtls(DTLSAgreement(role: ours, fingerprints: remote.fingerprints, handshake: handshake))
        }
    }

    /// The offer's first line that we can take, answered with our key of that suite (RFC 4568 §5.1.2).
    private func agreedKeys(
        _ description: MediaDescription
    ) throws(SDPNegotiationError) -> (line: CryptoAttribute, keys: AgreedKeys) {
        var refusal: CryptoRefusal?
        for offered in description.cryptoAttributes {
            switch offered {
            case .success(let line):
                guard let key = keys.first(where: { $0.suite == line.key.suite }) else {
                    refusal = refusal ?? .unknownSuite
                    continue
                }
                let agreed = AgreedKeys(local: key, remote: line.key, remoteLifetime: line.lifetime)
                return (CryptoAttribute(tag: line.tag, key: key), agreed)
            case .failure(let reason):
                // What is wrong with a suite that we have says more than that there are others.
                if refusal == nil || refusal == .unknownSuite { refusal = reason }
            }
        }
        throw .cryptoRefused(refusal ?? .missing)
    }

    /// What the answer to an offer of ours says of encryption.
    ///
    /// - Parameter offered: Our stream; the answer has the same profile.
    /// - Throws: ``SDPNegotiationError``.
    func accept(
        _ remote: RemoteAudio,
        to offered: MediaDescription
    ) throws(SDPNegotiationError) -> MediaProtection? {
        switch remote.profile.keyAgreement {
        case nil: return nil
        case .descriptions?:
            let lines = remote.description.cryptoAttributes
            guard let first = lines.first else { throw .cryptoRefused(.missing) }
            let answered: CryptoAttribute
            switch first {
            case .success(let line): answered = line
            case .failure(let reason): throw .cryptoRefused(reason)
            }
            let ours = offered.cryptoAttributes.lazy.compactMap { try? $0.get() }.first { $0.tag == answered.tag }
            guard lines.count == 1, let ours, ours.key.suite == answered.key.suite else {
                throw .cryptoRefused(.notOffered)
            }
            return .keys(
                AgreedKeys(local: ours.key, remote: answered.key, remoteLifetime: answered.lifetime))
        case .dtls?:
            guard !remote.fingerprints.isEmpty else { throw .missingFingerprint }
            switch remote.setup {
            case .active:
                return .dtls(DTLSAgreement(role: .passive, fingerprints: remote.fingerprints, handshake: handshake))
            case .passive:
                return .dtls(DTLSAgreement(role: .active, fingerprints: remote.fingerprints, handshake: handshake))
            case .actpass, .holdconn, nil: throw .dtlsRole
            }
        }
    }
}
