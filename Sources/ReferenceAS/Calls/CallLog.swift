import ApplicationServer
import Logging

/// Writes each step of each call into the log, at level `debug`.
final class CallLog: CallObserver {
    private let logger: Logger
    private let mask: IdentityMask?

    /// - Parameter mask: Hides identities and what was said; `nil`: everything is written.
    init(mask: IdentityMask?, logger: Logger) {
        self.mask = mask
        self.logger = logger
    }

    func call(_ callID: String, did entry: CallRecord.Entry) {
        guard logger.logLevel <= .debug else { return }
        let shown = mask.map(entry.masked) ?? entry
        var metadata: Logger.Metadata = [
            "sip.call_id": "\(callID)", "call.event": "\(shown.event)", "call.ms": "\(Int(shown.milliseconds))",
        ]
        if !shown.detail.isEmpty { metadata["call.detail"] = "\(shown.detail)" }
        logger.debug("call step", metadata: metadata)
    }

    func callEnded(_ record: CallRecord) {}
}
