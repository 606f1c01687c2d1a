/// The name of a header field. Compares without case, and a compact form equals its long form (RFC 3261 §7.3.3).
public struct HeaderName: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// Index into ``registry``; 255 for a name that is not registered there.
    let index: UInt8
    /// What the peer wrote, when the name is not registered.
    private let unregisteredName: String?

    static let unregistered: UInt8 = 255

    /// The registered spelling, or what the peer wrote.
    public var rawValue: String { unregisteredName ?? Self.spellings[Int(index)] }

    public init(_ name: String) {
        let octets = name.utf8.span
        self.init(octets, 0..<octets.count)
    }

    public init(stringLiteral value: StaticString) {
        self.init(value.description)
    }

    init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        let index = Self.registeredIndex(bytes, range)
        self.index = index
        unregisteredName = index == Self.unregistered ? bytes.string(range) : nil
    }

    init(registered index: UInt8) {
        self.index = index
        unregisteredName = nil
    }

    /// Appends the name as it is written: what is no token character in it becomes `-`, and an empty one as well.
    func write(into output: inout [UInt8]) {
        guard let unregisteredName else {
            let name = Self.registry[Int(index)]
            output.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
            return
        }
        for octet in unregisteredName.utf8 { output.append(octet.isTokenCharacter ? octet : 0x2D) }
        if unregisteredName.isEmpty { output.append(0x2D) }
    }

    public var description: String { rawValue }

    public static func == (left: HeaderName, right: HeaderName) -> Bool {
        guard left.index == right.index else { return false }
        guard let left = left.unregisteredName, let right = right.unregisteredName else { return true }
        return left.lowercasedASCII == right.lowercasedASCII
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(index)
        hasher.combine(unregisteredName?.lowercasedASCII)
    }
}

extension HeaderName {
    public static let via: HeaderName = "Via"
    public static let from: HeaderName = "From"
    public static let to: HeaderName = "To"
    public static let callID: HeaderName = "Call-ID"
    public static let cSeq: HeaderName = "CSeq"
    public static let contact: HeaderName = "Contact"
    public static let maxForwards: HeaderName = "Max-Forwards"
    public static let route: HeaderName = "Route"
    public static let recordRoute: HeaderName = "Record-Route"
    public static let contentType: HeaderName = "Content-Type"
    public static let contentLength: HeaderName = "Content-Length"
    public static let contentDisposition: HeaderName = "Content-Disposition"
    public static let contentEncoding: HeaderName = "Content-Encoding"
    public static let allow: HeaderName = "Allow"
    public static let supported: HeaderName = "Supported"
    public static let unsupported: HeaderName = "Unsupported"
    public static let require: HeaderName = "Require"
    public static let proxyRequire: HeaderName = "Proxy-Require"
    public static let accept: HeaderName = "Accept"
    public static let expires: HeaderName = "Expires"
    public static let event: HeaderName = "Event"
    public static let subject: HeaderName = "Subject"
    public static let server: HeaderName = "Server"
    public static let userAgent: HeaderName = "User-Agent"
    public static let retryAfter: HeaderName = "Retry-After"
    public static let reason: HeaderName = "Reason"
    public static let warning: HeaderName = "Warning"
    public static let privacy: HeaderName = "Privacy"
    public static let referTo: HeaderName = "Refer-To"
    public static let referredBy: HeaderName = "Referred-By"
    public static let replaces: HeaderName = "Replaces"
    public static let sessionExpires: HeaderName = "Session-Expires"
    public static let minSE: HeaderName = "Min-SE"
    public static let rSeq: HeaderName = "RSeq"
    public static let rAck: HeaderName = "RAck"
    public static let subscriptionState: HeaderName = "Subscription-State"
    public static let historyInfo: HeaderName = "History-Info"
    public static let userToUser: HeaderName = "User-to-User"
    public static let pAssertedIdentity: HeaderName = "P-Asserted-Identity"
    public static let pPreferredIdentity: HeaderName = "P-Preferred-Identity"
    public static let pServedUser: HeaderName = "P-Served-User"
    public static let pAssertedService: HeaderName = "P-Asserted-Service"
    static let pPreferredService: HeaderName = "P-Preferred-Service"
    public static let pChargingVector: HeaderName = "P-Charging-Vector"
    public static let pChargingFunctionAddresses: HeaderName = "P-Charging-Function-Addresses"
    public static let pAccessNetworkInfo: HeaderName = "P-Access-Network-Info"
    public static let pVisitedNetworkID: HeaderName = "P-Visited-Network-ID"
    public static let pAssociatedURI: HeaderName = "P-Associated-URI"
    public static let pCalledPartyID: HeaderName = "P-Called-Party-ID"
    public static let resourcePriority: HeaderName = "Resource-Priority"
    public static let acceptContact: HeaderName = "Accept-Contact"
    public static let serviceRoute: HeaderName = "Service-Route"
    public static let path: HeaderName = "Path"
    public static let sessionID: HeaderName = "Session-ID"
    public static let rejectContact: HeaderName = "Reject-Contact"
    public static let requestDisposition: HeaderName = "Request-Disposition"
    public static let pEarlyMedia: HeaderName = "P-Early-Media"
    public static let infoPackage: HeaderName = "Info-Package"
    public static let recvInfo: HeaderName = "Recv-Info"
    public static let referSub: HeaderName = "Refer-Sub"
    public static let identity: HeaderName = "Identity"
    public static let authorization: HeaderName = "Authorization"
    public static let proxyAuthorization: HeaderName = "Proxy-Authorization"
    public static let wwwAuthenticate: HeaderName = "WWW-Authenticate"
    public static let proxyAuthenticate: HeaderName = "Proxy-Authenticate"
}

