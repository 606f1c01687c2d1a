extension SessionDescription {
    /// Whether a party that knows `earlier` can do with this description's audio what it needs keys for: the same
    /// profile, no key that the earlier description did not hold, the same certificates.
    public func hasSameProtection(as earlier: SessionDescription) -> Bool {
        guard let new = activeAudio, let old = earlier.activeAudio else { return false }
        guard new.transportProtocol.equalsIgnoringCase(old.transportProtocol) else { return false }
        switch RTPProfile(new.transportProtocol)?.keyAgreement {
        case nil: return true
        case .descriptions?: return new.keyTexts.isSubset(of: old.keyTexts)
        case .dtls?: return Set(new.fingerprints(in: self)) == Set(old.fingerprints(in: earlier))
        }
    }
}

extension MediaDescription {
    /// Suite and keys of each line `a=crypto`, without the tag, which is another in each offer.
    fileprivate var keyTexts: Set<String> {
        Set(
            lines.attributes("crypto").map { line in
                line.split(separator: " ", maxSplits: 1).last.map(String.init) ?? ""
            })
    }
}
