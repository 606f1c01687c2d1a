extension PayloadFormat {
    var isAMR: Bool { encodingName.equalsIgnoringCase("AMR") || encodingName.equalsIgnoringCase("AMR-WB") }

    /// Whether a peer that offers `other` can be answered with this codec of ours (RFC 3264 §6.1).
    func accepts(_ other: PayloadFormat) -> Bool {
        hasSameEncoding(as: other) && !isTelephoneEvent && other.refusal == nil
    }

    /// The codec of an answer: the payload type of the offer, with parameters of our own and those that have to come
    /// back as they were offered.
    func answering(_ offered: PayloadFormat) -> PayloadFormat {
        var result = offered
        if isAMR {
            result.formatParameters = answeredAMRParameters(offered)
        } else if encodingName.equalsIgnoringCase("G729") {
            // Comfort noise of Annex B is the default; who does not want it must not get it (RFC 4856 §2.1.9).
            result.formatParameters = offered.formatParameter("annexb") == "no" ? "annexb=no" : formatParameters
        } else {
            result.formatParameters = formatParameters
        }
        return result
    }

    /// The form of the payload and the modes are those of the offer. That we change modes only every second frame, if
    /// the peer wants that, and that we send no frame twice, is said to a peer that said the like (RFC 4867 §8.3.1).
    private func answeredAMRParameters(_ offered: PayloadFormat) -> String? {
        var parts: [String] = []
        for name in ["octet-align", "mode-set", "mode-change-period", "mode-change-neighbor"] {
            guard let value = offered.formatParameter(name), !value.isEmpty, value != "0" || name == "mode-set" else {
                continue
            }
            parts.append("\(name)=\(value)")
        }
        if offered.formatParameter("mode-change-capability") != nil { parts.append("mode-change-capability=2") }
        if offered.formatParameter("max-red") != nil { parts.append("max-red=0") }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    /// This format of an answer, as it is used: what has to be the same in both directions is that of the offer where
    /// the answer does not say it.
    func completed(from offered: PayloadFormat) -> PayloadFormat {
        guard isAMR, formatParameters == nil else { return self }
        var result = self
        result.formatParameters = offered.formatParameters
        return result
    }

    /// The packet time nearest to a wanted one, not above it, that the codec can fill, 10 to 60 ms: the frames of AMR
    /// last 20 ms, Opus has packets of 10, 20, 40 and 60, all else has steps of 10.
    func packetTime(near milliseconds: Int) -> Int {
        let limited = min(max(milliseconds, 10), 60)
        if isAMR { return max(limited / 20 * 20, 20) }
        if encodingName.equalsIgnoringCase("opus"), limited >= 20 { return limited / 20 * 20 }
        return limited / 10 * 10
    }

    /// Whether the codec leaves the description of noise in pauses to payload type `CN` (RFC 3389 §1).
    var usesComfortNoise: Bool {
        ["PCMA", "PCMU", "G722", "L16"].contains { encodingName.equalsIgnoringCase($0) }
    }
}