// MARK: - Registry

extension HeaderName {
    /// Names of RFC 3261 and the IANA registry of SIP parameters.
    static let registry: [StaticString] = [
        "Via", "From", "To", "Call-ID", "CSeq", "Contact", "Max-Forwards", "Route", "Record-Route", "Content-Type",
        "Content-Length", "Content-Disposition", "Content-Encoding", "Content-Language", "MIME-Version", "Allow",
        "Allow-Events", "Supported", "Unsupported", "Require", "Proxy-Require", "Accept", "Accept-Encoding",
        "Accept-Language", "Expires", "Min-Expires", "Event", "Subject", "Server", "User-Agent", "Retry-After",
        "Reason", "Warning", "Privacy", "Refer-To", "Referred-By", "Refer-Sub", "Replaces", "Session-Expires",
        "Min-SE", "RSeq", "RAck", "Subscription-State", "History-Info", "User-to-User", "P-Asserted-Identity",
        "P-Preferred-Identity", "P-Served-User", "P-Asserted-Service", "P-Preferred-Service", "P-Charging-Vector",
        "P-Charging-Function-Addresses", "P-Access-Network-Info", "P-Visited-Network-ID", "P-Associated-URI",
        "P-Called-Party-ID", "P-Early-Media", "Resource-Priority", "Accept-Contact", "Reject-Contact",
        "Request-Disposition", "Service-Route", "Path", "Session-ID", "Identity", "Geolocation", "Info-Package",
        "Recv-Info", "Authorization", "Proxy-Authorization", "WWW-Authenticate", "Proxy-Authenticate",
        "Authentication-Info", "Alert-Info", "Call-Info", "Error-Info", "Date", "In-Reply-To", "Organization",
        "Priority", "Reply-To", "Timestamp",
    ]

    private static let spellings = registry.map(\.description)

    /// The compact forms of names (RFC 3261 §7.3.3 and the RFCs that added some).
    private static let compactNames: [(UInt8, StaticString)] = [
        (UInt8(ascii: "v"), "Via"),
        (UInt8(ascii: "f"), "From"),
        (UInt8(ascii: "t"), "To"),
        (UInt8(ascii: "i"), "Call-ID"),
        (UInt8(ascii: "m"), "Contact"),
        (UInt8(ascii: "c"), "Content-Type"),
        (UInt8(ascii: "l"), "Content-Length"),
        (UInt8(ascii: "e"), "Content-Encoding"),
        (UInt8(ascii: "u"), "Allow-Events"),
        (UInt8(ascii: "k"), "Supported"),
        (UInt8(ascii: "o"), "Event"),
        (UInt8(ascii: "s"), "Subject"),
        (UInt8(ascii: "r"), "Refer-To"),
        (UInt8(ascii: "b"), "Referred-By"),
        (UInt8(ascii: "x"), "Session-Expires"),
        (UInt8(ascii: "a"), "Accept-Contact"),
        (UInt8(ascii: "j"), "Reject-Contact"),
        (UInt8(ascii: "d"), "Request-Disposition"),
        (UInt8(ascii: "y"), "Identity"),
    ]

