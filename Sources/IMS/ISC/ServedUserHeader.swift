import SIP

extension ServedUser {
    /// The value of P-Served-User (RFC 5502 §6; RFC 8498 §6.2: `orig-cdiv` takes the place of `sescase`).
    ///
    /// - Parameter isRegistered: `nil`: what the session case says.
    public func headerValue(isRegistered: Bool? = nil) -> String {
        let isRegistered = isRegistered ?? sessionCase.impliesRegistered
        let part =
            switch sessionCase {
            case .originating, .originatingUnregistered: "sescase=orig"
            case .terminatingRegistered, .terminatingUnregistered: "sescase=term"
            case .originatingCDIV: "orig-cdiv"
            }
        return "<\(identity)>;\(part);regstate=\(isRegistered ? "reg" : "unreg")"
    }
}
