/// Who sends the first message of the handshake: `a=setup` (RFC 4145 §4, RFC 5763 §5).
public enum DTLSRole: String, Sendable, Hashable {
    /// The client.
    case active
    /// The server.
    case passive
}

extension MediaDescription {
    /// What the writer of a description says of its role.
    enum Setup: String {
        case active, passive
        /// Either, as the answer says.
        case actpass
        /// No connection for now.
        case holdconn
    }

    /// The role in `a=setup` of the stream or of the session; `active` where an offer is silent (RFC 4145 §4).
    ///
    /// - Returns: `nil` if the value is none of RFC 4145.
    func setup(in session: SessionDescription) -> Setup? {
        guard let value = lines.attribute("setup") ?? session.lines.attribute("setup") else { return .active }
        return Setup(rawValue: value.lowercased())
    }
}
