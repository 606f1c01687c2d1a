/// RTCP on the port of RTP (RFC 5761 §5.1.1).
enum SharedPort {
    static let attribute = "rtcp-mux"

    /// Whether a stream is offered, or answered, that way.
    static func isIn(_ description: MediaDescription) -> Bool { description.lines.hasAttribute(attribute) }

    /// Whether packets of this payload type can be told from RTCP: with the marker bit those of 64 to 95 look like it
    /// (RFC 5761 §4).
    static func mayHold(_ format: PayloadFormat) -> Bool { !(64...95).contains(format.payloadType) }
}
