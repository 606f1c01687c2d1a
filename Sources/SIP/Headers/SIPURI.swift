/// A `sip`, `sips` or `tel` URI; any other scheme is kept as it stands.
///
/// Source: RFC 3261 §19.1, RFC 3966.
public struct SIPURI: Sendable, Hashable {
    public enum Scheme: Sendable, Hashable {
        case sip, sips, tel
        /// The scheme in lower case.
        case other(String)

        public var rawValue: String {
            switch self {
            case .sip: "sip"
            case .sips: "sips"
            case .tel: "tel"
            case .other(let name): name
            }
        }
    }

    public var scheme: Scheme
    /// The user part with its escapes, without password; of a `tel` URI the number; `nil` if there is none.
    public var user: String?
    public var password: String?
    /// Empty for `tel` and for schemes we do not read.
    public var hostPort: HostPort
    public var parameters: ParameterList
    /// What follows `?`, unread; for schemes we do not read, everything behind the colon.
    public var opaque: String?

    public init(
        scheme: Scheme = .sip,
        user: String? = nil,
        host: String,
        port: UInt16? = nil,
        parameters: ParameterList = ParameterList()
    ) {
        self.scheme = scheme
        self.user = user
        hostPort = HostPort(host: host, port: port)
        self.parameters = parameters
    }

    public var host: String { hostPort.host }
    public var port: UInt16? { hostPort.port }

    /// Loose routing (RFC 3261 §16.12.1.1).
    public var isLooseRouter: Bool { parameters.contains("lr") }

    public init(parsing text: String) throws(SIPParseError) {
        self = try text.withSpan { bytes throws(SIPParseError) in try SIPURI(parsing: bytes, field: nil) }
    }

    package init(parsing bytes: Span<UInt8>, field: HeaderName?) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        guard let first = scanner.peek(bytes), first.isLetter else { throw scanner.fail(.expectedURI, bytes) }
        let name = scanner.run(
            until: { !($0.isLetter || $0.isDigit || $0 == 0x2B || $0 == 0x2D || $0 == .period) },
            bytes
        )
        guard scanner.take(.colon, bytes) else { throw scanner.fail(.expected(.colon), bytes) }
        if bytes.equalsIgnoringCase("sip", at: name) {
            try self.init(scheme: .sip, &scanner, bytes)
        } else if bytes.equalsIgnoringCase("sips", at: name) {
            try self.init(scheme: .sips, &scanner, bytes)
        } else if bytes.equalsIgnoringCase("tel", at: name) {
            try Self.checkControls(scanner, bytes)
            try self.init(telephone: &scanner, bytes)
        } else {
            try Self.checkControls(scanner, bytes)
            self.init(scheme: .other(bytes.string(name).lowercasedASCII), host: "")
            opaque = bytes.string(scanner.offset..<bytes.count)
        }
    }

    private static func checkControls(_ scanner: FieldScanner, _ bytes: Span<UInt8>) throws(SIPParseError) {
        for index in scanner.offset..<bytes.count where OctetSet.controlsAndSpace.contains(bytes[index]) {
            throw SIPParseError(.illegalCharacter, field: scanner.field, offset: index, in: bytes)
        }
    }

    private init(scheme: Scheme, _ scanner: inout FieldScanner, _ bytes: Span<UInt8>) throws(SIPParseError) {
        self.scheme = scheme
        var at: Int?
        var colon: Int?
        var hasEscapes = false
        var hasHeaders = false
        for index in scanner.offset..<bytes.count where OctetSet.uriDelimiters.contains(bytes[index]) {
            switch bytes[index] {
            case .at where at == nil: at = index
            // A second one would let two readers see two hosts; in `headers`, which nobody routes by, it is common.
            case .at where hasHeaders: break
            case .question: hasHeaders = at != nil
            case .colon: colon = colon ?? index
            case .percent: hasEscapes = true
            default: throw SIPParseError(.illegalCharacter, field: scanner.field, offset: index, in: bytes)
            }
        }
        if let at {
            let userInfo = scanner.offset..<at
            guard !userInfo.isEmpty else { throw scanner.fail(.expectedToken, bytes) }
            if let first = colon, first > at { colon = nil }
            user = bytes.string(userInfo.lowerBound..<(colon ?? at))
            password = colon.map { bytes.string($0 + 1..<at) }
            if hasEscapes { try Self.checkEscapes(userInfo, bytes, scanner.field) }
            scanner.skip(at + 1 - scanner.offset)
        }
        hostPort = try HostPort(scanning: &scanner, bytes)
        parameters = try ParameterList(scanningURI: &scanner, bytes)
        if scanner.take(.question, bytes) {
            opaque = bytes.string(scanner.offset..<bytes.count)
        } else if !scanner.isAtEnd(bytes) {
            throw scanner.fail(.illegalCharacter, bytes)
        }
    }

    private init(telephone scanner: inout FieldScanner, _ bytes: Span<UInt8>) throws(SIPParseError) {
        scheme = .tel
        let number = scanner.run(until: { $0 == .semicolon }, bytes)
        guard !number.isEmpty,
            number.contains(where: { bytes[$0].isHexDigit || bytes[$0] == 0x2A || bytes[$0] == 0x23 })
        else { throw scanner.fail(.expectedDigits, bytes) }
        user = bytes.string(number)
        hostPort = HostPort(host: "")
        parameters = try ParameterList(scanningURI: &scanner, bytes)
        guard scanner.isAtEnd(bytes) else { throw scanner.fail(.illegalCharacter, bytes) }
    }

    /// `%` must be followed by two hexadecimal digits.
    private static func checkEscapes(
        _ range: Range<Int>,
        _ bytes: Span<UInt8>,
        _ field: HeaderName?
    ) throws(SIPParseError) {
        for index in range where bytes[index] == .percent {
            guard index + 2 < range.upperBound, bytes[index + 1].isHexDigit, bytes[index + 2].isHexDigit else {
                throw SIPParseError(.expectedDigits, field: field, offset: index, in: bytes)
            }
        }
    }
}

