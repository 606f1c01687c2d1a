import ApplicationServer
import MediaTransport
import Operations
import SIPTransport

/// Counts calls as they end.
final class CallMetrics: CallObserver {
    private let ended: [CallRecord.Outcome: Operations.Counter]
    private let decision: Histogram
    private let firstAudio: Histogram
    private let score: Histogram
    private let release: Histogram
    private let queue: Histogram

    init(_ registry: MetricsRegistry) {
        var ended: [CallRecord.Outcome: Operations.Counter] = [:]
        for outcome in [CallRecord.Outcome.answered, .routed, .rejected, .cancelled, .failed] {
            ended[outcome] = registry.counter(
                "sidetone_calls_ended_total",
                help: "Calls that are over, by how they were taken.",
                labels: ["outcome": outcome.rawValue]
            )
        }
        self.ended = ended
        decision = registry.histogram(
            "sidetone_decision_seconds",
            help: "From the INVITE until it was decided who takes the call.",
            bounds: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2]
        )
        firstAudio = registry.histogram(
            "sidetone_first_audio_added_seconds",
            help: "From the arrival of a turn's first byte to its first RTP packet.",
            bounds: [0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.1, 0.25]
        )
        release = registry.histogram(
            "sidetone_release_seconds",
            help: "From the confirmation of the media path between two parties until ours is closed.",
            bounds: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5]
        )
        queue = registry.histogram(
            "sidetone_queue_wait_seconds",
            help: "From the INVITE of a call to a queue until it was connected, or left it.",
            bounds: [1, 5, 10, 20, 30, 60, 120, 300, 600]
        )
        score = registry.histogram(
            "sidetone_call_mos",
            help: "Mean opinion score of what was received in a call, estimated from loss, codec and delay (G.107).",
            bounds: [1.5, 2, 2.5, 3, 3.5, 4, 4.3]
        )
    }

    func call(_ callID: String, did entry: CallRecord.Entry) {}

    func callEnded(_ record: CallRecord) {
        ended[record.outcome ?? .cancelled]?.increment()
        if let milliseconds = record.decisionMilliseconds { decision.record(milliseconds / 1_000) }
        if let milliseconds = record.releaseMilliseconds { release.record(milliseconds / 1_000) }
        if let milliseconds = record.queueMilliseconds { queue.record(milliseconds / 1_000) }
        if let score = record.media?.meanOpinionScore { self.score.record(score) }
        for milliseconds in record.turnDelays { firstAudio.record(milliseconds / 1_000) }
    }
}

/// What is read from the parts when somebody asks.
enum SystemMetrics {
    private static let traffic: [(name: String, help: String, value: @Sendable (SIPStackCounters) -> UInt64)] = [
        ("received", "SIP messages received.", \.messagesReceived),
        ("sent", "SIP messages sent.", \.messagesSent),
        ("dropped_untrusted", "Datagrams from addresses that are no trusted peers.", \.droppedUntrusted),
        ("malformed", "SIP messages that do not parse.", \.malformed),
        ("send_failures", "Messages that could not be sent.", \.sendFailures),
        ("connections_accepted", "TCP and TLS connections taken.", \.connectionsAccepted),
        ("connections_refused", "TCP and TLS connections above a limit.", \.connectionsRefused),
        ("connections_timed_out", "Connections closed for what did not come in time.", \.connectionsTimedOut),
        ("tls_refused", "TLS connections without an accepted certificate.", \.tlsRefused),
        ("moved_to_tcp", "Requests too large for UDP.", \.requestsMovedToTCP),
        ("shed", "New requests answered 503 because more came than could be served.", \.shedOverload),
        ("dropped_overload", "Datagrams dropped because too many waited.", \.droppedOverload),
        ("captured", "Messages copied to the capture server.", \.captured),
    ]

    private static let media: [(name: String, help: String, value: @Sendable (MediaCounters) -> UInt64)] = [
        ("rtp_dropped_wrong_source", "Packets not from the peer of the call.", \.legs.droppedWrongSource),
        ("srtp_dropped_unauthentic", "Packets that their key does not prove.", \.legs.droppedUnauthentic),
        ("srtp_dropped_replayed", "Protected packets that came twice.", \.legs.droppedReplayed),
        ("dtls_handshakes", "DTLS handshakes that gave keys.", \.handshakesCompleted),
        ("dtls_handshakes_failed", "DTLS handshakes that gave none.", \.handshakesFailed),
    ]

