/// What a datagram is to the order in which datagrams are handled: seen from its first line and one or two fields,
/// before it is parsed. It may be wrong about a message in unusual spelling, which is then handled in another order
/// and no differently.
enum ArrivalKind: Sendable, Hashable {
    /// An INVITE outside any dialog that does not claim priority: what may be refused.
    case newCall
    /// The ACK of a 503 that was sent without a transaction: nobody waits for it.
    case refusalAcknowledgement
    /// Everything else: requests and responses of calls under way, and what costs little.
    case other

    /// - Parameter refusalTag: How the To tags of our 503s begin.
    init(_ message: UnsafeRawBufferPointer, refusalTag: String) {
        let isInvite = message.starts(with: "INVITE ".utf8)
        guard isInvite || message.starts(with: "ACK ".utf8) else {
            self = .other
            return
        }
        var isFirst = true
        var isInDialog = false
        for line in HeaderLines(bytes: message) {
            if isFirst {
                isFirst = false
                if isInvite, line.containsIgnoringCase("urn:service:sos") {
                    self = .other
                    return
                }
            } else if line.isField("to", compact: "t") {
                guard let tag = line.range(ofIgnoringCase: ";tag=") else { continue }
                if !isInvite {
                    let isRefusal = line[tag.upperBound...].starts(with: refusalTag.utf8)
                    self = isRefusal ? .refusalAcknowledgement : .other
                    return
                }
                isInDialog = true
            } else if isInvite, line.claimsPriority {
                self = .other
                return
            }
        }
        self = isInvite && !isInDialog ? .newCall : .other
    }
}
