/// What the `fmtp` of AMR and AMR-WB says of the payloads and of the modes (RFC 4867 §8.1, §8.2).
public struct AMRParameters: Sendable, Hashable {
    /// Octet-aligned instead of bandwidth-efficient payloads.
    public var isOctetAligned = false
    /// Modes that may be sent, ascending; `nil` allows all.
    public var modeSet: [UInt8]?
    /// The mode may change every this many frames: 1 or 2.
    public var modeChangePeriod = 1
    /// The mode may change to a neighbour in the set only.
    public var changesToNeighborsOnly = false

    public init() {}

    /// - Parameter parameter: The value of a parameter of the peer's `fmtp`.
    /// - Throws: ``CodecError/unsupportedParameter(name:value:)``: checksums, robust sorting, interleaving, several
    ///   channels, or a mode set that has no meaning.
    public init(band: AMRBand, _ parameter: (String) -> String?) throws(CodecError) {
        for name in ["crc", "robust-sorting", "interleaving"] {
            if let value = parameter(name), value != "0" { throw .unsupportedParameter(name: name, value: value) }
        }
        if let channels = parameter("channels"), channels != "1" {
            throw .unsupportedParameter(name: "channels", value: channels)
        }
        isOctetAligned = parameter("octet-align") == "1"
        if let text = parameter("mode-set"), !text.isEmpty {
            var modes: Set<UInt8> = []
            for part in text.split(separator: ",") {
                guard let mode = UInt8(part.filter { $0 != " " }), mode <= band.highestMode else {
                    throw .unsupportedParameter(name: "mode-set", value: text)
                }
                modes.insert(mode)
            }
            guard !modes.isEmpty else { throw .unsupportedParameter(name: "mode-set", value: text) }
            modeSet = modes.sorted()
        }
        modeChangePeriod = parameter("mode-change-period") == "2" ? 2 : 1
        changesToNeighborsOnly = parameter("mode-change-neighbor") == "1"
    }
}