    static func register(server: SIPApplicationServer, media: InProcessMediaPlane, in registry: MetricsRegistry) {
        let calls = registry.gauge("sidetone_calls", help: "Calls under way.")
        let tasks = registry.gauge("sidetone_tasks", help: "Jobs of calls that run or wait.")
        let users = registry.gauge("sidetone_registered_users", help: "Users registered by third-party REGISTER.")
        let leased = registry.gauge("sidetone_rtp_port_pairs_leased", help: "RTP port pairs in use.")
        let free = registry.gauge("sidetone_rtp_port_pairs_free", help: "RTP port pairs that could be leased.")
        let sessions = registry.gauge("sidetone_media_sessions", help: "Media sessions open.")
        let engines = registry.gauge("sidetone_engine_connections", help: "WebSockets to engines open.")
        let dialogs = registry.gauge("sidetone_sip_dialogs", help: "SIP dialogs.")
        let transactions = registry.gauge("sidetone_sip_transactions", help: "SIP transactions, both roles.")
        let received = registry.externalCounter("sidetone_calls_received_total", help: "INVITEs outside a dialog.")
        let fallbacks = registry.externalCounter("sidetone_fallbacks_total", help: "Calls that no engine took.")
        let lost = registry.externalCounter("sidetone_engines_lost_total", help: "Engines lost in mid-call.")
        let changed = registry.externalCounter(
            "sidetone_engines_changed_total", help: "Engines that took over from another one in mid-call.")
        let probes = registry.externalCounter(
            "sidetone_engine_probes_total", help: "Sessions opened to see whether an engine is there again.")
        let down = registry.gauge("sidetone_engines_down", help: "Engines that calls are kept from.")
        let transfers = registry.externalCounter("sidetone_transfers_total", help: "Calls handed on to another party.")
        let failed = registry.externalCounter("sidetone_transfers_failed_total", help: "Transfers that did not happen.")
        let relayed = registry.externalCounter(
            "sidetone_calls_relayed_total", help: "Transfers after which the audio goes through here still.")
        let relayedNow = registry.gauge(
            "sidetone_calls_relayed", help: "Calls whose audio goes through here from one person to another.")
        let released = registry.externalCounter(
            "sidetone_relays_released_total", help: "Relayed calls that have left the media path after all.")
        let returned = registry.externalCounter(
            "sidetone_callers_returned_total", help: "Callers who came back when the target of a transfer hung up.")
        let rescued = registry.externalCounter(
            "sidetone_callers_rescued_total", help: "Callers who went to a person because no engine was left.")
        let forbidden = registry.externalCounter(
            "sidetone_transfers_forbidden_total", help: "Transfers that the policy of a service does not permit.")
        let trafficCounters = Self.traffic.map { row in
            (registry.externalCounter("sidetone_sip_\(row.name)_total", help: row.help), row.value)
        }
        let mediaCounters = Self.media.map { row in
            (registry.externalCounter("sidetone_\(row.name)_total", help: row.help), row.value)
        }
        registry.beforeReading {
            let status = await server.status
            let counters = await server.statistics
            let plane = await media.status()
            let counts = await server.stack.counts
            let traffic = await server.stack.statistics
            calls.set(status.calls)
            tasks.set(status.tasks)
            users.set(status.registeredUsers)
            leased.set(plane.leasedPairs)
            free.set(plane.freePairs)
            sessions.set(plane.sessions)
            engines.set(plane.engineConnections)
            dialogs.set(counts.dialogs)
            transactions.set(counts.serverTransactions + counts.clientTransactions)
            received.set(Double(counters.callsReceived))
            fallbacks.set(Double(counters.fallbacks))
            lost.set(Double(counters.enginesLost))
            changed.set(Double(counters.enginesChanged))
            probes.set(Double(counters.engineProbes))
            down.set(status.enginesDown.count)
            transfers.set(Double(counters.transfers))
            failed.set(Double(counters.transfersFailed))
            relayed.set(Double(counters.callsRelayed))
            relayedNow.set(status.relayedCalls)
            released.set(Double(counters.relaysReleased))
            returned.set(Double(counters.callersReturned))
            rescued.set(Double(counters.callersRescued))
            forbidden.set(Double(counters.transfersForbidden))
            for (counter, value) in trafficCounters { counter.set(Double(value(traffic))) }
            let packets = await media.counters()
            for (counter, value) in mediaCounters { counter.set(Double(value(packets))) }
        }
        ProcessMetrics.register(in: registry)
    }
}

/// Readiness as seen by whoever sends calls.
public struct SystemHealth: HealthSource {
    private let system: ReferenceSystem

    public init(_ system: ReferenceSystem) {
        self.system = system
    }

    public func reasonsNotReady() async -> [NotReadyReason] {
        var reasons: [NotReadyReason] = []
        let status = await system.server.status
        if status.isDraining { reasons.append(.draining) }
        if status.calls >= system.configuration.limits.maxCalls { reasons.append(.capacityReached) }
        reasons += status.enginesDown.map { .engineDown($0) }
        if await system.media.status().freePairs == 0 { reasons.append(.portsExhausted) }
        return reasons
    }
}
