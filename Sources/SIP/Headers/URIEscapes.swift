/// `escaped` (RFC 3261 §25.1, RFC 3986 §2.1): `%` and two hexadecimal digits.
extension [UInt8] {
    mutating func append(escaped octet: UInt8) {
        append(.percent)
        if octet < 0x10 { append(0x30) }
        append(contentsOf: String(octet, radix: 16, uppercase: true).utf8)
    }

    /// Makes the text of a URI from `start` on one that may stand in angle brackets: control characters, space, angle
    /// brackets and octets beyond ASCII become escapes (the last as RFC 3987 §3.1 makes a URI of an IRI).
    package mutating func escapeURI(from start: Int) {
        escape(URIFaultOctets(), from: start)
    }

    /// Escapes those of `faults` from `start` on.
    mutating func escape(_ faults: some OctetClass, from start: Int) {
        let first = span.first(faults, in: start..<count)
        guard first < count else { return }
        let rest = Array(self[first...])
        removeSubrange(first...)
        for octet in rest {
            if faults.contains(octet) { append(escaped: octet) } else { append(octet) }
        }
    }

    /// The octets of `text`, escapes resolved. A `%` that begins none stands for itself.
    init(resolvingEscapes text: Substring.UTF8View) {
        self = []
        reserveCapacity(text.count)
        text.forEachOctet { octet, _ in append(octet) }
    }
}

extension Substring.UTF8View {
    /// Each octet that the text stands for, and whether it was escaped.
    func forEachOctet(_ body: (_ octet: UInt8, _ isEscaped: Bool) -> Void) {
        var rest = self
        while let octet = rest.popFirst() {
            if octet == .percent, let high = rest.first?.hexValue, let low = rest.dropFirst().first?.hexValue {
                body(high << 4 | low, true)
                rest = rest.dropFirst(2)
            } else {
                body(octet, false)
            }
        }
    }
}
