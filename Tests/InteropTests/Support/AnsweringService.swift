import ApplicationServer
import Synchronization

/// Answers, and listens until the caller hangs up.
struct AnsweringService: CallService {
    /// A WAV file that callers hear.
    var plays: String?
    /// A WAV file for what callers say.
    var records: String?
    /// Digits that callers are sent.
    var sends: String?

    private let heard = Keys()

    init(plays: String? = nil, records: String? = nil, sends: String? = nil) {
        self.plays = plays
        self.records = records
        self.sends = sends
    }

    /// The digits of all callers, in order.
    var digits: String { heard.text.withLock { $0 } }

    func handle(_ call: consuming IncomingCall) async throws {
        let call = try await call.answer()
        if let records { try await call.record(received: records, sent: nil) }
        if let sends { try await call.sendDigits(sends) }
        if let plays { try await call.play(file: plays) }
        for await event in call.events {
            if case .media(.digit(let digit)) = event { heard.text.withLock { $0.append(digit) } }
        }
    }
}

private final class Keys: Sendable {
    let text = Mutex("")
}
