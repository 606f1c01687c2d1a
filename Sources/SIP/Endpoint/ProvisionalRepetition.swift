import Timing

/// Provisional responses that are repeated so that no proxy gives up an INVITE by its timer C (RFC 3261 §13.3.1.1,
/// §16.6).
extension SIPEndpoint {
    /// Time between provisional responses (RFC 3261 §13.3.1.1).
    private static let interval = Duration.seconds(60)
    /// The same when they are sent reliably (RFC 3262 §3).
    private static let reliableInterval = Duration.seconds(150)

    /// A provisional response but 100 has been sent: it is repeated after a while.
    func keepAlive(_ transaction: ServerTransaction, _ isReliable: Bool, at now: MonotonicTime) {
        let isLong = isReliable && transaction.requiresReliability
        transaction.machine.repeatResponse(at: now + (isLong ? Self.reliableInterval : Self.interval))
    }

    /// Repeats the last provisional response: the same octets if it was sent without `100rel`.
    ///
    /// What was sent reliably is said again without its body: the session description is acknowledged. Where the caller
    /// demands `100rel` it is a new reliable response, whose PRACK is answered here; else it is one that is not reliable
    /// and needs no PRACK. While a PRACK is awaited, that response is repeated for its sake.
    func repeatProvisional(
        _ last: [UInt8],
        of transaction: ServerTransaction,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard !transaction.isForwarded, case .response(let response)? = try? SIPMessage(parsing: last) else {
            transaction.machine.repeatResponse(at: nil)
            settle(transaction, [], at: now, into: &out)
            return
        }
        let isReliable = response.isReliableProvisional
        let usage = transaction.dialog.flatMap { dialogs[$0] }
        guard isReliable, let usage, usage.reliable.isIdle else {
            keepAlive(transaction, isReliable, at: now)
            settle(transaction, isReliable ? [] : [.transmit(last)], at: now, into: &out)
            return
        }
        var headers = SIPHeaders()
        headers.copy(from: response.headers) { !$0.isWrittenAnew }
        send(
            transaction, response.status, response.reasonPhrase, MessageContent(headers: headers),
            transaction.requiresReliability, at: now, into: &out)
        if transaction.requiresReliability { usage.reliable.beganRepetition() }
    }
}

extension ServerTransaction {
    /// Whether provisional responses have to be reliable (RFC 3262 §3).
    fileprivate var requiresReliability: Bool { request.headers.lists("100rel", in: .require) }
}

extension HeaderName {
    /// Whether a response that repeats another one does not take the field from there: it is written by the endpoint, or
    /// tells of the body or of reliability.
    fileprivate var isWrittenAnew: Bool {
        switch self {
        case .via, .from, .to, .callID, .cSeq, .recordRoute, .require, .rSeq, .contentType, .contentLength,
            .contentDisposition, .contentEncoding, .contentLanguage, "MIME-Version":
            true
        default:
            false
        }
    }
}
