import ApplicationServer
import IMS

/// The keys of a diversion.
extension ConfigurationTable {
    private typealias DiversionKey = ConfigurationKey<DiversionDefinition>

    static let diversion: [ConfigurationKey<DiversionDefinition>] =
        [
            target("divert.unconditional", .unconditional, "Name of a transfer target that gets every call."),
            target("divert.busy", .busy, "The one that gets a call which the served user answers 486 or 600."),
            target("divert.noReply", .noReply, "The one that gets a call which rings for ringTime."),
            target(
                "divert.notReachable", .notReachable,
                "The one that gets a call for which there is no answer, or 408, 480 or 5xx before it rings."),
            target(
                "divert.notRegistered", .notRegistered,
                "The one that gets calls of the session case terminating-unregistered."),
            DiversionKey(
                "ringTime", \.ringTime, .duration(in: .seconds(1) ... .seconds(180)), unit: durationUnit,
                "How long the served user's telephone may ring, with divert.noReply."),
            DiversionKey(
                "servedBy", \.servedBy, ValueType<String>.sipURI.optional,
                "The PBX that has the served user; without it, back to the S-CSCF by the original dialog identifier."),
            DiversionKey(
                "limit", \.limit, .number(1...32),
                "Diversions that a call may have seen, with this one; History-Info and Diversion tell."),
            DiversionKey("notify", \.notifiesCaller, .flag, "Whether the caller is told by 181."),
            DiversionKey(
                "diversionHeader", \.writesDiversion, .flag,
                "Whether Diversion (RFC 5806) is written beside History-Info, for old networks."),
        ]
        + routing.map { $0.within(\.onward) }

    private static func target(
        _ name: String, _ condition: CommunicationDiversion.Condition, _ meaning: String
    ) -> ConfigurationKey<DiversionDefinition> {
        ConfigurationKey(name, \.targets[condition], ValueType<String>.name.optional, meaning)
    }
}