extension SIPURI: CustomStringConvertible {
    public var description: String {
        var text = scheme.rawValue + ":"
        if case .other = scheme { return text + (opaque ?? "") }
        if let user {
            text += user
            if let password { text += ":" + password }
            if scheme != .tel { text += "@" }
        }
        if scheme != .tel { text += hostPort.description }
        parameters.write(into: &text)
        if let opaque { text += "?" + opaque }
        return Self.escaped(text)
    }

    /// What would end the URI where it stands leaves as a `%`-escape.
    private static func escaped(_ text: String) -> String {
        func isUnsafe(_ byte: UInt8) -> Bool {
            byte <= .space || byte == 0x7F || byte == .lessThan || byte == .greaterThan
        }
        guard text.utf8.contains(where: isUnsafe) else { return text }
        var octets: [UInt8] = []
        for byte in text.utf8 {
            guard isUnsafe(byte) else {
                octets.append(byte)
                continue
            }
            octets.append(.percent)
            if byte < 0x10 { octets.append(0x30) }
            octets.append(contentsOf: String(byte, radix: 16, uppercase: true).utf8)
        }
        return String(decoding: octets, as: UTF8.self)
    }
}

extension SIPURI {
    /// The user part with `%`-escapes resolved, or `nil` when it is not UTF-8 then.
    public var unescapedUser: String? {
        guard let user else { return nil }
        var octets: [UInt8] = []
        var rest = Array(user.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == .percent, let high = rest.first?.hexValue, let low = rest.dropFirst().first?.hexValue {
                octets.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                octets.append(byte)
            }
        }
        return String(validating: octets, as: UTF8.self)
    }

    /// Whether both name the same user at the same host: scheme, user, host and port, without parameters.
    /// A port left out equals the scheme's default only if both leave it out (RFC 3261 §19.1.4).
    public func namesSameResource(as other: SIPURI) -> Bool {
        scheme == other.scheme && unescapedUser == other.unescapedUser && host.equalsIgnoringCase(other.host)
            && port == other.port
    }
}
