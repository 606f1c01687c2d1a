/// A `sip`, `sips` or `tel` URI; any other scheme is kept as it stands.
///
/// Source: RFC 3261 §19.1, RFC 3966.
public struct SIPURI: Sendable {
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

    /// What it was parsed from, and behind that the parts that were set since.
    private(set) var octets: [UInt8]
    private(set) var layout: Layout
    /// The parameters, once they were edited.
    private(set) var editedParameters: [ParameterList.Parameter]?
}

// No initialiser stands in the struct: the one that the compiler makes is the only one that does not copy what it has built.
extension SIPURI {
    public init(
        scheme: Scheme = .sip,
        user: String? = nil,
        host: String,
        port: UInt16? = nil,
        parameters: ParameterList = ParameterList()
    ) {
        self.init(octets: [], layout: Layout(scheme: .sip))
        self.scheme = scheme
        self.user = user
        hostPort = HostPort(host: host, port: port)
        self.parameters = parameters
    }

    public init(parsing text: String) throws(SIPParseError) {
        try self.init(parsing: text.utf8.span, field: nil)
    }

    /// - Parameter octets: Are kept in place of a copy if `text` stands in them from `start` on, which is not negative.
    init(parsing text: String, keeping octets: [UInt8], at start: Int) throws(SIPParseError) {
        let bytes = text.utf8.span
        let isThere =
            start <= octets.count && bytes.count <= octets.count &- start
            && octets.span.equals(bytes, at: start..<start &+ bytes.count)
        let layout = try Layout.parse(bytes, field: FieldNumber(nil), base: isThere ? start : 0)
        self.init(octets: isThere ? octets : bytes.octets(0..<bytes.count), layout: layout)
    }

    package init(parsing bytes: Span<UInt8>, field: HeaderName?) throws(SIPParseError) {
        let layout = try Layout.parse(bytes, field: FieldNumber(field), base: 0)
        self.init(octets: bytes.octets(0..<bytes.count), layout: layout)
    }
}

// MARK: - Parts

extension SIPURI {
    public var scheme: Scheme {
        get {
            switch layout.scheme {
            case .sip: .sip
            case .sips: .sips
            case .tel: .tel
            case .other(let name): .other(octets.text(name)?.lowercasedASCII ?? "")
            }
        }
        set {
            switch newValue {
            case .sip: layout.scheme = .sip
            case .sips: layout.scheme = .sips
            case .tel: layout.scheme = .tel
            case .other(let name): layout.scheme = .other(octets.append(part: name))
            }
        }
    }

    /// The user part with its escapes, without password; of a `tel` URI the number; `nil` if there is none.
    public var user: String? {
        get { octets.text(layout.user) }
        set { layout.user = octets.append(part: newValue) }
    }

    public var password: String? {
        get { octets.text(layout.password) }
        set { layout.password = octets.append(part: newValue) }
    }

    /// Empty for `tel` and for schemes we do not read.
    public var hostPort: HostPort {
        get { HostPort(layout.hostPort, of: octets) }
        set { layout.hostPort = HostPort.Place(host: octets.append(part: newValue.host), port: newValue.port) }
    }

    public var host: String { octets.text(layout.hostPort.host) ?? "" }
    public var port: UInt16? { layout.hostPort.port }

    /// The ``host`` where it stands.
    package var hostText: KeptText { KeptText(layout.hostPort.host, of: octets) ?? KeptText("") }

    public var parameters: ParameterList {
        get {
            if let editedParameters { return ParameterList(editedParameters) }
            return ParameterList(layout.parameters, of: octets, .uri)
        }
        set { editedParameters = newValue.parameters }
    }

    /// What follows `?`, unread; for schemes we do not read, everything behind the colon.
    public var opaque: String? {
        get { octets.text(layout.opaque) }
        set { layout.opaque = octets.append(part: newValue) }
    }

    /// Loose routing (RFC 3261 §16.12.1.1).
    public var isLooseRouter: Bool { parameters.contains("lr") }
}

extension SIPURI: Hashable {
    public static func == (left: SIPURI, right: SIPURI) -> Bool {
        func areSame(_ part: (Layout) -> OctetRange) -> Bool {
            areEqual(part(left.layout), of: left.octets, part(right.layout), of: right.octets)
        }
        return left.scheme == right.scheme && left.port == right.port && areSame(\.user) && areSame(\.hostPort.host)
            && areSame(\.password) && areSame(\.opaque) && left.parameters == right.parameters
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(scheme)
        hasher.combine(user)
        hasher.combine(password)
        hasher.combine(hostPort)
        hasher.combine(parameters)
        hasher.combine(opaque)
    }
}

extension SIPURI: CustomStringConvertible {
    public var description: String {
        var output: [UInt8] = []
        write(into: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// Appends the canonical form. What may not stand in a URI leaves as a `%`-escape.
    func write(into output: inout [UInt8]) {
        let start = output.count
        output.reserveCapacity(start + 96)
        output.append(contentsOf: scheme.rawValue.utf8)
        output.append(.colon)
        if case .other = layout.scheme {
            output.append(layout.opaque, of: octets)
            output.escapeURI(from: start)
            return
        }
        let isTelephone = layout.isTelephone
        if layout.user.isPresent {
            output.append(layout.user, of: octets)
            if layout.password.isPresent {
                output.append(.colon)
                output.append(layout.password, of: octets)
            }
            if !isTelephone { output.append(.at) }
        }
        if !isTelephone { layout.hostPort.write(of: octets, into: &output) }
        parameters.write(into: &output)
        if layout.opaque.isPresent {
            output.append(.question)
            output.append(layout.opaque, of: octets)
        }
        output.escapeURI(from: start)
    }
}

extension SIPURI {
    /// The user part with `%`-escapes resolved, or `nil` when it is not UTF-8 then.
    public var unescapedUser: String? {
        guard let user else { return nil }
        return String(validating: [UInt8](resolvingEscapes: Substring(user).utf8), as: UTF8.self)
    }

    /// Whether both name the same user at the same host: scheme, user, host and port, without parameters.
    /// A port left out equals the scheme's default only if both leave it out (RFC 3261 §19.1.4).
    public func namesSameResource(as other: SIPURI) -> Bool {
        scheme == other.scheme && unescapedUser == other.unescapedUser && hostText.equalsIgnoringCase(other.hostText)
            && port == other.port
    }
}
