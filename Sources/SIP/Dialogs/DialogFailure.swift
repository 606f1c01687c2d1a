/// What the failure of a request inside a dialog says of the dialog (RFC 5057 §5.1).
extension StatusCode {
    /// Whether a failure destroys the dialog with all that uses it, whatever the method: the target that the peer itself has
    /// named is not known (404, 410, 416, 484, 485, 604), or the route that was recorded leads nowhere (483, 502).
    ///
    /// 482 is not among them: it answers requests that were merged as well (RFC 3261 §8.2.2.2).
    public var destroysDialog: Bool {
        switch rawValue {
        case 404, 410, 416, 483, 484, 485, 502, 604: true
        default: false
        }
    }

    /// Whether a failure ends what the request belongs to, and with that the dialog if nothing else uses it: 481, and 408
    /// (RFC 3261 §12.2.1.2).
    public var endsUsage: Bool { self == .callDoesNotExist || self == .requestTimeout }

    /// Whether a call is over when a request of this method inside its dialog got this failure.
    ///
    /// - 481 and 408 end it, but not those to a PRACK, which are about the provisional response (RFC 3262 §3), nor those to
    ///   a NOTIFY or SUBSCRIBE, which are about the subscription.
    /// - What destroys the dialog ends it when it comes to an INVITE or UPDATE. To other requests peers also say so of what
    ///   they are about, as of the target of a REFER; the next refresh tells.
    /// - 405, 480 and 501 do not, though RFC 5057 lets them end the usage: they tell that a method is not known, or that the
    ///   user is away, and the session that there is goes on (RFC 3261 §14.1).
    public func endsCall(of method: SIPMethod) -> Bool {
        switch method {
        case .invite, .update: endsUsage || destroysDialog
        case .prack, .notify, .subscribe: false
        default: endsUsage
        }
    }
}
