/// One test of a trigger point, an SPT (TS 29.228 Annex B.2.3).
public struct ServicePointTrigger: Sendable, Hashable {
    public enum Test: Sendable, Hashable {
        /// A pattern over the hostport of a SIP URI or the telephone-subscriber of a tel URI (Annex F).
        case requestURI(pattern: String)
        /// `registrationTypes` narrows REGISTER; empty: every registration.
        case method(String, registrationTypes: [RegistrationType])
        /// Without `content` it tests that the header is there.
        case sipHeader(name: String, content: String?)
        case sessionCase(SessionCase)
        /// `line` is the type letter; without `content` it tests that such a line is there.
        case sessionDescription(line: String, content: String?)
    }

    public var isNegated: Bool
    /// The groups the test belongs to; at least one.
    public var groups: [Int]
    public var test: Test
    public var location: SourceLocation?
    /// The place of RequestURI, Method, Header, SessionCase or Line.
    public var subjectLocation: SourceLocation?
    /// The place of Content.
    public var contentLocation: SourceLocation?

    public init(
        isNegated: Bool = false, groups: [Int] = [0], test: Test, location: SourceLocation? = nil,
        subjectLocation: SourceLocation? = nil, contentLocation: SourceLocation? = nil
    ) {
        self.isNegated = isNegated
        self.groups = groups
        self.test = test
        self.location = location
        self.subjectLocation = subjectLocation
        self.contentLocation = contentLocation
    }
}

/// Which REGISTER a test means (TS 29.228 Annex E, tRegistrationType).
public enum RegistrationType: Int, Sendable, Hashable, CaseIterable {
    case initial = 0
    case reRegistration = 1
    case deRegistration = 2
}

/// The role of the served user and whether it is registered (TS 29.228 Annex E, tDirectionOfRequest).
public enum SessionCase: Int, Sendable, Hashable, CaseIterable {
    case originating = 0
    case terminatingRegistered = 1
    case terminatingUnregistered = 2
    case originatingUnregistered = 3
    /// Originating on behalf of a user whose call was diverted.
    case originatingCDIV = 4
}

extension SessionCase: CustomStringConvertible {
    /// As the specification writes it.
    public var description: String {
        switch self {
        case .originating: "ORIGINATING"
        case .terminatingRegistered: "TERMINATING_REGISTERED"
        case .terminatingUnregistered: "TERMINATING_UNREGISTERED"
        case .originatingUnregistered: "ORIGINATING_UNREGISTERED"
        case .originatingCDIV: "ORIGINATING_CDIV"
        }
    }
}

extension RegistrationType: CustomStringConvertible {
    public var description: String {
        switch self {
        case .initial: "initial registration"
        case .reRegistration: "re-registration"
        case .deRegistration: "de-registration"
        }
    }
}
