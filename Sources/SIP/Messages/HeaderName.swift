/// The name of a header field. Compares without case, and a compact form equals its long form (RFC 3261 §7.3.3).
public struct HeaderName: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The number of a ``RegisteredHeaderName``; 255 for another name.
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

    init(_ name: RegisteredHeaderName) {
        index = name.rawValue
        unregisteredName = nil
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
    public static let via = HeaderName(.via)
    public static let from = HeaderName(.from)
    public static let to = HeaderName(.to)
    public static let callID = HeaderName(.callID)
    public static let cSeq = HeaderName(.cSeq)
    public static let contact = HeaderName(.contact)
    public static let maxForwards = HeaderName(.maxForwards)
    public static let route = HeaderName(.route)
    public static let recordRoute = HeaderName(.recordRoute)
    public static let contentType = HeaderName(.contentType)
    public static let contentLength = HeaderName(.contentLength)
    public static let contentDisposition = HeaderName(.contentDisposition)
    public static let contentEncoding = HeaderName(.contentEncoding)
    public static let allow = HeaderName(.allow)
    public static let supported = HeaderName(.supported)
    public static let unsupported = HeaderName(.unsupported)
    public static let require = HeaderName(.require)
    public static let proxyRequire = HeaderName(.proxyRequire)
    public static let accept = HeaderName(.accept)
    public static let expires = HeaderName(.expires)
    public static let event = HeaderName(.event)
    public static let subject = HeaderName(.subject)
    public static let server = HeaderName(.server)
    public static let userAgent = HeaderName(.userAgent)
    public static let retryAfter = HeaderName(.retryAfter)
    public static let reason = HeaderName(.reason)
    public static let warning = HeaderName(.warning)
    public static let privacy = HeaderName(.privacy)
    public static let referTo = HeaderName(.referTo)
    public static let referredBy = HeaderName(.referredBy)
    public static let replaces = HeaderName(.replaces)
    public static let sessionExpires = HeaderName(.sessionExpires)
    public static let minSE = HeaderName(.minSE)
    public static let rSeq = HeaderName(.rSeq)
    public static let rAck = HeaderName(.rAck)
    public static let subscriptionState = HeaderName(.subscriptionState)
    public static let historyInfo = HeaderName(.historyInfo)
    public static let userToUser = HeaderName(.userToUser)
    public static let pAssertedIdentity = HeaderName(.pAssertedIdentity)
    public static let pPreferredIdentity = HeaderName(.pPreferredIdentity)
    public static let pServedUser = HeaderName(.pServedUser)
    public static let pAssertedService = HeaderName(.pAssertedService)
    static let pPreferredService = HeaderName(.pPreferredService)
    public static let pChargingVector = HeaderName(.pChargingVector)
    public static let pChargingFunctionAddresses = HeaderName(.pChargingFunctionAddresses)
    public static let pAccessNetworkInfo = HeaderName(.pAccessNetworkInfo)
    public static let pVisitedNetworkID = HeaderName(.pVisitedNetworkID)
    public static let pAssociatedURI = HeaderName(.pAssociatedURI)
    public static let pCalledPartyID = HeaderName(.pCalledPartyID)
    public static let resourcePriority = HeaderName(.resourcePriority)
    public static let acceptContact = HeaderName(.acceptContact)
    public static let serviceRoute = HeaderName(.serviceRoute)
    public static let path = HeaderName(.path)
    public static let sessionID = HeaderName(.sessionID)
    public static let rejectContact = HeaderName(.rejectContact)
    public static let requestDisposition = HeaderName(.requestDisposition)
    public static let pEarlyMedia = HeaderName(.pEarlyMedia)
    public static let infoPackage = HeaderName(.infoPackage)
    public static let recvInfo = HeaderName(.recvInfo)
    public static let referSub = HeaderName(.referSub)
    public static let identity = HeaderName(.identity)
    public static let authorization = HeaderName(.authorization)
    public static let proxyAuthorization = HeaderName(.proxyAuthorization)
    public static let wwwAuthenticate = HeaderName(.wwwAuthenticate)
    public static let proxyAuthenticate = HeaderName(.proxyAuthenticate)
}

// MARK: - Registry

extension HeaderName {
    static let registry = RegisteredHeaderName.allCases.map(\.spelling)

    private static let spellings = registry.map(\.description)

    /// The compact forms of names (RFC 3261 §7.3.3 and the RFCs that added some).
    private static let compactNames: [(UInt8, RegisteredHeaderName)] = [
        (UInt8(ascii: "v"), .via),
        (UInt8(ascii: "f"), .from),
        (UInt8(ascii: "t"), .to),
        (UInt8(ascii: "i"), .callID),
        (UInt8(ascii: "m"), .contact),
        (UInt8(ascii: "c"), .contentType),
        (UInt8(ascii: "l"), .contentLength),
        (UInt8(ascii: "e"), .contentEncoding),
        (UInt8(ascii: "u"), .allowEvents),
        (UInt8(ascii: "k"), .supported),
        (UInt8(ascii: "o"), .event),
        (UInt8(ascii: "s"), .subject),
        (UInt8(ascii: "r"), .referTo),
        (UInt8(ascii: "b"), .referredBy),
        (UInt8(ascii: "x"), .sessionExpires),
        (UInt8(ascii: "a"), .acceptContact),
        (UInt8(ascii: "j"), .rejectContact),
        (UInt8(ascii: "d"), .requestDisposition),
        (UInt8(ascii: "y"), .identity),
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
            for name in RegisteredHeaderName.allCases {
                let octets = name.spelling.description.utf8.span
                let ends = Ends(octets, 0..<octets.count)
                var place = ends.slot
                while slots[place].index != unregistered { place = (place + 1) & (Self.slotCount - 1) }
                slots[place] = Slot(
                    index: name.rawValue, length: UInt8(octets.count), start: UInt16(names.count), ends: ends)
                names.append(octets)
            }
            octets = names
            self.slots = slots
            var forms = [UInt8](repeating: unregistered, count: 128)
            for (letter, name) in compactNames { forms[Int(letter)] = name.rawValue }
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