    static func registeredIndex(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt8 {
        lookup.index(bytes, range)
    }

    static let lookup = Lookup()

    /// Finds names in the registry.
    struct Lookup: Sendable {
        private static let slotCount = 256

        /// A name of the registry.
        private struct Slot: Sendable {
            var index = unregistered
            var length: UInt8 = 0
            /// Where it lies in ``octets``.
            var start: UInt16 = 0
            var ends = Ends(first: 0, last: 0)
        }

        /// The first four octets of a name and the last four, which may overlap.
        private struct Ends: Sendable, Equatable {
            var first: UInt32
            var last: UInt32

            /// Those of a name that is shorter are its octets.
            @inline(__always)
            init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
                guard range.count >= 4 else {
                    first = 0
                    last = 0
                    for index in range { first = first &<< 8 | UInt32(bytes[index]) }
                    return
                }
                first = bytes.bytes.unsafeLoadUnaligned(fromByteOffset: range.lowerBound, as: UInt32.self)
                last = bytes.bytes.unsafeLoadUnaligned(fromByteOffset: range.upperBound &- 4, as: UInt32.self)
            }

            init(first: UInt32, last: UInt32) {
                self.first = first
                self.last = last
            }

            /// The slot where the search begins: the ends tell nearly all registered names apart. What a peer writes
            /// cannot make the search longer, since nothing is added to the table.
            var slot: Int {
                // The bit that tells cases apart; a control character that loses it to a letter fails the comparison.
                let (first, last) = (first | 0x2020_2020, last | 0x2020_2020)
                return Int(((first &* 0x9E37_79B1 ^ last) &* 0x85EB_CA6B) &>> 24)
            }
        }

        /// The names of the registry one after the other.
        private let octets: [UInt8]
        /// Open addressing over a hash of the name.
        private let slots: [Slot]
        private let compactForms: [UInt8]

        fileprivate init() {
            var names: [UInt8] = []
            var slots = [Slot](repeating: Slot(), count: Self.slotCount)
            for (index, name) in registry.enumerated() {
                let octets = name.description.utf8.span
                let ends = Ends(octets, 0..<octets.count)
                var place = ends.slot
                while slots[place].index != unregistered { place = (place + 1) & (Self.slotCount - 1) }
                slots[place] = Slot(
                    index: UInt8(index), length: UInt8(octets.count), start: UInt16(names.count), ends: ends)
                names.append(octets)
            }
            octets = names
            self.slots = slots
            var forms = [UInt8](repeating: unregistered, count: 128)
            for (letter, name) in compactNames {
                let index = registry.firstIndex { $0.description == name.description }
                forms[Int(letter)] = index.map { UInt8($0) } ?? unregistered
            }
            compactForms = forms
        }

        /// The index of a name in the registry; 255 when it is not there.
        func index(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt8 {
            if range.count == 1 {
                let letter = bytes[range.lowerBound].lowercasedASCII
                return letter < 128 ? compactForms[Int(letter)] : unregistered
            }
            let slots = slots.span
            let ends = Ends(bytes, range)
            var place = ends.slot
            while true {
                let slot = slots[place]
                if slot.index == unregistered { return unregistered }
                if Int(slot.length) == range.count, matches(slot, ends, bytes, range) { return slot.index }
                place = (place &+ 1) & (Self.slotCount &- 1)
            }
        }

        /// Whether the name of `slot`, which is as long, is that in `range`.
        @inline(__always)
        private func matches(_ slot: Slot, _ ends: Ends, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
            // Most are spelt as we spell them.
            if range.count <= 8, slot.ends == ends { return true }
            let start = Int(slot.start)
            return bytes.equalsIgnoringCase(octets.span.extracting(start..<start &+ range.count), at: range)
        }
    }
}
