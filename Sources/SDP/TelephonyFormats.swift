extension PayloadFormat {
    /// The formats that stand for a codec in offers of ours, the preferred one first; empty for a name that is none.
    ///
    /// In an answer the payload type and what else the peer decides are the peer's.
    ///
    /// - Parameter name: The encoding name of an `rtpmap`; compares without case.
    public static func formats(named name: String) -> [PayloadFormat] {
        switch name.uppercased() {
        case "PCMA": [.pcma]
        case "PCMU": [.pcmu]
        case "G722": [PayloadFormat(payloadType: 9, encodingName: "G722", clockRate: 8_000)]
        case "G729": [PayloadFormat(payloadType: 18, encodingName: "G729", clockRate: 8_000)]
        case "OPUS":
            [
                // Engines take 24 kHz at most.
                PayloadFormat(
                    payloadType: 111,
                    encodingName: "opus",
                    clockRate: 48_000,
                    channels: 2,
                    formatParameters: "maxplaybackrate=24000; useinbandfec=1"
                )
            ]
        case "AMR-WB": adaptiveMultiRate("AMR-WB", clockRate: 16_000, payloadType: 104)
        case "AMR": adaptiveMultiRate("AMR", clockRate: 8_000, payloadType: 102)
        case "L16":
            [
                PayloadFormat(payloadType: 112, encodingName: "L16", clockRate: 16_000),
                PayloadFormat(payloadType: 113, encodingName: "L16", clockRate: 8_000),
            ]
        default: []
        }
    }

    /// Bandwidth-efficient and octet-aligned, for a peer may know one only.
    private static func adaptiveMultiRate(_ name: String, clockRate: Int, payloadType: UInt8) -> [PayloadFormat] {
        ["", "octet-align=1; "].enumerated().map { index, form in
            PayloadFormat(
                payloadType: payloadType + UInt8(index),
                encodingName: name,
                clockRate: clockRate,
                formatParameters: form + "mode-change-capability=2; max-red=0"
            )
        }
    }
}
