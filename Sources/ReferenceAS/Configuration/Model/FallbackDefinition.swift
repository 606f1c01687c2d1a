/// Where calls go when their engine cannot take them.
public struct FallbackDefinition: Sendable, Hashable {
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        /// The AS carries the INVITE on to ``FallbackDefinition/uri``.
        case route
        /// The AS answers 503, so that the default handling of the S-CSCF acts.
        case reject
        /// The AS hands the INVITE back to the S-CSCF, so that the next criterion acts.
        case resume
    }

    /// The legacy PBX; ``Mode/route`` needs it, the others send calls there that lose their engine later.
    public var uri: String?
    public var mode = Mode.route
    /// From the INVITE until the engine has to be there.
    public var engineTimeout = Duration.milliseconds(1_500)

    /// An S-CSCF gives up on an AS after 2 s; the way back takes some of them.
    public static let longestEngineTimeout = Duration.milliseconds(1_900)

    public init() {}

    static var pbx: FallbackDefinition {
        var fallback = FallbackDefinition()
        fallback.uri = "sip:127.0.0.1:5070"
        return fallback
    }
}
