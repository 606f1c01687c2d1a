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
        var hostPort = HostPort.Place(host: .empty, port: nil)
        var parameters = OctetRange.absent
        var opaque = OctetRange.absent

        init(scheme: Scheme) {
            self.scheme = scheme
        }

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

extension SIPURI.Layout {
    /// - Parameters:
    ///   - bytes: Nothing but the URI.
    ///   - base: Where `bytes` begin in the octets that the parts are to be found in.
    init(parsing bytes: Span<UInt8>, field: FieldNumber, base: Int) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        // Nearly all.
        if bytes.count >= 4,
            bytes.bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self) == UInt32(littleEndian: 0x3A70_6973)
        {
            scanner.skip(4)
            self.init(scheme: .sip)
            try readHierarchy(&scanner, bytes, base)
            return
        }
        guard let first = scanner.peek(bytes), first.isLetter else { try scanner.refuse(.expectedURI, bytes) }
        let name = scanner.run(of: .scheme, bytes)
        guard scanner.take(.colon, bytes) else { try scanner.refuse(.expected(.colon), bytes) }
        if bytes.equalsIgnoringCase("sip", at: name) {
            self.init(scheme: .sip)
            try readHierarchy(&scanner, bytes, base)
        } else if bytes.equalsIgnoringCase("tel", at: name) {
            self.init(scheme: .tel)
            try Self.checkControls(scanner, bytes)
            try readNumber(&scanner, bytes, base)
        } else if bytes.equalsIgnoringCase("sips", at: name) {
            self.init(scheme: .sips)
            try readHierarchy(&scanner, bytes, base)
        } else {
            try Self.checkControls(scanner, bytes)
            self.init(scheme: .other(OctetRange(name, base: base)))
            opaque = OctetRange(scanner.offset..<bytes.count, base: base)
        }
    }

    private static func checkControls(_ scanner: FieldScanner, _ bytes: Span<UInt8>) throws(SIPParseError) {
        var reader = scanner
        _ = reader.run(until: .controlsAndSpace, bytes)
        guard reader.isAtEnd(bytes) else { try reader.refuse(.illegalCharacter, bytes) }
    }

    private mutating func readHierarchy(
        _ scanner: inout FieldScanner,
        _ bytes: Span<UInt8>,
        _ base: Int
    ) throws(SIPParseError) {
        var at: Int?
        var colon: Int?
        var hasEscapes = false
        var index = scanner.offset
        while at == nil {
            index = bytes.firstURIDelimiter(in: index..<bytes.count)
            guard index < bytes.count else { break }
            switch bytes[index] {
            case .at: at = index
            case .question: break
            case .colon: colon = colon ?? index
            case .percent: hasEscapes = true
            default: throw SIPParseError(.illegalCharacter, field: scanner.field, offset: index, in: bytes)
            }
            index &+= 1
        }
        guard let at else {
            try readHost(&scanner, bytes, base)
            return
        }
        do throws(SIPParseError) {
            let userInfo = scanner.offset..<at
            guard !userInfo.isEmpty else { try scanner.refuse(.expectedToken, bytes) }
            user = OctetRange(userInfo.lowerBound..<(colon ?? at), base: base)
            if let colon { password = OctetRange(colon + 1..<at, base: base) }
            if hasEscapes { try Self.checkEscapes(userInfo, bytes, scanner.field) }
            scanner.move(to: at + 1)
            try readHost(&scanner, bytes, base)
            // There are none before, where each octet was looked at.
            if opaque.isPresent { try Self.checkHost(bytes, from: at + 1, scanner.field) }
        } catch {
            // An octet that may not stand there at all is the greater fault.
            try Self.checkHost(bytes, from: at + 1, scanner.field)
            throw error
        }
    }

    /// Host and port, parameters and headers, up to the end.
    @inline(__always)
    private mutating func readHost(
        _ scanner: inout FieldScanner,
        _ bytes: Span<UInt8>,
        _ base: Int
    ) throws(SIPParseError) {
        hostPort = try HostPort.Place(scanning: &scanner, bytes, base: base)
        parameters = try ParameterList.scanURI(until: .uriParameterEnds, &scanner, bytes, base: base)
        if scanner.take(.question, bytes) {
            opaque = OctetRange(scanner.offset..<bytes.count, base: base)
        } else if !scanner.isAtEnd(bytes) {
            try scanner.refuse(.illegalCharacter, bytes)
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

    private mutating func readNumber(
        _ scanner: inout FieldScanner,
        _ bytes: Span<UInt8>,
        _ base: Int
    ) throws(SIPParseError) {
        let number = scanner.run(until: .semicolon, bytes)
        guard !number.isEmpty,
            number.contains(where: { bytes[$0].isHexDigit || bytes[$0] == 0x2A || bytes[$0] == 0x23 })
        else { try scanner.refuse(.expectedDigits, bytes) }
        user = OctetRange(number, base: base)
        parameters = try ParameterList.scanURI(until: .uriParameterValueEnds, &scanner, bytes, base: base)
        guard scanner.isAtEnd(bytes) else { try scanner.refuse(.illegalCharacter, bytes) }
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
