/// Why a payload format of the peer is not taken, although its codec is one of ours or one that we know.
public enum FormatRefusal: Sendable, Hashable, CaseIterable {
    /// Checksums, robust sorting or interleaving of AMR frames (RFC 4867 §4.4).
    case adaptiveMultiRateOption
    /// A `mode-set` that names no mode, or one that the codec has not.
    case modeSet
    /// EVS (3GPP TS 26.445): it passes through a routed call, but is never transcoded.
    case enhancedVoiceServices

    /// Says nothing the peer chose.
    var text: String {
        switch self {
        case .adaptiveMultiRateOption: "AMR with crc, robust sorting or interleaving is not supported"
        case .modeSet: "AMR mode-set without meaning"
        case .enhancedVoiceServices: "EVS is not transcoded"
        }
    }
}

extension PayloadFormat {
    /// Why this format of the peer cannot be taken; `nil` if nothing speaks against it.
    var refusal: FormatRefusal? {
        if encodingName.equalsIgnoringCase("EVS") { return .enhancedVoiceServices }
        guard isAMR else { return nil }
        for option in ["crc", "robust-sorting", "interleaving"] {
            if let value = formatParameter(option), value != "0" { return .adaptiveMultiRateOption }
        }
        guard let modes = formatParameter("mode-set"), !modes.isEmpty else { return nil }
        let highest: UInt8 = encodingName.equalsIgnoringCase("AMR") ? 7 : 8
        let areModes = modes.utf8.split(separator: UInt8(ascii: ",")).allSatisfy { mode in
            ArraySlice(mode).number(UInt8.self).map { $0 <= highest } ?? false
        }
        return areModes && modes.utf8.contains { $0.isDigit } ? nil : .modeSet
    }
}
