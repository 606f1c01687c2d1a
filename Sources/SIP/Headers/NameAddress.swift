/// The value of From, To, Contact, Route, Record-Route, P-Asserted-Identity and their kin: a URI, perhaps with a
/// display name, and header parameters.
///
/// Source: RFC 3261 §20.10 (a URI without angle brackets gives its parameters to the header), §25.1 `name-addr`.
public struct NameAddress: HeaderValue {
    /// What it was parsed from, and behind that the parts that were set since.
    private var octets: [UInt8]
    private var layout: Layout
    /// The parameters of the URI and those behind it, once they were edited.
    private var editedURIParameters: [ParameterList.Parameter]?
    private var editedParameters: [ParameterList.Parameter]?

    fileprivate struct Layout: Sendable {
        /// Without quotes.
        var displayName = OctetRange.absent
        var uriText = OctetRange.absent
        var parameters = OctetRange.absent
        /// The value of the parameter `tag`.
        var tag = OctetRange.absent
        var uri = SIPURI.Layout(scheme: .sip)
        /// The display name holds escapes.
        var hasEscapes = false
    }

    /// Without quotes and escapes; `nil` if absent or empty.
    public var displayName: String? {
        get {
            guard layout.hasEscapes else { return octets.text(layout.displayName) }
            return FieldScanner.withoutEscapes(octets.span.extracting(layout.displayName.range))
        }
        set {
            layout.displayName = octets.append(part: newValue)
            layout.hasEscapes = false
        }
    }

    public var uri: SIPURI {
        get { SIPURI(octets: octets, layout: layout.uri, editedParameters: editedURIParameters) }
        set {
            let extent = newValue.layout.extent
            layout.uri = newValue.layout.shifted(by: octets.count - extent.lowerBound)
            octets.append(newValue.octets.span.extracting(extent))
            editedURIParameters = newValue.editedParameters
            let start = octets.count
            newValue.write(into: &octets)
            layout.uriText = OctetRange(start..<octets.count)
        }
    }

    /// The URI's own octets, for comparison and copying where it must not change. Those beyond ASCII are escaped, so that
    /// it can become a Request-URI.
    public var uriText: String {
        Self.uriText(layout.uriText, of: octets)
    }

    fileprivate static func uriText(_ part: OctetRange, of octets: [UInt8]) -> String {
        let range = part.range
        // The others were refused when it was read.
        if octets.span.firstNonVisible(in: range) == range.upperBound { return octets.span.string(range) }
        var text = octets.span.octets(range)
        text.escapeURI(from: 0)
        return String(decoding: text, as: UTF8.self)
    }

    public var parameters: ParameterList {
        get {
            if let editedParameters { return ParameterList(editedParameters) }
            return ParameterList(layout.parameters, of: octets, .generic)
        }
        set { editedParameters = newValue.parameters }
    }

    /// As ``ParameterList/choice(_:_:_:)`` of ``parameters``.
    func choice(_ name: StaticString, _ first: StaticString, _ second: StaticString) -> ParameterList.Choice {
        guard editedParameters == nil else { return parameters.choice(name, first, second) }
        return ParameterList.choice(name, first, second, octets.span.extracting(layout.parameters.range), .generic)
    }

    /// The `tag` of From and To.
    public var tag: String? {
        get { editedParameters == nil ? octets.text(layout.tag) : parameters["tag"] }
        set { parameters["tag"] = newValue }
    }
}

extension NameAddress {
    public init(displayName: String? = nil, uri: SIPURI, parameters: ParameterList = ParameterList()) {
        self.init(octets: [], layout: Layout())
        self.displayName = displayName
        self.uri = uri
        self.parameters = parameters
    }

    public init(parsing text: String, field: HeaderName? = nil) throws(SIPParseError) {
        do throws(SIPParseError) {
            try self.init(parsing: text.utf8.span, field: field)
        } catch {
            throw error.named(field)
        }
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        try self.init(parsing: bytes, field: Optional(field))
    }

