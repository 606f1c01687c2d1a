import ApplicationServer

/// The keys of a service that say how its calls go to others, with what, and who those may be.
extension ConfigurationTable {
    private typealias OnwardKey = ConfigurationKey<OnwardDefinition>

    static let onward: [ConfigurationKey<OnwardDefinition>] = [
        OnwardKey(
            "transferTargets", \.transferTargets, .uriMap,
            "Whom calls may go on to: names and URIs. Nothing else is called but what policy.allow has."),
        OnwardKey(
            "transferMethod", \.transferMethod, .choice(),
            "reinvite: third-party call control, we stay in signalling; refer: REFER to the caller's side."),
        OnwardKey(
            "transfer.ways", \.transfer.ways, ValueType<TransferMethod>.choice().list,
            "Ways of a transfer in the order they are tried: reinvite, refer, attended (REFER with Replaces), relay (our "
                + "ports stay in use). Without any, transferMethod is the only one."),
        OnwardKey(
            "transfer.route", \.transfer.route, .choice(),
            "direct: targets are called at the host of their URI; s-cscf: by outbound.servingCSCF, as calls of the served "
                + "user's."),
        OnwardKey(
            "transfer.next", \.transfer.next, ValueType<String>.name.list,
            "Names of transferTargets that are tried after the one that was asked for."),
        OnwardKey(
            "transfer.ringTime", \.transfer.ringTime, ValueType<Duration>.duration.optional, unit: durationUnit,
            "How long a target may ring, and a REFER be under way."),
        OnwardKey(
            "transfer.notifyTime", \.transfer.notifyTime, .duration, unit: durationUnit,
            "How long after the answer to a REFER its first NOTIFY may come."),
        OnwardKey(
            "transfer.limit", \.transfer.limit, ValueType<Duration>.duration.optional, unit: durationUnit,
            "All targets and ways of one transfer together."),
        OnwardKey(
            "transfer.offer", \.transfer.offer, .choice(),
            "reinvite: the caller is told of the new media by re-INVITE; update: by UPDATE if its Allow names it."),
        OnwardKey(
            "transfer.announcement", \.transfer.announcement, ValueType<String>.text.optional,
            "WAV file that the target of an attended transfer hears before the caller is put through."),
        OnwardKey(
            "transfer.afterTarget", \.transfer.afterTarget, .choice(),
            "What becomes of the caller when the target hangs up: hang-up, or return to the service."),
        OnwardKey(
            "transfer.releaseRetry", \.transfer.releaseRetry, ValueType<Duration>.duration.optional, unit: durationUnit,
            "A relayed call is tried to be released from the media path after so long, and later again; without it, "
                + "never."),
        OnwardKey(
            "handOver.userToUser", \.handOver.userToUser, .flag,
            "Send what is known of the call in a User-to-User header (RFC 7433)."),
        OnwardKey(
            "handOver.purpose", \.handOver.purpose, .token,
            "Purpose and content of User-to-User; isdn-uui begins with a protocol discriminator of 0."),
        OnwardKey(
            "handOver.limit", \.handOver.limit, .number(16...4_096), unit: "octets",
            "Data of User-to-User, before it is written in hexadecimal digits. ISDN carries 128."),
        OnwardKey(
            "handOver.headers", \.handOver.headers, .handOverHeaders,
            "Header fields and what each carries: \(HandOver.Field.allCases.map(\.rawValue).joined(separator: ", "))."),
        OnwardKey(
            "handOver.engineHeaders", \.handOver.engineHeaders, ValueType<String>.handOverHeader.list,
            "Header fields that the engine may write; all others of its are dropped."),
        OnwardKey(
            "handOver.body", \.handOver.body, .flag,
            "A JSON part beside the session description of the INVITE; who takes no multipart gets it without."),
        OnwardKey(
            "handOver.recordURL", \.handOver.recordURL, ValueType<String>.text.optional,
            "Where agents' desktops find a record: the URL but for the Call-ID at its end."),
        OnwardKey(
            "policy.allow", \.policy.allowed, ValueType<TargetRule>.targetRule.list,
            "Who may be called beside transferTargets: sip:user@host, sip:*@host for all but telephone numbers, "
                + "+4144 for numbers that begin so."),
        OnwardKey(
            "policy.deny", \.policy.denied, ValueType<TargetRule>.targetRule.list,
            "Who may not be called although policy.allow has them: premium numbers, for example."),
        OnwardKey(
            "policy.numberGateway", \.policy.numberGateway, ValueType<String>.sipURI.optional,
            "SIP URI without a user that takes calls to telephone numbers."),
        OnwardKey(
            "policy.maxTransfers", \.policy.maximumTransfers, .number(0...1_000),
            "Transfers that one call may ask for."),
        OnwardKey(
            "policy.maxCalls", \.policy.maximumCalls, .number(0...100_000), unit: "calls",
            "Calls of the service to others at a time, transferred ones included."),
        OnwardKey(
            "policy.perSecond", \.policy.maximumPerSecond, .number(0...100_000), unit: "calls",
            "Such calls begun in any one second."),
        OnwardKey(
            "policy.perMinute", \.policy.maximumPerMinute, .number(0...100_000), unit: "calls",
            "Such calls begun in any one minute."),
        OnwardKey(
            "policy.starters", \.policy.starterNames, ValueType<String>.name.list,
            "Who may start calls, by the name that the API knows them by."),
        OnwardKey(
            "policy.servedUsers", \.policy.servedUsers, ValueType<TargetRule>.targetRule.list,
            "For whom calls may be started beside outbound.servedUser, written as in policy.allow."),
    ]
}

extension ConfigurationTable {
    /// Those that matter when calls go on before an answer.
    static let routing = onward.filter { $0.name != "transferMethod" && !$0.name.hasPrefix("transfer.") }
}

extension CallPolicy {
    fileprivate var starterNames: [String] {
        get { starters.sorted() }
        set { starters = Set(newValue) }
    }
}

extension ValueType<TargetRule> {
    static let targetRule = ValueType.scalar("sip:user@host, sip:*@host or a number with its country code") { text in
        TargetRule(text)
    } render: {
        $0.description.quotedForYAML
    }
}

extension ValueType<String> {
    static let handOverHeader = ValueType.scalar("the name of a header field that is not one of SIP's own") { text in
        HandOverFormat.mayBeWritten(text) ? text : nil
    } render: {
        $0.quotedForYAML
    }
}

extension ValueType<[String: HandOver.Field]> {
    /// Names of header fields and what they carry.
    static let handOverHeaders = ValueType { node throws(ValueProblem) in
        guard case .map(let entries) = node.content else {
            throw ValueProblem("must be a mapping of header fields to what they carry, not \(node.kind)", at: node)
        }
        var result: [String: HandOver.Field] = [:]
        for entry in entries {
            let key = ConfigurationNode(content: .scalar(entry.key), origin: entry.keyOrigin)
            result[try ValueType<String>.handOverHeader.parse(key)] =
                try ValueType<HandOver.Field>.choice().parse(entry.value)
        }
        return result
    } render: { values in
        let entries = values.sorted { $0.key < $1.key }.map { "\($0.key.quotedForYAML): \($0.value.rawValue)" }
        return "{" + entries.joined(separator: ", ") + "}"
    }
}
