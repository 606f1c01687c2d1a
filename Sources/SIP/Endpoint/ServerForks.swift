import Timing

/// One of the early dialogs that an INVITE has made here, because it was forked behind us (RFC 3261 §12.1, §13.2.2.4).
struct ServerFork: Sendable {
    /// What the user calls it; `nil` before the user has named any.
    var name: String?
    let toTag: String
    let dialog: DialogID?
}

extension ServerTransaction {
    /// Early dialogs that a user gets out of one INVITE; further forks answer in the one that answered last.
    static let forkLimit = ClientTransaction.forkLimit

    /// Turns to the fork that answers now: its To tag and dialog are those of the transaction from here on.
    ///
    /// - Parameter newTag: To tag of a fork that has not answered yet, unless it is the first one.
    func select(_ name: String, newTag: @autoclosure () -> String) {
        if let fork, fork.equalsExactly(name) { return }
        if fork == nil, dialog == nil {
            fork = name
        } else if let index = otherForks.firstIndex(where: { $0.name?.equalsExactly(name) == true }) {
            turn(to: index)
        } else if otherForks.count + 1 < Self.forkLimit {
            otherForks.append(ServerFork(name: fork, toTag: toTag, dialog: dialog))
            fork = name
            toTag = newTag()
            dialog = nil
        }
    }

    /// Turns to the fork whose dialog this is, if there is one.
    func select(_ id: DialogID) {
        guard dialog != id, let index = otherForks.firstIndex(where: { $0.dialog == id }) else { return }
        turn(to: index)
    }

    private func turn(to index: Int) {
        let chosen = otherForks[index]
        otherForks[index] = ServerFork(name: fork, toTag: toTag, dialog: dialog)
        fork = chosen.name
        toTag = chosen.toTag
        dialog = chosen.dialog
    }

    func dialog(ofFork name: String) -> DialogID? {
        if let fork, fork.equalsExactly(name) { return dialog }
        return otherForks.first { $0.name?.equalsExactly(name) == true }?.dialog
    }

    func fork(of id: DialogID) -> String? {
        dialog == id ? fork : otherForks.first { $0.dialog == id }?.name
    }
}

extension SIPEndpoint {
    /// The early dialog that a fork of an INVITE has made, by the name that the user gave in
    /// ``respond(_:_:reason:_:reliably:fork:at:into:)``.
    public func dialog(ofFork name: String, in id: ServerTransactionID) -> DialogID? {
        servers[id]?.dialog(ofFork: name)
    }

    /// The fork whose early dialog this is; `nil` once the INVITE has its final response.
    public func fork(of id: DialogID) -> String? {
        dialogs[id]?.pendingServerInvite.flatMap { servers[$0]?.fork(of: id) }
    }

    /// Forgets the early dialogs of all forks but the one that the final response comes from.
    func removeOtherForks(
        of transaction: ServerTransaction,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        let others = transaction.otherForks.compactMap(\.dialog)
        transaction.otherForks = []
        for usage in others.compactMap({ dialogs[$0] }) {
            usage.pendingServerInvite = nil
            removeDialog(usage.id, at: now, into: &out)
        }
    }

    /// The caller has ended one of several early dialogs (RFC 3261 §15): the others go on ringing.
    ///
    /// - Returns: `false` if it was the only one.
    func endedOneFork(_ id: DialogID, of invite: ServerTransactionID) -> Bool {
        guard let transaction = servers[invite], transaction.finalStatus == nil, !transaction.otherForks.isEmpty else {
            return false
        }
        transaction.select(id)
        guard transaction.dialog == id, let next = transaction.otherForks.popLast() else { return false }
        transaction.fork = next.name
        transaction.toTag = next.toTag
        transaction.dialog = next.dialog
        return true
    }
}
