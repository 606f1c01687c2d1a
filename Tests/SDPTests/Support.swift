import SDP

/// A body with CRLF line ends from lines written one below the other.
func body(_ lines: String) -> [UInt8] {
    Array(lines.split(separator: "\n").map { $0 + "\r\n" }.joined().utf8)
}

func description(_ lines: String) throws -> SessionDescription {
    try SessionDescription(parsing: body(lines))
}

/// An offer of one stream: the session part, and then the lines given.
func offer(_ media: String, address: String = "192.0.2.7", session: String = "") throws -> SessionDescription {
    let connection = address.contains(":") ? "IN IP6 \(address)" : "IN IP4 \(address)"
    return try description(
        """
        v=0
        o=alice 2890844526 2890844526 IN IP4 host.example
        s=-
        c=\(connection)
        t=0 0
        \(session.isEmpty ? "" : session + "\n")\(media)
        """
    )
}

let local = LocalAudio(
    address: "198.51.100.1",
    rtpPort: 20_000,
    sessionID: 1_000,
    sessionVersion: 1,
    codecs: [.pcma, .pcmu]
)

extension MediaDescription {
    var mLine: String { "\(kind) \(port) \(transportProtocol) \(formats.joined(separator: " "))" }
}
