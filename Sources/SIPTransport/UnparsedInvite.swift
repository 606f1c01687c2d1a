import SIP

/// A new INVITE of which no more has been read than its refusal needs: under overload, what a refused call costs is
/// taken from those that are served.
struct UnparsedInvite {
    /// The topmost.
    let via: Via
    /// The fields that a response repeats, as they came (RFC 3261 §8.2.6.2), but for the To tag.
    private var fields: [UInt8] = []

    /// - Returns: `nil` for a message that wants a closer look: folded or missing fields, several Vias in one line, a
    ///   Via that does not parse or whose sender has overload control of its own.
    init?(_ message: UnsafeRawBufferPointer) {
        var top: Via?
        var tag = ""
        var found = Required()
        fields.reserveCapacity(512)
        for (index, line) in HeaderLines(bytes: message).enumerated() where index > 0 {
            guard let first = line.first, first != 0x20, first != 0x09 else { return nil }
            if line.isField("via", compact: "v") {
                if top == nil {
                    guard let value = line.fieldValue.map(Array.init), !value.contains(0x2C),
                        let via = try? Via(parsing: value.span, field: .via), !via.parameters.contains("oc")
                    else { return nil }
                    top = via
                    tag = SIPResponse.statelessTag(via: value.span)
                }
            } else if line.isField("from", compact: "f") {
                guard found.add(.from) else { return nil }
            } else if line.isField("to", compact: "t") {
                // The tag comes from the Via.
                guard top != nil, found.add(.to) else { return nil }
                fields.append(contentsOf: line)
                fields.append(contentsOf: ";tag=\(tag)\r\n".utf8)
                continue
            } else if line.isField("call-id", compact: "i") {
                guard found.add(.callID) else { return nil }
            } else if line.isField("cseq", compact: nil) {
                guard found.add(.cSeq) else { return nil }
            } else {
                continue
            }
            fields.append(contentsOf: line)
            fields.append(contentsOf: "\r\n".utf8)
        }
        guard let top, found == .all else { return nil }
        via = top
    }

    /// 503 (Service Unavailable) without a transaction, as it is sent.
    ///
    /// - Parameter retryAfter: Seconds.
    func refusal(retryAfter: Int) -> [UInt8] {
        var response: [UInt8] = []
        response.reserveCapacity(fields.count + 128)
        response.append(contentsOf: "SIP/2.0 503 Service Unavailable\r\n".utf8)
        response.append(contentsOf: fields)
        response.append(contentsOf: "Retry-After: \(retryAfter)\r\nContent-Length: 0\r\n\r\n".utf8)
        return response
    }
}

extension UnparsedInvite {
    /// Fields that there has to be one of.
    private struct Required: OptionSet {
        let rawValue: UInt8

        /// - Returns: `false` if it is there already.
        mutating func add(_ field: Required) -> Bool {
            guard rawValue & field.rawValue == 0 else { return false }
            self = Required(rawValue: rawValue | field.rawValue)
            return true
        }

        static let from = Required(rawValue: 1)
        static let to = Required(rawValue: 2)
        static let callID = Required(rawValue: 4)
        static let cSeq = Required(rawValue: 8)
        static let all: Required = [.from, .to, .callID, .cSeq]
    }
}
