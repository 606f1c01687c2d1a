import SIP

/// What of a ``HandOver`` goes along with a call, and how.
public struct HandOverFormat: Sendable, Hashable {
    /// A User-to-User header field (RFC 7433); `nil` sends none.
    public var userToUser: UserToUserFormat?
    /// Header fields of our own, by name; see ``mayBeWritten(_:)``.
    public var headers: [String: HandOver.Field]
    /// Names of header fields that the engine may have written for it, in lower case.
    public var engineHeaders: Set<String>
    /// A JSON part beside the session description of the INVITE.
    public var sendsBody: Bool
    /// The URL of a record but for the Call-ID at its end, such as `https://as.example/api/handovers/`.
    public var recordURL: String?
    /// UTF-8 octets of any one text in JSON; what is longer is cut between two characters.
    public var maximumText: Int
    /// UTF-8 octets of the transcript in JSON; the oldest lines are left out.
    public var maximumTranscript: Int
    /// Variables in JSON; further ones are left out.
    public var maximumVariables: Int

    /// Octets of the JSON part of an INVITE; a larger one has less of each text and of the transcript. With all else it
    /// has to stay within the 65,535 of a datagram.
    static let maximumPart = 32_768
    /// Octets of the value of a header field of our own.
    static let maximumHeader = 256

    public struct UserToUserFormat: Sendable, Hashable {
        /// `purpose` (RFC 7433 §4.1); `isdn-uui` is what reaches ISDN (RFC 7434 §3).
        public var purpose: String?
        public var content: String?
        /// First octet of the data: the protocol discriminator of ISDN (ITU-T Q.931 §4.5.30), 0 for a protocol of the
        /// users' own; `nil` leaves it out.
        public var discriminator: UInt8?
        /// Octets of the data before they are written as hexadecimal digits, the discriminator included. ISDN carries
        /// 128.
        public var limit: Int

        public init(
            purpose: String? = "isdn-uui",
            content: String? = "isdn-uui",
            discriminator: UInt8? = 0,
            limit: Int = 128
        ) {
            self.purpose = purpose
            self.content = content
            self.discriminator = discriminator
            self.limit = limit
        }
    }

    public init(
        userToUser: UserToUserFormat? = nil,
        headers: [String: HandOver.Field] = [:],
        engineHeaders: Set<String> = [],
        sendsBody: Bool = false,
        recordURL: String? = nil,
        maximumText: Int = 4_096,
        maximumTranscript: Int = 16_384,
        maximumVariables: Int = 64
    ) {
        self.userToUser = userToUser
        self.headers = headers
        self.engineHeaders = Set(engineHeaders.map { $0.lowercased() })
        self.sendsBody = sendsBody
        self.recordURL = recordURL
        self.maximumText = maximumText
        self.maximumTranscript = maximumTranscript
        self.maximumVariables = maximumVariables
    }

    /// Whether anything of a hand-over leaves with the call.
    public var isEmpty: Bool { userToUser == nil && headers.isEmpty && engineHeaders.isEmpty && !sendsBody }

    /// Where the record of a call is; `nil` without ``recordURL``.
    func recordURL(of callID: String) -> String? { recordURL.map { $0 + callID.percentEncoded } }

    /// Names that a header field of ours may have: a token that no field has which routes, frames, identifies or
    /// authenticates a message.
    public static func mayBeWritten(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= 64, name.utf8.allSatisfy(\.isTokenCharacter) else { return false }
        let lowercase = name.lowercased()
        let isReserved = reservedPrefixes.contains { lowercase.hasPrefix($0) }
        return !isReserved && !reservedNames.contains(HeaderName(name))
    }

    /// Of the network (RFC 7315), of its charging and of authentication.
    private static let reservedPrefixes = ["p-", "priv-", "proxy-", "www-", "content-"]

    /// A compact form is the same name.
    private static let reservedNames: Set<HeaderName> = [
        .via, .from, .to, .callID, .cSeq, .contact, .maxForwards, .route, .recordRoute, .contentType, .contentLength,
        .contentDisposition, .contentEncoding, .allow, .supported, .unsupported, .require, .proxyRequire, .accept,
        .expires, .event, .privacy, .referTo, .referredBy, .replaces, .sessionExpires, .minSE, .rSeq, .rAck,
        .subscriptionState, .historyInfo, .userToUser, .serviceRoute, .path, .sessionID, .resourcePriority,
        .acceptContact, .rejectContact, .requestDisposition, .infoPackage, .recvInfo, .referSub, .identity,
        .authorization, .server, .userAgent, .retryAfter, .reason, .warning, "Diversion", "Join", "Target-Dialog",
        "Accept-Encoding", "Accept-Language", "Allow-Events", "Authentication-Info", "Date", "Encryption", "Flow-Timer",
        "Geolocation", "Geolocation-Routing", "Identity-Info", "MIME-Version", "Permission-Missing", "Security-Client",
        "Security-Server", "Security-Verify", "Timestamp", "Trigger-Consent", "Remote-Party-ID",
    ]
}
