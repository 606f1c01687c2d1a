import Media
import NIOCore
import SIP

/// Writes the report of a call as it happens.
actor SoftphoneTimeline {
    private let start = NIODeadline.now()
    private var answer: NIODeadline?
    private let onEvent: @Sendable (SoftphoneReport.Event) async -> Void
    private(set) var report = SoftphoneReport()

    init(_ onEvent: @escaping @Sendable (SoftphoneReport.Event) async -> Void) {
        self.onEvent = onEvent
    }

    func add(_ text: String) async {
        let event = SoftphoneReport.Event(atMs: milliseconds(since: start), event: text)
        report.events.append(event)
        await onEvent(event)
    }

    func answered(_ response: SIPResponse) async {
        answer = .now()
        report.status = response.status.rawValue
        report.setupMs = milliseconds(since: start)
        report.outcome = .completed
        await add("\(response.status) \(response.reasonPhrase)")
    }

    func rejected(_ response: SIPResponse) async {
        report.status = response.status.rawValue
        report.setupMs = milliseconds(since: start)
        report.outcome = .rejected
        await add("\(response.status) \(response.reasonPhrase)")
    }

    func failed(_ failure: TransactionFailure) async {
        report.outcome = failure == .timeout ? .noAnswer : .failed
        await add("no answer: \(failure)")
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
            await add("first sound")
            await cues.peerSpeaks()
        case .peerSpeaking:
            await cues.peerSpeaks()
        case .peerSilent:
            await cues.peerIsSilent()
        case .playbackFinished:
            await cues.playbackFinished()
        case .digit(let digit):
            await add("digit \(digit)")
        case .keyAgreementFailed(let reason):
            await add("no keys for the media: \(reason)")
        case .inactive(let time):
            await add("no RTP for \(time)")
        case .engine, .turnSent, .turnAudible, .turnStarved, .turnPlayed, .bargeIn, .firstPacketReceived:
            break
        }
    }

    private func milliseconds(since start: NIODeadline) -> Int {
        Int((NIODeadline.now() - start).nanoseconds / 1_000_000)
    }
}
