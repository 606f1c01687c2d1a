import ApplicationServer

/// Where calls go when their engine cannot take them.
public struct FallbackDefinition: Sendable, Hashable {
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        /// The AS carries the INVITE on to ``FallbackDefinition/uri``.
        case route
        /// The AS forwards the INVITE as a stateful proxy and leaves the call.
        case proxy
        /// The AS answers 503, so that the default handling of the S-CSCF acts.
        case reject
        /// The AS hands the INVITE back to the S-CSCF, so that the next criterion acts.
        case resume
    }

    public enum Forking: String, Sendable, Hashable, CaseIterable {
        /// One after another.
        case serial
        /// All together.
        case parallel
    }

    /// The legacy PBX; ``Mode/route`` and ``Mode/proxy`` need it, the others send calls there that lose their engine later.
    public var uri: String?
    public var mode = Mode.route
    /// Of ``Mode/proxy``: further SIP URIs.
    public var alternatives: [String] = []
    /// Of ``Mode/proxy``: how ``uri`` and ``alternatives`` are called.
    public var forking = Forking.serial
    /// Who is called after ``uri`` when the engine is lost in mid-call, and what the caller hears in the end.
    public var rescue = RescueSettings()
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
