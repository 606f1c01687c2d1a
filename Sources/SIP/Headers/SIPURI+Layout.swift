extension SIPURI {
    /// Where the parts of a URI lie in its octets.
    struct Layout: Sendable {
        enum Scheme: Sendable {
            case sip, sips, tel
            /// In any case.
            case other(OctetRange)
        }

        var scheme: Scheme
        var user = OctetRange.absent
        var password = OctetRange.absent
        var parameters = OctetRange.absent
        var opaque = OctetRange.absent
        // Last: what follows it in an address fits behind the port.
        var hostPort = HostPort.Place(host: .empty, port: nil)

        /// From the first octet of all parts to the last.
        var extent: Range<Int> {
            var start = Int.max
            var end = 0
            func add(_ part: OctetRange) {
                guard part.isPresent, !part.range.isEmpty else { return }
                start = min(start, part.range.lowerBound)
                end = max(end, part.range.upperBound)
            }
            if case .other(let name) = scheme { add(name) }
            for part in [user, password, hostPort.host, parameters, opaque] { add(part) }
            return start < end ? start..<end : 0..<0
        }

        var isTelephone: Bool {
            if case .tel = scheme { true } else { false }
        }

        /// The same parts in octets that begin `distance` earlier.
        func shifted(by distance: Int) -> Layout {
            var layout = self
            if case .other(let name) = scheme { layout.scheme = .other(name.shifted(by: distance)) }
            layout.user = user.shifted(by: distance)
            layout.password = password.shifted(by: distance)
            layout.hostPort.host = hostPort.host.shifted(by: distance)
            layout.parameters = parameters.shifted(by: distance)
            layout.opaque = opaque.shifted(by: distance)
            return layout
        }
    }
}

// MARK: - Reading

