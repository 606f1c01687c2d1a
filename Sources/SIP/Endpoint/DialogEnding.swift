import Timing

extension SIPEndpoint {
    // MARK: End

    /// Forgets a dialog without a word to the peer. Invitations under way in it end as they would with a BYE.
    public func discard(_ id: DialogID, at now: MonotonicTime, into out: inout [Output]) {
        removeDialog(id, at: now, into: &out)
    }

    /// Removes a dialog with what waits in it: the peer's INVITE gets 487 (RFC 3261 §15.1.2), ours waits for its
    /// final response 64·T1 longer and no more.
    func removeDialog(_ id: DialogID, at now: MonotonicTime, into out: inout [Output]) {
        guard let usage = dialogs[id] else { return }
        dialogs[id] = nil
        usage.end()
        endedDialogs.insert(id, at: now)
        if let invite = usage.pendingServerInvite, !endedOneFork(id, of: invite) {
            respond(invite, .requestTerminated, at: now, into: &out)
        }
        if let invite = usage.pendingClientInvite.flatMap({ clients[$0] }), invite.isInDialog {
            invite.machine.giveUp(at: now)
            schedule(invite)
        }
    }

    /// A request of ours says that the dialog is over. A peer that may still think otherwise gets a BYE (RFC 3261
    /// §12.2.1.2), whose transaction takes the dialog with it.
    func loseDialog(
        _ id: DialogID,
        because status: StatusCode,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard let usage = dialogs[id], !usage.isEnding else { return }
        out.append(.event(.dialogEnded(id, .lost)))
        guard status != .callDoesNotExist, usage.dialog.isConfirmed else {
            removeDialog(id, at: now, into: &out)
            return
        }
        _ = send(.bye, in: usage, at: now, into: &out)
    }
}
