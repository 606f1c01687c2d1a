/// What a name server is asked.
public struct DNSQuestion: Sendable, Hashable {
    public enum RecordType: UInt16, Sendable, Hashable {
        case a = 1
        case aaaa = 28
        case srv = 33
        case naptr = 35
    }

    /// Without a dot at the end, in lower case.
    public let name: String
    public let type: RecordType

    public init(_ name: String, _ type: RecordType) {
        self.name = name.hasSuffix(".") ? String(name.lowercasedASCII.dropLast()) : name.lowercasedASCII
        self.type = type
    }
}

/// One record of an answer, as far as SIP needs it.
public enum DNSRecord: Sendable, Hashable {
    /// A literal address, of an A or AAAA record.
    case address(String)
    case service(ServiceRecord)
    case pointer(NamingAuthorityPointer)
}

/// Source: RFC 2782.
public struct ServiceRecord: Sendable, Hashable {
    /// Lower is better.
    public var priority: UInt16
    /// The share among records of one priority.
    public var weight: UInt16
    public var port: UInt16
    /// Without a dot at the end; empty where the service is decidedly not offered.
    public var target: String

    public init(priority: UInt16, weight: UInt16, port: UInt16, target: String) {
        self.priority = priority
        self.weight = weight
        self.port = port
        self.target = target
    }
}

/// A NAPTR record. Source: RFC 3403 §4.1.
public struct NamingAuthorityPointer: Sendable, Hashable {
    public var order: UInt16
    public var preference: UInt16
    public var flags: String
    /// Such as `SIP+D2U`.
    public var service: String
    public var regexp: String
    /// Without a dot at the end; empty where the regexp counts.
    public var replacement: String

    public init(
        order: UInt16,
        preference: UInt16,
        flags: String,
        service: String,
        regexp: String = "",
        replacement: String
    ) {
        self.order = order
        self.preference = preference
        self.flags = flags
        self.service = service
        self.regexp = regexp
        self.replacement = replacement
    }
}
