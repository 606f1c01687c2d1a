import ApplicationServer

/// The keys of a screening.
extension ConfigurationTable {
    private typealias ScreeningKey = ConfigurationKey<ScreeningDefinition>

    static let screening: [ConfigurationKey<ScreeningDefinition>] = [
        ScreeningKey(
            "allow", \.rules.allowed, ValueType<TargetRule>.targetRule.list,
            "Callers who get through: sip:user@host, sip:*@host for all but telephone numbers, +4144 for numbers that "
                + "begin so. Only what the network asserts counts."),
        ScreeningKey(
            "deny", \.rules.denied, ValueType<TargetRule>.targetRule.list,
            "Callers who are rejected although allow has them."),
        ScreeningKey(
            "anonymous", \.rules.anonymous, .choice(),
            "What becomes of those who keep their identity from the served user: allow, reject (433) or ask."),
        ScreeningKey("unknown", \.rules.unknown, .choice(), "What becomes of all others: allow, reject or ask."),
        ScreeningKey("status", \.status, .number(400...699), "The final response of reject."),
        ScreeningKey(
            "interviewer", \.interviewer, ValueType<String>.name.optional,
            "Name of a service, an assistant for example, that takes the calls of ask: it asks who it is, and transfers."
        ),
        ScreeningKey(
            "servedBy", \.servedBy, ValueType<String>.sipURI.optional,
            "The PBX that has the served user; without it, back to the S-CSCF by the original dialog identifier."),
    ]
}
