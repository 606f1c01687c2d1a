import Timing

/// A dialog of ours that a new INVITE takes the place of.
public struct Replacement: Sendable, Hashable {
    public let dialog: DialogID
    /// Whether it ends with BYE. Otherwise it is an early dialog of an INVITE of ours, and ends with CANCEL.
    public let isConfirmed: Bool

    public init(dialog: DialogID, isConfirmed: Bool) {
        self.dialog = dialog
        self.isConfirmed = isConfirmed
    }
}

/// Why an INVITE replaces nothing, and what its sender is told (RFC 3891 §3).
public enum ReplacesRefusal: Error, Sendable, Hashable {
    /// More than one Replaces, one beside Join (RFC 3911 §4), one in another request than INVITE, or one that does not
    /// parse.
    case malformed(String)
    /// No dialog of ours has this identifier, or it is an early one that the peer has begun.
    case noDialog
    /// The dialog has ended.
    case ended
    /// Only an early dialog was to be replaced, and this one is confirmed.
    case confirmed

    public var status: StatusCode {
        switch self {
        case .malformed: .badRequest
        case .noDialog: .callDoesNotExist
        case .ended: .decline
        case .confirmed: .busyHere
        }
    }

    /// The reason phrase; `nil` for that of the status.
    public var phrase: String? {
        if case .malformed(let what) = self { "Bad Request: \(what)" } else { nil }
    }
}

extension SIPEndpoint {
    /// The dialog that a request outside any dialog wants to replace.
    ///
    /// Whether its sender may do so is the user's to say; so is the end of the replaced dialog.
    ///
    /// - Returns: `nil` if it has no Replaces.
    /// - Throws: ``ReplacesRefusal``: the answer it gets then.
    public func replacement(
        for request: SIPRequest,
        at now: MonotonicTime
    ) throws(ReplacesRefusal) -> Replacement? {
        guard request.headers.contains(.replaces) else { return nil }
        guard request.method == .invite else { throw .malformed("Replaces in \(request.method.rawValue)") }
        guard request.headers.splitValues(.replaces).count <= 1 else { throw .malformed("more than one Replaces") }
        guard !request.headers.contains("Join") else { throw .malformed("Replaces and Join") }
        guard let replaces = try? request.headers.replaces() else { throw .malformed("Replaces") }
        guard let id = dialog(replacedBy: replaces), let usage = dialogs[id], !usage.isEnding else {
            let wasOurs = replaces.dialogs.contains { endedDialogs.contains($0, at: now) || dialogs[$0] != nil }
            throw wasOurs ? .ended : .noDialog
        }
        if usage.dialog.isConfirmed {
            guard !replaces.isEarlyOnly else { throw .confirmed }
            return Replacement(dialog: id, isConfirmed: true)
        }
        guard usage.pendingClientInvite != nil else { throw .noDialog }
        return Replacement(dialog: id, isConfirmed: false)
    }

    /// The dialog that an INVITE with this Replaces header field would take the place of (RFC 3891 §3).
    public func dialog(replacedBy replaces: Replaces) -> DialogID? {
        replaces.dialogs.first { dialogs[$0] != nil }
    }
}

extension Replaces {
    /// What the dialog may be called here. A tag of `0` also stands for the missing one of a peer before RFC 3261
    /// (RFC 3891 §3).
    fileprivate var dialogs: [DialogID] {
        let id = DialogID(callID: callID, localTag: toTag, remoteTag: fromTag)
        return fromTag == "0" ? [id, DialogID(callID: callID, localTag: toTag, remoteTag: "")] : [id]
    }
}
