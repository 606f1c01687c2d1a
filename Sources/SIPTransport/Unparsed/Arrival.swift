/// What a datagram is to the order in which datagrams are handled: seen from its header section in one pass, before it
/// is parsed. It may be wrong about a message in unusual spelling, which is then handled in another order and no
/// differently.
enum Arrival {
    /// An INVITE outside any dialog that does not claim priority: what may be refused. With what its refusal needs,
    /// unless the message wants a closer look. Or a request of a kind that stands outside dialogs, which can wait as well.
    case newCall(UnparsedInvite?)
    /// The ACK of a 503 that was sent without a transaction: nobody waits for it.
    case refusalAcknowledgement
    /// Everything else: requests and responses of calls under way, and what costs little.
    case other

    /// - Parameter refusalTag: How the To tags of our 503s begin.
    init(_ message: UnsafeRawBufferPointer, refusalTag: StaticString) {
        if message[...].starts(with: "INVITE ") {
            self = Self.invite(message)
        } else if message[...].starts(with: "ACK ") {
            self = Self.acknowledgement(message, refusalTag)
        } else if Self.standingOutside.contains(where: { message[...].starts(with: $0) }) {
            // What has priority, or a dialog, has it as a call has.
            if case .newCall = Self.invite(message) { self = .newCall(nil) } else { self = .other }
        } else {
            self = .other
        }
    }

    private static let standingOutside: [StaticString] = ["OPTIONS ", "REGISTER ", "MESSAGE ", "PUBLISH "]

    private static func invite(_ message: UnsafeRawBufferPointer) -> Self {
        var lines = HeaderLines(bytes: message)
        // An emergency call (RFC 5031).
        guard let first = lines.next(), first.index(behind: ":service:sos") == nil else { return .other }
        var invite = UnparsedInvite()
        var isUsual = UnparsedInvite.sizes.contains(message.count)
        while let line = lines.next() {
            switch OutlineField(of: line) {
            case .resourcePriority:
                // RFC 4412.
                return .other
            case .contact:
                // That of an emergency registration (TS 24.229 §5.1.6).
                if line.index(behind: ";sos") != nil { return .other }
            case .to where line.mayHaveTag:
                return .other
            case let field?:
                isUsual = isUsual && invite.add(line, field)
            case nil:
                // A folded line may belong to any field.
                isUsual = isUsual && line.first != 0x20 && line.first != 0x09
            }
        }
        return .newCall(isUsual && invite.isComplete ? invite : nil)
    }

    private static func acknowledgement(_ message: UnsafeRawBufferPointer, _ refusalTag: StaticString) -> Self {
        for line in HeaderLines(bytes: message) where OutlineField(of: line) == .to {
            guard let tag = line.index(behind: ";tag=") else { continue }
            return line[tag...].starts(with: refusalTag) ? .refusalAcknowledgement : .other
        }
        return .other
    }
}

extension Slice<UnsafeRawBufferPointer> {
    /// Whether there is a parameter that looks like a tag, however it is spaced (RFC 3261 §25.1, SEMI and EQUAL).
    fileprivate var mayHaveTag: Bool {
        var start = startIndex
        while let semicolon = self[start...].offset(of: UInt8(ascii: ";")) {
            start = semicolon + 1
            if self[start...].drop(while: { $0 == 0x20 || $0 == 0x09 }).starts(withLowercase: "tag") { return true }
        }
        return false
    }
}
