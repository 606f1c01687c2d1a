/// Whose reading of a profile to follow.
public enum Dialect: String, Sendable, Hashable, CaseIterable {
    /// TS 29.228: RequestURI over hostport or telephone-subscriber, headers by name, SDP line by line.
    case standard
    /// The ISC module of Kamailio: patterns without case, RequestURI over the whole URI, header names as
    /// unanchored patterns, methods by prefix, quotes around Content removed, patterns of 256 bytes and more
    /// never true, a negated header without Content always true, SDP as one text.
    case kamailio
    /// Clearwater Sprout: header names as unanchored patterns, Perl's escapes, of a tel URI the number only, SDP
    /// not looked for inside multipart bodies, its lines with their carriage return.
    case clearwater

    var expressionOptions: ExtendedRegularExpression.Options {
        switch self {
        case .standard: []
        case .kamailio: [.ignoringCase, .gnuEscapes]
        case .clearwater: [.perlEscapes]
        }
    }
}