// Functions, not initialisers: they end with the initialiser that the compiler makes, the only one that does not copy what it
// has built.
extension SIPURI.Layout {
    /// - Parameters:
    ///   - bytes: Nothing but the URI.
    ///   - base: Where `bytes` begin in the octets that the parts are to be found in.
    static func parse(_ bytes: Span<UInt8>, field: FieldNumber, base: Int) throws(SIPParseError) -> SIPURI.Layout {
        var scanner = FieldScanner(field: field)
        // Nearly all.
        if bytes.count >= 4,
            bytes.bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self) == UInt32(littleEndian: 0x3A70_6973)
        {
            scanner.skip(4)
            return try hierarchy(.sip, &scanner, bytes, base)
        }
        return try parseRare(&scanner, bytes, base)
    }

    /// A URI that does not begin with `sip:` in lower case.
    @inline(never)
    private static func parseRare(
        _ scanner: inout FieldScanner,
        _ bytes: Span<UInt8>,
        _ base: Int
    ) throws(SIPParseError) -> SIPURI.Layout {
        guard let first = scanner.peek(bytes), first.isLetter else { try scanner.refuse(.expectedURI, bytes) }
        let name = scanner.run(of: .scheme, bytes)
        guard scanner.take(.colon, bytes) else { try scanner.refuse(.expected(.colon), bytes) }
        if bytes.equalsIgnoringCase("sip", at: name) { return try hierarchy(.sip, &scanner, bytes, base) }
        if bytes.equalsIgnoringCase("sips", at: name) { return try hierarchy(.sips, &scanner, bytes, base) }
        try checkControls(scanner, bytes)
        if bytes.equalsIgnoringCase("tel", at: name) { return try number(&scanner, bytes, base) }
        return SIPURI.Layout(
            scheme: .other(OctetRange(name, base: base)),
            opaque: OctetRange(scanner.offset..<bytes.count, base: base)
        )
    }

    private static func checkControls(_ scanner: FieldScanner, _ bytes: Span<UInt8>) throws(SIPParseError) {
        var reader = scanner
        _ = reader.run(until: .controlsAndSpace, bytes)
        guard reader.isAtEnd(bytes) else { try reader.refuse(.illegalCharacter, bytes) }
    }

    /// What stands behind `sip:` and `sips:`.
    @inline(never)
    private static func hierarchy(
        _ scheme: Scheme,
        _ scanner: inout FieldScanner,
        _ bytes: Span<UInt8>,
        _ base: Int
    ) throws(SIPParseError) -> SIPURI.Layout {
        var at: Int?
        var colon: Int?
        var hasEscapes = false
        var index = scanner.offset
        while true {
            index = bytes.firstURIDelimiter(in: index..<bytes.count)
            guard index < bytes.count else { break }
            let delimiter = bytes[index]
            if delimiter == .at {
                at = index
                break
            }
            switch delimiter {
            case .question: break
            case .colon: colon = colon ?? index
            case .percent: hasEscapes = true
            default: throw SIPParseError(.illegalCharacter, field: scanner.field, offset: index, in: bytes)
            }
            index &+= 1
        }
        do throws(SIPParseError) {
            var user = OctetRange.absent
            var password = OctetRange.absent
            if let at {
                let userInfo = scanner.offset..<at
                guard !userInfo.isEmpty else { try scanner.refuse(.expectedToken, bytes) }
                user = OctetRange(userInfo.lowerBound..<(colon ?? at), base: base)
                if let colon { password = OctetRange(colon + 1..<at, base: base) }
                if hasEscapes { try checkEscapes(userInfo, bytes, scanner.field) }
                scanner.move(to: at + 1)
            }
            let hostPort = try HostPort.Place(scanning: &scanner, bytes, base: base)
            let parameters = try ParameterList.scanURI(until: URIParameterEndOctets(), &scanner, bytes, base: base)
            var opaque = OctetRange.absent
            if scanner.take(.question, bytes) {
                opaque = OctetRange(scanner.offset..<bytes.count, base: base)
                // Without headers each octet was looked at.
                if let at { try checkHost(bytes, from: at + 1, scanner.field) }
            } else if !scanner.isAtEnd(bytes) {
                try scanner.refuse(.illegalCharacter, bytes)
            }
            return SIPURI.Layout(
                scheme: scheme, user: user, password: password, parameters: parameters, opaque: opaque,
                hostPort: hostPort)
        } catch {
            // An octet that may not stand there at all is the greater fault.
            if let at { try checkHost(bytes, from: at + 1, scanner.field) }
            throw error
        }
    }

    /// What follows the user part up to the end. A second `@` would let two readers see two hosts; in `headers`, which
    /// nobody routes by, it is common.
    private static func checkHost(
        _ bytes: Span<UInt8>,
        from start: Int,
        _ field: FieldNumber
    ) throws(SIPParseError) {
        var index = start
        var hasHeaders = false
        while true {
            index = bytes.firstHostFault(in: index..<bytes.count)
            guard index < bytes.count else { return }
            let isFault = bytes[index] != .question && !(bytes[index] == .at && hasHeaders)
            if isFault { throw SIPParseError(.illegalCharacter, field: field, offset: index, in: bytes) }
            hasHeaders = true
            index &+= 1
        }
    }

    /// What stands behind `tel:`.
    private static func number(
        _ scanner: inout FieldScanner,
        _ bytes: Span<UInt8>,
        _ base: Int
    ) throws(SIPParseError) -> SIPURI.Layout {
        let number = scanner.run(until: .semicolon, bytes)
        guard !number.isEmpty,
            number.contains(where: { bytes[$0].isHexDigit || bytes[$0] == 0x2A || bytes[$0] == 0x23 })
        else { try scanner.refuse(.expectedDigits, bytes) }
        let parameters = try ParameterList.scanURI(until: URIParameterValueEndOctets(), &scanner, bytes, base: base)
        guard scanner.isAtEnd(bytes) else { try scanner.refuse(.illegalCharacter, bytes) }
        return SIPURI.Layout(scheme: .tel, user: OctetRange(number, base: base), parameters: parameters)
    }

    /// `%` must be followed by two hexadecimal digits.
    private static func checkEscapes(
        _ range: Range<Int>,
        _ bytes: Span<UInt8>,
        _ field: FieldNumber
    ) throws(SIPParseError) {
        for index in range where bytes[index] == .percent {
            guard index + 2 < range.upperBound, bytes[index + 1].isHexDigit, bytes[index + 2].isHexDigit else {
                throw SIPParseError(.expectedDigits, field: field, offset: index, in: bytes)
            }
        }
    }
}
