import Timing

/// Requests that are refused for something that can be mended, and are sent once more (RFC 3261 §8.1.3.5).
extension SIPEndpoint {
    /// Sends a request once more, with the next CSeq number. Its user sees one transaction.
    ///
    /// - Parameters:
    ///   - request: As it was sent, but for what is mended.
    ///   - refused: Has ended, and gives its name to the transaction that goes on.
    ///   - isAuthorized: Whether the request has the credentials that it needs.
    /// - Returns: `nil`, with nothing sent, if the dialog is gone.
    func sendAgain(
        _ request: SIPRequest,
        inPlaceOf refused: ClientTransaction,
        isAuthorized: Bool,
        at now: MonotonicTime,
        into out: inout [Output]
    ) -> ClientTransaction? {
        guard let number = nextSequence(after: refused) else { return nil }
        var request = request
        request.headers.removeAll(.via)
        request.headers.set(.cSeq, CSeq(number: number, method: request.method))

        removeEarlyDialogs(of: refused, at: now, into: &out)
        let (id, dialog) = (refused.id, refused.isInDialog ? refused.dialog : nil)
        refused.step(asideAs: ClientTransactionID(rawValue: nextIdentifier()))
        clients[refused.id] = refused
        let next = open(
            request, refused.destination, dialog: dialog, as: id, isAuthorized: isAuthorized, at: now, into: &out)
        next.attempts = refused.attempts
        next.intervalRefusals = refused.intervalRefusals
        next.sessionTimer = refused.sessionTimer
        next.isSessionRefresh = refused.isSessionRefresh
        next.subscription = refused.subscription
        if let subscription = refused.subscription {
            subscriptions[subscription]?.request.headers.set(.cSeq, CSeq(number: number, method: .subscribe))
            // Another may have gone out meanwhile.
            let last = subscriptions[subscription]?.dialog?.localSequence ?? 0
            subscriptions[subscription]?.dialog?.localSequence = max(last, number)
        }
        return next
    }

    /// The CSeq number of the next attempt (RFC 3261 §22.2), which the dialog goes on from.
    private func nextSequence(after transaction: ClientTransaction) -> UInt32? {
        guard transaction.isInDialog else {
            return (try? transaction.request.headers.cSeq()).map { $0.number &+ 1 }
        }
        guard let usage = transaction.dialog.flatMap({ dialogs[$0] }) else { return nil }
        usage.dialog.localSequence &+= 1
        let number = usage.dialog.localSequence
        if transaction.request.method == .invite { usage.inviteSequence = number }
        return number
    }
}