    public init(parsing bytes: Span<UInt8>, keeping octets: KeptOctets, field: HeaderName) throws(SIPParseError) {
        self.init(
            octets: octets.octets, layout: try Layout.parse(bytes, field: FieldNumber(field), base: octets.start))
    }

    package init(parsing bytes: Span<UInt8>, field: HeaderName?) throws(SIPParseError) {
        let layout = try Layout.parse(bytes, field: FieldNumber(field), base: 0)
        self.init(octets: bytes.octets(0..<bytes.count), layout: layout)
    }
}

// A function, not an initialiser: it ends with the one that the compiler makes, the only one that does not copy what it has
// built.
extension NameAddress.Layout {
    /// - Parameter base: Where `bytes` begin in the octets that the parts are to be found in.
    fileprivate static func parse(
        _ bytes: Span<UInt8>,
        field: FieldNumber,
        base: Int
    ) throws(SIPParseError) -> NameAddress.Layout {
        var scanner = FieldScanner(field: field)
        scanner.skipWhitespace(bytes)
        let start = scanner.offset
        var displayName = OctetRange.absent
        var hasEscapes = false
        var isBracketed = true
        if scanner.peek(bytes) == .doubleQuote {
            hasEscapes = try scanner.skipQuotedString(bytes)
            let name = start + 1..<scanner.offset - 1
            if !name.isEmpty { displayName = OctetRange(name, base: base) }
            scanner.skipWhitespace(bytes)
            guard scanner.peek(bytes) == .lessThan else { try scanner.refuse(.expected(.lessThan), bytes) }
        } else if scanner.peek(bytes) != .lessThan {
            isBracketed = try readToken(&displayName, &scanner, bytes, base)
        }
        let range: Range<Int>
        if isBracketed {
            scanner.skip()
            range = scanner.run(until: .greaterThan, bytes)
            guard !scanner.isAtEnd(bytes) else { try scanner.refuse(.expected(.greaterThan), bytes) }
        } else {
            // addr-spec: ends at the first semicolon, which starts header parameters.
            range = scanner.run(until: { $0 == .semicolon || $0.isLinearWhitespace }, bytes)
        }
        let uri = try SIPURI.Layout.parse(bytes.extracting(range), field: field, base: base &+ range.lowerBound)
        if isBracketed { scanner.skip() }
        let (parameters, tag) = try ParameterList.scan(&scanner, bytes, base: base, noting: "tag")
        try scanner.end(bytes)
        return NameAddress.Layout(
            displayName: displayName, uriText: OctetRange(range, base: base), parameters: parameters, tag: tag,
            uri: uri,
            hasEscapes: hasEscapes)
    }

    /// A display name without quotes, up to the angle bracket behind it.
    ///
    /// - Returns: Whether there is a bracket. If not, there is no name either, and the scanner has not moved.
    @inline(never)
    private static func readToken(
        _ displayName: inout OctetRange,
        _ scanner: inout FieldScanner,
        _ bytes: Span<UInt8>,
        _ base: Int
    ) throws(SIPParseError) -> Bool {
        let start = scanner.offset
        let before = scanner.run(until: .lessThan, bytes)
        guard !scanner.isAtEnd(bytes) else {
            scanner.move(to: start)
            return false
        }
        var end = before.upperBound
        while end > start, bytes[end - 1].isLinearWhitespace { end -= 1 }
        for index in start..<end where !(bytes[index].isTokenCharacter || bytes[index].isLinearWhitespace) {
            throw SIPParseError(.illegalCharacter, field: scanner.field, offset: index, in: bytes)
        }
        if end > start { displayName = OctetRange(start..<end, base: base) }
        return true
    }
}

extension NameAddress {
    public static func == (left: NameAddress, right: NameAddress) -> Bool {
        left.displayName == right.displayName && left.uri == right.uri && left.uriText == right.uriText
            && left.parameters == right.parameters
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(displayName)
        hasher.combine(uri)
        hasher.combine(uriText)
        hasher.combine(parameters)
    }

