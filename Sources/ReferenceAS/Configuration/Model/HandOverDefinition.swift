import ApplicationServer

/// What goes along to whoever takes a call over.
public struct HandOverDefinition: Sendable, Hashable {
    /// Whether a User-to-User header is sent (RFC 7433).
    public var userToUser = false
    /// Its `purpose` and `content`; `isdn-uui` begins with a protocol discriminator, others do not.
    public var purpose = "isdn-uui"
    /// Octets of its data.
    public var limit = 128
    /// Names of header fields and the part that each carries.
    public var headers: [String: HandOver.Field] = [:]
    /// Header fields that the engine may write.
    public var engineHeaders: [String] = []
    /// Whether a JSON part stands beside the session description.
    public var body = false
    /// Where a record is, but for the Call-ID.
    public var recordURL: String?

    public init() {}

    var value: HandOverFormat {
        HandOverFormat(
            userToUser: userToUser
                ? HandOverFormat.UserToUserFormat(
                    purpose: purpose,
                    content: purpose,
                    discriminator: purpose == "isdn-uui" ? 0 : nil,
                    limit: limit
                ) : nil,
            headers: headers,
            engineHeaders: Set(engineHeaders),
            sendsBody: body,
            recordURL: recordURL
        )
    }
}
