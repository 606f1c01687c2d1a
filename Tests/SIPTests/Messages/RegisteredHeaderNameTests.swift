import Testing

@testable import SIP

@Suite("Registered names of header fields")
struct RegisteredHeaderNameTests {
    /// As the IANA registry of SIP parameters spells them.
    private static let spellings = [
        "Accept", "Accept-Contact", "Accept-Encoding", "Accept-Language", "Alert-Info", "Allow", "Allow-Events",
        "Authentication-Info", "Authorization", "CSeq", "Call-ID", "Call-Info", "Contact", "Content-Disposition",
        "Content-Encoding", "Content-Language", "Content-Length", "Content-Type", "Date", "Error-Info", "Event",
        "Expires", "From", "Geolocation", "History-Info", "Identity", "In-Reply-To", "Info-Package", "MIME-Version",
        "Max-Forwards", "Min-Expires", "Min-SE", "Organization", "P-Access-Network-Info", "P-Asserted-Identity",
        "P-Asserted-Service", "P-Associated-URI", "P-Called-Party-ID", "P-Charging-Function-Addresses",
        "P-Charging-Vector", "P-Early-Media", "P-Preferred-Identity", "P-Preferred-Service", "P-Served-User",
        "P-Visited-Network-ID", "Path", "Priority", "Privacy", "Proxy-Authenticate", "Proxy-Authorization",
        "Proxy-Require", "RAck", "RSeq", "Reason", "Record-Route", "Recv-Info", "Refer-Sub", "Refer-To",
        "Referred-By", "Reject-Contact", "Replaces", "Reply-To", "Request-Disposition", "Require",
        "Resource-Priority", "Retry-After", "Route", "Server", "Service-Route", "Session-Expires", "Session-ID",
        "Subject", "Subscription-State", "Supported", "Timestamp", "To", "Unsupported", "User-Agent", "User-to-User",
        "Via", "WWW-Authenticate", "Warning",
    ]

    @Test("They are those of the registry")
    func spellings() {
        #expect(RegisteredHeaderName.allCases.map(\.spelling.description).sorted() == Self.spellings)
        #expect(HeaderName.minSE.rawValue == "Min-SE")
        #expect(HeaderName.pAssertedIdentity.rawValue == "P-Asserted-Identity")
    }

    @Test("A name that a peer writes, in any case, is the constant", arguments: RegisteredHeaderName.allCases)
    func lookUp(_ name: RegisteredHeaderName) {
        let spelling = name.spelling.description
        #expect(HeaderName(spelling).index == name.rawValue)
        #expect(HeaderName(spelling.uppercased()) == HeaderName(name))
        #expect(HeaderName(name).rawValue == spelling)
    }
}
