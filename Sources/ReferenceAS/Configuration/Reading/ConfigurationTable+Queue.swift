import ApplicationServer

/// The keys of a queue.
extension ConfigurationTable {
    private typealias QueueKey = ConfigurationKey<QueueDefinition>

    static let queue: [ConfigurationKey<QueueDefinition>] =
        [
            QueueKey(
                "agents", \.queue.agents, ValueType<String>.name.list, required: true,
                "Names of the transfer targets that callers are connected with."),
            QueueKey(
                "order", \.queue.order, .choice(),
                "Which of several free agents is called: linear the first of the list, round-robin the one after the last, "
                    + "least-recent the one whose last call is the longest ago."),
            QueueKey(
                "ringTime", \.queue.ringTime, .duration(in: .seconds(1) ... .seconds(180)), unit: durationUnit,
                "How long one agent's telephone may ring."),
            QueueKey(
                "pause", \.queue.pause, .duration(in: .milliseconds(100) ... .seconds(3_600)), unit: durationUnit,
                "How long an agent is left alone who did not take a call."),
            QueueKey(
                "wrapUp", \.queue.wrapUp, .duration(in: .zero ... .seconds(3_600)), unit: durationUnit,
                "How long an agent is left alone after a call."),
            QueueKey(
                "longestWait", \.queue.longestWait, .durationOrOff(in: .seconds(1) ... .seconds(14_400)),
                unit: durationUnit, "How long a caller may wait, from the INVITE on; off: for ever."),
            QueueKey("capacity", \.queue.capacity, .number(1...10_000), unit: "calls", "Callers who wait at a time."),
            QueueKey(
                "music", \.queue.music, .sound,
                "What they hear, again and again: file:PATH, or a tone such as \"tone:waiting 75s\"."),
            QueueKey(
                "announcement", \.queue.announcement, ValueType<Announcement.Sound>.sound.list,
                "What they are told at the beginning, and every interval."),
            QueueKey(
                "interval", \.queue.interval, .duration(in: .seconds(5) ... .seconds(3_600)), unit: durationUnit,
                "From one announcement to the next."),
            QueueKey(
                "overflow", \.queue.overflow, ValueType<String>.name.optional,
                "Name of the transfer target that takes a caller for whom there is no place, or who has waited long "
                    + "enough; without it, 486 or the end of the call."),
        ]
        + onward.map { $0.within(\.onward) }
}
