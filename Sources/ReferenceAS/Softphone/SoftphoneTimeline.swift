import Media
import NIOCore
import SIP

/// Writes the report of a call as it happens.
actor SoftphoneTimeline {
    private let start = NIODeadline.now()
    private var answer: NIODeadline?
    private let onEvent: @Sendable (SoftphoneReport.Event) -> Void
    private(set) var report = SoftphoneReport()

    init(_ onEvent: @escaping @Sendable (SoftphoneReport.Event) -> Void) {
        self.onEvent = onEvent
    }

    func add(_ text: String) {
        let event = SoftphoneReport.Event(atMs: milliseconds(since: start), event: text)
        report.events.append(event)
        onEvent(event)
    }

    func answered(_ response: SIPResponse) {
        answer = .now()
        report.status = response.status.rawValue
        report.setupMs = milliseconds(since: start)
        report.outcome = .completed
        add("\(response.status) \(response.reasonPhrase)")
    }

    func rejected(_ response: SIPResponse) {
        report.status = response.status.rawValue
        report.setupMs = milliseconds(since: start)
        report.outcome = .rejected
        add("\(response.status) \(response.reasonPhrase)")
    }

    func failed(_ failure: TransactionFailure) {
        report.outcome = failure == .timeout ? .noAnswer : .failed
        add("no answer: \(failure)")
    }

    func end() {
        if let answer { report.durationMs = milliseconds(since: answer) }
    }

    func set(_ media: MediaSessionReport?, codec: String?) {
        report.packetsSent = media?.packetsSent ?? 0
        report.packetsReceived = media?.packetsReceived ?? 0
        report.codec = codec
    }

    func note(_ event: MediaSessionEvent, _ cues: SpeechCues) async {
        switch event {
        case .firstSoundReceived:
            if let answer, report.firstAudioMs == nil { report.firstAudioMs = milliseconds(since: answer) }
            add("first sound")
            await cues.peerSpeaks()
        case .peerSpeaking:
            await cues.peerSpeaks()
        case .peerSilent:
            await cues.peerIsSilent()
        case .playbackFinished:
            await cues.playbackFinished()
        case .digit(let digit):
            add("digit \(digit)")
        case .inactive(let time):
            add("no RTP for \(time)")
        case .engine, .turnAudible, .bargeIn, .firstPacketReceived:
            break
        }
    }

    private func milliseconds(since start: NIODeadline) -> Int {
        Int((NIODeadline.now() - start).nanoseconds / 1_000_000)
    }
}