    /// Always with angle brackets, so that URI and header parameters stay apart.
    public var description: String {
        var output: [UInt8] = []
        output.reserveCapacity(160)
        if let displayName {
            output.append(contentsOf: displayName.quoted.utf8)
            output.append(.space)
        }
        output.append(.lessThan)
        uri.write(into: &output)
        output.append(.greaterThan)
        parameters.write(into: &output)
        return String(decoding: output, as: UTF8.self)
    }
}

extension SIPHeaders {
    /// Every value of a header field whose values are addresses, comma-separated ones split.
    public func addresses(_ name: HeaderName) throws(SIPParseError) -> [NameAddress] {
        try values(of: name)
    }

    /// The first value of such a field.
    public func address(_ name: HeaderName) throws(SIPParseError) -> NameAddress {
        if let place = try plainPlace(of: name) {
            return try NameAddress(
                parsing: bytes.span.extracting(place), keeping: KeptOctets(bytes, from: place.lowerBound), field: name)
        }
        guard let value: NameAddress = try firstValue(of: name) else { throw SIPParseError(.missing, field: name) }
        return value
    }

    /// The `tag` of the ``address(_:)`` of From or To, which is checked as a whole, where it stands.
    package func tagText(of name: HeaderName) throws(SIPParseError) -> KeptText? {
        guard let place = try plainPlace(of: name) else { return try address(name).tag.map { KeptText($0) } }
        let layout = try NameAddress.Layout.parse(
            bytes.span.extracting(place), field: FieldNumber(name), base: place.lowerBound)
        return KeptText(layout.tag, of: bytes)
    }

    /// The ``NameAddress/uriText`` of the ``address(_:)`` of a field, which is checked as a whole.
    package func uriText(of name: HeaderName) throws(SIPParseError) -> String {
        guard let place = try plainPlace(of: name) else { return try address(name).uriText }
        let layout = try NameAddress.Layout.parse(
            bytes.span.extracting(place), field: FieldNumber(name), base: place.lowerBound)
        return NameAddress.uriText(layout.uriText, of: bytes)
    }

    /// The values of a field in order, split at top-level commas and unfolded, octets otherwise untouched.
    public func splitValues(_ name: HeaderName) -> [String] {
        var values: [String] = []
        var index = firstIndex(name, from: 0)
        while index < table.count {
            let field = table[index]
            let octets = bytes.span.extracting(field.valueRange)
            var start = 0
            let next = nextIndex(name, after: index)
            while let range = field.nextValue(octets, from: &start) {
                let value = field.isFolded ? octets.unfolded(range) : octets.string(range)
                if values.isEmpty, start >= octets.count, next >= table.count { return [value] }
                values.append(value)
            }
            index = next
        }
        return values
    }

    /// The first of those values.
    package func firstValue(_ name: HeaderName) -> String? {
        var index = firstIndex(name, from: 0)
        while index < table.count {
            let field = table[index]
            let octets = bytes.span.extracting(field.valueRange)
            var start = 0
            if let range = field.nextValue(octets, from: &start) {
                return field.isFolded ? octets.unfolded(range) : octets.string(range)
            }
            index = nextIndex(name, after: index)
        }
        return nil
    }

    /// Whether a list of tokens (Supported, Require, Allow) holds `token`.
    public func lists(_ token: String, in name: HeaderName) -> Bool {
        let token = token.utf8.span
        guard !token.isEmpty else { return false }
        let first = token[0]
        var index = firstIndex(name, from: 0)
        while index < table.count {
            let octets = bytes.span.extracting(table[index].valueRange)
            var start = 0
            while let range = nextListValue(octets, from: &start) {
                // Nearly all others differ in their length or their first octet.
                if range.count == token.count, (octets.bytes.octet(at: range.lowerBound) ^ first) & 0xDF == 0,
                    octets.equalsIgnoringCase(token, at: range)
                {
                    return true
                }
            }
            index = nextIndex(name, after: index)
        }
        return false
    }
}
