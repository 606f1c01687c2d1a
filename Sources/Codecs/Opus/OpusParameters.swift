/// What a receiver of Opus asks its sender for (RFC 7587 §6.1). What is missing or has no meaning is the default.
public struct OpusParameters: Sendable, Hashable {
    /// Hz; audio above half of it need not be sent.
    public var maximumPlaybackRate = 48_000
    /// Bits per second; `nil` leaves it to the sender.
    public var maximumAverageBitrate: Int?
    /// Constant bit rate instead of variable.
    public var usesConstantBitrate = false
    /// Whether copies of lost frames are of use.
    public var usesForwardErrorCorrection = false
    /// Whether the sender may send less in pauses.
    public var usesDTX = false

    public init() {}

    /// - Parameter parameter: The value of a parameter of the peer's `fmtp`.
    public init(_ parameter: (String) -> String?) {
        func number(_ name: String, in range: ClosedRange<Int>) -> Int? {
            guard let text = parameter(name), let value = Int(text), range.contains(value) else { return nil }
            return value
        }
        maximumPlaybackRate = number("maxplaybackrate", in: 8_000...48_000) ?? 48_000
        maximumAverageBitrate = number("maxaveragebitrate", in: 6_000...510_000)
        usesConstantBitrate = parameter("cbr") == "1"
        usesForwardErrorCorrection = parameter("useinbandfec") == "1"
        usesDTX = parameter("usedtx") == "1"
    }

    /// Bits per second for speech that is given at `sampleRate`; a third more if copies of lost frames have to fit in.
    func bitrate(sampleRate: Int, isProtected: Bool) -> Int {
        let wanted =
            switch min(sampleRate, maximumPlaybackRate) {
            case ...8_000: 16_000
            case ...16_000: 24_000
            default: 32_000
            }
        let needed = isProtected ? wanted * 4 / 3 : wanted
        return min(needed, maximumAverageBitrate ?? needed)
    }
}
