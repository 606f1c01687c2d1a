/// The header fields that say whether an INVITE may be refused before it is parsed, and those that its refusal repeats.
enum OutlineField {
    case via, from, to, callID, cSeq, contact, resourcePriority

    /// - Returns: `nil` for any other field, and for the continuation of one.
    init?(of line: Slice<UnsafeRawBufferPointer>) {
        guard let first = line.first else { return nil }
        switch first | 0x20 {
        case UInt8(ascii: "v") where line.isField("via", hasCompactForm: true):
            self = .via
        case UInt8(ascii: "f") where line.isField("from", hasCompactForm: true):
            self = .from
        case UInt8(ascii: "t") where line.isField("to", hasCompactForm: true):
            self = .to
        case UInt8(ascii: "i") where line.isField("i"):
            self = .callID
        case UInt8(ascii: "m") where line.isField("m"):
            self = .contact
        case UInt8(ascii: "c"):
            if line.isField("call-id") {
                self = .callID
            } else if line.isField("cseq") {
                self = .cSeq
            } else if line.isField("contact") {
                self = .contact
            } else {
                return nil
            }
        case UInt8(ascii: "r") where line.isField("resource-priority"):
            self = .resourcePriority
        default:
            return nil
        }
    }
}

extension Slice<UnsafeRawBufferPointer> {
    /// - Parameters:
    ///   - name: In lower case.
    ///   - hasCompactForm: Whether the first letter of the name alone stands for it (RFC 3261 §7.3.3).
    @inline(__always)
    fileprivate func isField(_ name: StaticString, hasCompactForm: Bool = false) -> Bool {
        if hasCompactForm, isNameEnd(at: startIndex + 1) { return true }
        return starts(withLowercase: name) && isNameEnd(at: startIndex + name.utf8CodeUnitCount)
    }

    @inline(__always)
    private func isNameEnd(at index: Int) -> Bool {
        guard index < endIndex else { return false }
        let octet = self[index]
        return octet == UInt8(ascii: ":") || octet == 0x20 || octet == 0x09
    }
}
