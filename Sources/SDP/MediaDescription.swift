/// One `m=` line and the lines below it (RFC 8866 §5.14).
public struct MediaDescription: Sendable {
    /// `audio`, `video`, `application`, ...
    public var kind: String
    /// 0: the stream is refused or removed (RFC 3264 §6, §8.2).
    public var port: UInt16
    /// How many ports, from `port` on; 1 unless layers are spread over several.
    public var portCount: UInt16
    /// `RTP/AVP`, `RTP/SAVP`, `udptl`, ...
    public var transportProtocol: String
    /// The formats where nobody has set any since they were parsed.
    private var parsedFormats: Range<Int>?
    private var givenFormats: [String]
    /// Everything below the `m=` line.
    public private(set) var lines: SDPLineList
    /// The stream's own `c=` line.
    public private(set) var connection: ConnectionData?
}

// No initialiser stands in the struct: the one that the compiler makes is the only one that does not copy what it has
// built.
extension MediaDescription {
    public init(
        kind: String,
        port: UInt16,
        portCount: UInt16 = 1,
        transportProtocol: String,
        formats: [String]
    ) {
        self.init(
            kind: kind,
            port: port,
            portCount: portCount,
            transportProtocol: transportProtocol,
            givenFormats: formats,
            lines: SDPLineList(),
            connection: nil
        )
    }

    /// What ``SDPReader`` has read.
    init(
        _ line: MediaLine,
        _ places: [SDPLineList.Place],
        connection: SDPLineList.Place?,
        in octets: [UInt8]
    ) {
        let bytes = octets.span
        self.init(
            kind: bytes.text(line.kind),
            port: line.port,
            portCount: line.portCount,
            transportProtocol: bytes.text(line.transportProtocol),
            parsedFormats: line.formats,
            givenFormats: [],
            lines: SDPLineList(octets: octets, places: places),
            connection: connection.flatMap { ConnectionData.Places($0.value, in: bytes) }
                .map { ConnectionData($0, in: bytes) }
        )
    }

    /// For RTP: payload types, the preferred one first.
    public var formats: [String] {
        get {
            guard let parsedFormats else { return givenFormats }
            var formats: [String] = []
            let bytes = lines.octets.span
            var fields = SDPFields(parsedFormats, atMost: .max)
            while let format = fields.next(bytes) { formats.append(bytes.text(format)) }
            return formats
        }
        set {
            parsedFormats = nil
            givenFormats = newValue
        }
    }

    public var isAudio: Bool { kind.equalsIgnoringCase("audio") }

    /// Sets or removes the stream's own `c=` line.
    public mutating func setConnection(_ connection: ConnectionData?) {
        self.connection = connection
        if let connection { lines.replace(with: connection.line) } else { lines.removeAll("c") }
    }

    public mutating func appendAttribute(_ name: String, _ value: String? = nil) {
        lines.appendAttribute(name, value)
    }

    public mutating func removeAttributes(_ name: String) {
        lines.removeAttributes(name)
    }

    /// Sets the direction attribute; `nil` removes it.
    public mutating func setDirection(_ direction: MediaDirection?) {
        lines.direction = direction
    }

    /// The stream as an answer refuses it: port 0, protocol and formats as offered, nothing else (RFC 3264 §6).
    public var refused: MediaDescription {
        MediaDescription(kind: kind, port: 0, transportProtocol: transportProtocol, formats: formats)
    }

    func serialize(into output: inout [UInt8]) {
        let ports = portCount == 1 ? "\(port)" : "\(port)/\(portCount)"
        SDPLineList([SDPLine("m", "\(kind) \(ports) \(transportProtocol) \(formats.joined(separator: " "))")])
            .serialize(into: &output)
        lines.serialize(into: &output)
    }
}

extension MediaDescription: Hashable {
    public static func == (left: MediaDescription, right: MediaDescription) -> Bool {
        left.kind == right.kind && left.port == right.port && left.portCount == right.portCount
            && left.transportProtocol == right.transportProtocol && left.formats == right.formats
            && left.lines == right.lines && left.connection == right.connection
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(port)
        hasher.combine(portCount)
        hasher.combine(transportProtocol)
        hasher.combine(formats)
        hasher.combine(lines)
        hasher.combine(connection)
    }
}

// MARK: Typed attributes

extension MediaDescription {
    /// `a=ptime` in milliseconds as the peer wrote it (RFC 8866 §6.4); `nil` if there is none or it is no number.
    public var packetTime: Int? { number(of: "ptime") }

    /// `a=maxptime` in milliseconds (RFC 8866 §6.5).
    public var maximumPacketTime: Int? { number(of: "maxptime") }

    /// The port of `a=rtcp` (RFC 3605), or else the next port after ``port``; 0 if there is none.
    public var rtcpPort: UInt16 {
        for value in lines.attributes("rtcp") {
            if let port = ArraySlice(value.utf8).fields(atMost: 2).first?.number(UInt16.self) { return port }
        }
        return port == 0 || port == .max ? 0 : port + 1
    }

    private func number(of attribute: String) -> Int? {
        guard let value = lines.attributePlace(attribute) else { return nil }
        // "20.0" is not in the grammar, but there are peers that write it.
        return lines.octets[value].prefix { $0.isDigit }.number(Int.self)
    }
}
