/// A session description (RFC 8866): the lines of the session part and one ``MediaDescription`` for each `m=` line.
///
/// What nobody changes leaves as it came: a description that was parsed and not touched serialises to its original
/// bytes, and one that was changed keeps every other line, known or not, in its place.
public struct SessionDescription: Sendable {
    /// Nothing was changed since it was parsed: ``lines`` keeps the octets of the whole.
    private var isUnchanged: Bool

    /// The lines before the first `m=`, `v=` first. Change ``origin``, ``connection`` and attributes through the
    /// properties and methods of this type.
    public private(set) var lines: SDPLineList

    /// The `o=` and the `c=` line as they were set; `nil` while they are what was parsed.
    private var givenOrigin: Origin?
    private var givenConnection: ConnectionData?
    /// Where the values of the lines lie that were parsed, which match their grammar.
    private var parsedOrigin: SDPLineList.Place?
    private var parsedConnection: SDPLineList.Place?

    /// The `o=` line.
    public var origin: Origin {
        get {
            if let givenOrigin { return givenOrigin }
            let bytes = lines.octets.span
            guard let parsedOrigin, let places = Origin.Places(parsedOrigin.value, in: bytes) else {
                return Origin(sessionID: 0, sessionVersion: 0, address: "")
            }
            return Origin(places, in: bytes)
        }
        set {
            isUnchanged = false
            givenOrigin = newValue
            lines.replace(with: newValue.line)
        }
    }

    /// The `c=` line of the session part, which counts for each stream that has none of its own.
    public var connection: ConnectionData? {
        get {
            if let givenConnection { return givenConnection }
            let bytes = lines.octets.span
            return parsedConnection.flatMap { ConnectionData.Places($0.value, in: bytes) }
                .map { ConnectionData($0, in: bytes) }
        }
        set {
            isUnchanged = false
            parsedConnection = nil
            givenConnection = newValue
            if let newValue { lines.replace(with: newValue.line) } else { lines.removeAll("c") }
        }
    }

    /// One per `m=` line, in order.
    public var media: [MediaDescription] {
        didSet { isUnchanged = false }
    }
}

// MARK: Making and writing

// No initialiser stands in the struct: the one that the compiler makes is the only one that does not copy what it has
// built.
extension SessionDescription {
    /// A description of our own: `v=0`, `o=`, `s=-`, `c=`, `t=0 0` (RFC 3264 §5) and the streams.
    public init(origin: Origin, connection: ConnectionData, media: [MediaDescription]) {
        let lines = SDPLineList([
            SDPLine("v", "0"), origin.line, SDPLine("s", "-"), connection.line, SDPLine("t", "0 0"),
        ])
        self.init(
            isUnchanged: false, lines: lines, givenOrigin: origin, givenConnection: connection, media: media)
    }

    /// Parses a body of type `application/sdp`. Lines end with CRLF or LF; a missing `s=` or `t=` is tolerated.
    ///
    /// - Throws: ``SDPParseError`` with line and offset. Takes time linear in the length of the body.
    public init(parsing bytes: [UInt8], limits: SDPLimits = SDPLimits()) throws(SDPParseError) {
        var reader = SDPReader(limits: limits)
        let parts = try reader.read(bytes)
        self.init(
            isUnchanged: true,
            lines: SDPLineList(octets: bytes, places: parts.session),
            parsedOrigin: parts.origin,
            parsedConnection: parts.connection,
            media: parts.media
        )
    }

    /// Parses a body of type `application/sdp`, which is copied once.
    public init(parsing bytes: Span<UInt8>, limits: SDPLimits = SDPLimits()) throws(SDPParseError) {
        guard bytes.count <= limits.bodyBytes else {
            throw SDPParseError(.bodyTooLong(limit: limits.bodyBytes), line: 1, offset: limits.bodyBytes)
        }
        var copy: [UInt8] = []
        copy.reserveCapacity(bytes.count)
        bytes.withUnsafeBufferPointer { copy.append(contentsOf: $0) }
        try self.init(parsing: copy, limits: limits)
    }

    /// The bytes to send: the original ones if nothing was changed since parsing.
    public func serialized() -> [UInt8] {
        if isUnchanged { return lines.octets }
        var output: [UInt8] = []
        output.reserveCapacity(512)
        lines.serialize(into: &output)
        for description in media { description.serialize(into: &output) }
        return output
    }

    /// The value of the `s=` line, if there is one.
    public var sessionName: String? { lines.first("s")?.text }

    /// Adds an attribute to the session part.
    public mutating func appendAttribute(_ name: String, _ value: String? = nil) {
        isUnchanged = false
        lines.appendAttribute(name, value)
    }

    /// Removes an attribute from the session part.
    public mutating func removeAttributes(_ name: String) {
        isUnchanged = false
        lines.removeAttributes(name)
    }

    /// Sets the direction of the session part (RFC 8866 §6.7); `nil` removes it.
    public mutating func setSessionDirection(_ direction: MediaDirection?) {
        isUnchanged = false
        lines.direction = direction
    }
}

// MARK: What counts for a stream

extension SessionDescription {
    /// The `c=` line of a stream, or else that of the session.
    public func connection(of description: MediaDescription) -> ConnectionData? {
        description.connection ?? connection
    }

    /// The direction of a stream, or else that of the session, or else `sendrecv` (RFC 8866 §6.7).
    public func direction(of description: MediaDescription) -> MediaDirection {
        description.lines.direction ?? lines.direction ?? .sendReceive
    }

    /// The first audio stream that is not refused or removed.
    public var activeAudio: MediaDescription? {
        media.first { $0.isAudio && $0.port != 0 }
    }
}

extension SessionDescription: Hashable {
    /// Equal line for line; how the lines ended does not count.
    public static func == (left: SessionDescription, right: SessionDescription) -> Bool {
        left.lines == right.lines && left.media == right.media
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(lines)
        hasher.combine(media)
    }
}

extension SessionDescription: CustomStringConvertible {
    public var description: String { String(decoding: serialized(), as: UTF8.self) }
}
