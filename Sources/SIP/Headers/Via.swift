/// One `Via` value: a hop that the response has to travel back through.
///
/// Source: RFC 3261 §20.42, grammar `via-parm` in §25.1; `rport` from RFC 3581 §3.
public struct Via: HeaderValue {
    /// What it was parsed from, and behind that the parts that were set since.
    private var octets: [UInt8]
    private var transportPart: OctetRange
    private var sentByPlace: HostPort.Place
    private var parameterPart: OctetRange
    private var branchPart: OctetRange
    /// The parameters, once they were edited.
    private var editedParameters: [ParameterList.Parameter]?

    /// Starts every branch of RFC 3261 (§8.1.1.7).
    public static let magicCookie = "z9hG4bK"

    /// `UDP`, `TCP`, `TLS`, or whatever token the peer sent, in upper case.
    public var transport: String {
        get { octets.text(transportPart) ?? "" }
        set { transportPart = octets.append(part: newValue) }
    }

    public var sentBy: HostPort {
        get { HostPort(sentByPlace, of: octets) }
        set { sentByPlace = HostPort.Place(host: octets.append(part: newValue.host), port: newValue.port) }
    }

    public var parameters: ParameterList {
        get {
            if let editedParameters { return ParameterList(editedParameters) }
            return ParameterList(parameterPart, of: octets, .generic)
        }
        set { editedParameters = newValue.parameters }
    }

    /// Identifies the transaction. Starts with ``magicCookie`` unless the peer predates RFC 3261.
    public var branch: String? {
        editedParameters == nil ? octets.text(branchPart) : parameters["branch"]
    }

    /// The ``branch`` where it stands.
    package var branchText: KeptText? {
        editedParameters == nil ? KeptText(branchPart, of: octets) : parameters["branch"].map { KeptText($0) }
    }

    /// Whether it has a parameter of that name.
    package func hasParameter(_ name: StaticString) -> Bool {
        editedParameters?.contains { $0.name.equalsIgnoringCase(name.description) }
            ?? ParameterList.contains(name, parameterPart, of: octets)
    }

    /// The port of ``sentBy``.
    package var sentByPort: UInt16? { sentByPlace.port }
}

extension Via {
    public init(transport: String, sentBy: HostPort, branch: String) {
        self.init(
            octets: [],
            transportPart: .absent,
            sentByPlace: HostPort.Place(host: .absent, port: nil),
            parameterPart: .absent,
            branchPart: .absent
        )
        self.transport = transport
        self.sentBy = sentBy
        parameters["branch"] = branch
    }

    public init(parsing text: String) throws(SIPParseError) {
        try self.init(parsing: text.utf8.span)
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        try self.init(parsing: bytes)
    }

    public init(parsing bytes: Span<UInt8>, keeping octets: KeptOctets, field: HeaderName) throws(SIPParseError) {
        try self.init(parsing: bytes, keeping: octets)
    }

    package init(parsing bytes: Span<UInt8>) throws(SIPParseError) {
        try self.init(parsing: bytes, keeping: KeptOctets(copying: bytes))
    }

    fileprivate init(parsing bytes: Span<UInt8>, keeping kept: KeptOctets) throws(SIPParseError) {
        var scanner = FieldScanner(field: .via)
        if bytes.count > 8, bytes.equals("SIP/2.0/", at: 0..<8) {
            scanner.skip(8)
            scanner.skipWhitespace(bytes)
        } else {
            // SLASH allows whitespace around it: RFC 4475 §3.1.1.1 sends "SIP  / 2.0 / UDP".
            try scanner.literal("SIP", bytes)
            try scanner.separator(.slash, bytes)
            try scanner.literal("2.0", bytes)
            try scanner.separator(.slash, bytes)
        }
        let transport = try scanner.tokenRange(bytes)
        try scanner.requireWhitespace(bytes)
        // A transport in lower case takes a copy, which says it in upper case.
        let isCopied = transport.contains { bytes[$0] &- 0x61 < 26 }
        let base = isCopied ? 0 : kept.start
        let sentBy = try HostPort.Place(scanning: &scanner, bytes, base: base, allowsWhitespace: true)
        let (parameters, branch) = try ParameterList.scan(&scanner, bytes, base: base, noting: "branch")
        try scanner.end(bytes)
        self.init(
            octets: isCopied ? Self.octets(bytes, withUpperCase: transport) : kept.octets,
            transportPart: OctetRange(transport, base: base),
            sentByPlace: sentBy,
            parameterPart: parameters,
            branchPart: branch
        )
    }

    private static func octets(_ bytes: Span<UInt8>, withUpperCase range: Range<Int>) -> [UInt8] {
        var octets = bytes.octets(0..<bytes.count)
        for index in range where octets[index].isLetter { octets[index] &= 0xDF }
        return octets
    }

}

extension Via {
    public static func == (left: Via, right: Via) -> Bool {
        areEqual(left.transportPart, of: left.octets, right.transportPart, of: right.octets)
            && left.sentBy == right.sentBy && left.parameters == right.parameters
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(transport)
        hasher.combine(sentBy)
        hasher.combine(parameters)
    }

    public var description: String {
        var output: [UInt8] = []
        output.reserveCapacity(128)
        output.append(contentsOf: "SIP/2.0/".utf8)
        output.append(transportPart, of: octets)
        output.append(.space)
        sentByPlace.write(of: octets, into: &output)
        parameters.write(into: &output)
        return String(decoding: output, as: UTF8.self)
    }
}

extension SIPHeaders {
    /// Every `Via`, the topmost first.
    public func vias() throws(SIPParseError) -> [Via] { try values(of: .via) }

    /// The topmost `Via`.
    public func topVia() throws(SIPParseError) -> Via {
        if let place = try plainPlace(of: .via) {
            return try Via(
                parsing: bytes.span.extracting(place), keeping: KeptOctets(bytes, from: place.lowerBound))
        }
        guard let via: Via = try firstValue(of: .via) else { throw SIPParseError(.missing, field: .via) }
        return via
    }

    /// Replaces the first of the comma-separated values of a field; `nil` removes it.
    public mutating func replaceTopValue(_ name: HeaderName, with value: String?) {
        var values: [Range<Int>] = []
        var rest = ""
        withValues(of: name) { bytes in
            values = topLevelValues(bytes)
            if values.count > 1 { rest = bytes.unfolded(values[1].lowerBound..<bytes.count) }
            return false
        }
        switch (value, rest.isEmpty) {
        case (let value?, true): replaceFirst(name, with: value)
        case (let value?, false): replaceFirst(name, with: value + ", " + rest)
        case (nil, true): replaceFirst(name, with: nil)
        case (nil, false): replaceFirst(name, with: rest)
        }
    }
}
