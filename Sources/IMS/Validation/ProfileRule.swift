/// A rule that profile documents are checked against. Its identifier never changes.
public struct ProfileRule: Sendable, Hashable {
    public typealias Severity = ProfileDiagnostic.Severity

    /// Such as `ifc-priority-duplicate`.
    public let id: String
    public let severity: Severity
    /// What the rule asks for, in one sentence with its source.
    public let summary: String

    private init(_ id: String, _ severity: Severity, _ summary: String) {
        self.id = id
        self.severity = severity
        self.summary = summary
    }

    public static func == (left: ProfileRule, right: ProfileRule) -> Bool { left.id == right.id }

    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

// MARK: - XML

extension ProfileRule {
    public static let xmlSyntax = ProfileRule(
        "xml-syntax", .error, "The document is well-formed XML (XML 1.0 §2.1).")
    public static let xmlDoctype = ProfileRule(
        "xml-doctype", .error, "The document has no document type declaration; it is refused unread.")
    public static let xmlLimit = ProfileRule(
        "xml-limit", .error,
        "The document has at most 256 KiB, 16384 elements, 64 levels and 64 attributes in an element.")
    public static let xmlEncoding = ProfileRule(
        "xml-encoding", .error, "The document is UTF-8, UTF-16, US-ASCII or ISO-8859-1, as it declares.")
    public static let xmlAmpersand = ProfileRule(
        "xml-bare-ampersand", .error, "An ampersand is written &amp; (XML 1.0 §2.4); it is read as if it were.")
    public static let xmlLateDeclaration = ProfileRule(
        "xml-late-declaration", .error, "The XML declaration comes first (XML 1.0 §2.8); it is ignored elsewhere.")
}

// MARK: - Structure

extension ProfileRule {
    public static let rootUnknown = ProfileRule(
        "ifc-root-unknown", .error, "The root is IMSSubscription, Sh-Data, or a fragment of them (TS 29.228 Annex E).")
    public static let fragment = ProfileRule(
        "ifc-fragment", .note, "The document is a fragment; an HSS sends it inside IMSSubscription or Sh-Data.")
    public static let namespace = ProfileRule(
        "ifc-namespace", .warning, "Profile elements are in no namespace (TS 29.228 Annex E).")
    public static let elementMissing = ProfileRule(
        "ifc-element-missing", .error, "A mandatory element is there (TS 29.228 Annex E).")
    public static let elementRepeated = ProfileRule(
        "ifc-element-repeated", .error, "An element that may occur once occurs once (TS 29.228 Annex E).")
    public static let elementUnknown = ProfileRule(
        "ifc-element-unknown", .warning, "Every element is one that the schema knows (TS 29.228 Annex E).")
    public static let elementOrder = ProfileRule(
        "ifc-element-order", .warning, "Elements come in the order of the schema (TS 29.228 Annex E).")
    public static let valueInvalid = ProfileRule(
        "ifc-value-invalid", .error, "A value is of its type and in its range (TS 29.228 Annex E).")
    public static let valueEmpty = ProfileRule(
        "ifc-value-empty", .error, "A value that must say something is not empty (TS 29.228 Annex E).")
    public static let valuePadded = ProfileRule(
        "ifc-value-padded", .warning, "A value has no white space around it; some S-CSCFs keep it.")
    public static let extensionNested = ProfileRule(
        "ifc-extension-nested", .warning, "An Extension holds the elements of its own level (TS 29.228 Annex E).")
}

// MARK: - Meaning

extension ProfileRule {
    public static let priorityDuplicate = ProfileRule(
        "ifc-priority-duplicate", .error,
        "Each priority of a service profile is used once (TS 29.228 Annex B.2.2).")
    public static let triggerEmpty = ProfileRule(
        "ifc-trigger-empty", .error, "A trigger point has at least one service point trigger (TS 29.228 Annex B.2.2).")
    public static let sptTestCount = ProfileRule(
        "ifc-spt-test", .error, "A service point trigger holds exactly one test (TS 29.228 Annex B.2.3).")
    public static let patternInvalid = ProfileRule(
        "ifc-pattern-invalid", .error,
        "A pattern is an extended regular expression of at most 512 bytes (TS 29.228 Annex F).")
    public static let patternQuoted = ProfileRule(
        "ifc-pattern-quoted", .warning, "A pattern has no quotes around it: most S-CSCFs look for them.")
    public static let patternNull = ProfileRule(
        "ifc-pattern-null", .warning, "A pattern is not the word null, which a provisioning system left behind.")
    public static let patternLong = ProfileRule(
        "ifc-pattern-long", .warning, "A pattern has less than 256 bytes: longer ones never match in some S-CSCFs.")
    public static let requestURIScheme = ProfileRule(
        "ifc-request-uri-scheme", .warning,
        "A RequestURI pattern is over hostport or telephone-subscriber, without the scheme (TS 29.228 Annex F).")
    public static let requestURIUser = ProfileRule(
        "ifc-request-uri-user", .warning,
        "A RequestURI pattern asks for no user part, which hostport does not have (TS 29.228 Annex F).")
    public static let methodUnknown = ProfileRule(
        "ifc-method-unknown", .warning, "A method is one of the registered SIP methods.")
    public static let methodCase = ProfileRule(
        "ifc-method-case", .warning, "A method is written in upper case: methods compare with case (RFC 3261 §7.1).")
    public static let methodNotInitial = ProfileRule(
        "ifc-method-not-initial", .warning,
        "A method can begin a dialog or stand alone: only initial requests are evaluated (TS 24.229 §5.4.3).")
    public static let headerNotAName = ProfileRule(
        "ifc-header-name", .warning, "A header is named, not described by a pattern (TS 29.228 Annex F).")
    public static let lineNotALetter = ProfileRule(
        "ifc-line-letter", .warning, "The line of a session description is one type letter (TS 29.228 Annex F).")
    public static let registrationTypeMethod = ProfileRule(
        "ifc-registration-type-method", .warning,
        "RegistrationType stands beside the method REGISTER (TS 29.228 Annex B.2.3).")
    public static let registrationTypeRepeated = ProfileRule(
        "ifc-registration-type-repeated", .warning, "At most two registration types are given, each once (Annex E).")
    public static let neverMatches = ProfileRule(
        "ifc-never-matches", .warning, "The conditions of a trigger point can hold together.")
    public static let alwaysMatches = ProfileRule(
        "ifc-always-matches", .warning, "A trigger point leaves something out; without one, every request triggers.")
    public static let partContradiction = ProfileRule(
        "ifc-profile-part-contradiction", .warning,
        "ProfilePartIndicator and SessionCase agree (TS 29.228 Annex B.2.2).")
    public static let registerWithSessionTerminated = ProfileRule(
        "ifc-register-terminated", .note,
        "A REGISTER criterion with SESSION_TERMINATED de-registers the user when the server fails (TS 24.229 §5.4.1.7)."
    )
    public static let registerInclusion = ProfileRule(
        "ifc-include-register-unused", .warning,
        "IncludeRegisterRequest and IncludeRegisterResponse belong to criteria that REGISTER can meet.")
    public static let serverName = ProfileRule(
        "ifc-server-name", .error, "ServerName is a SIP URI (TS 29.228 Annex B.2.4).")
    public static let identityInvalid = ProfileRule(
        "ifc-identity", .error, "Identity is a SIP or tel URI (TS 23.003 §13.4).")
    public static let identityRepeated = ProfileRule(
        "ifc-identity-repeated", .error, "An identity belongs to one service profile (TS 23.228 §5.2.1a).")
    public static let wildcard = ProfileRule(
        "ifc-wildcard", .error, "A wildcarded identity has one pattern between two \"!\" (TS 23.003 §13.5).")
    public static let identityTypeAmbiguous = ProfileRule(
        "ifc-identity-type-ambiguous", .note,
        "IdentityType 3 is a wildcarded identity in Release 8 and a non-distinct one since (TS 29.228 Annex E).")

    /// Every rule, in the order in which the manual lists them.
    public static let all: [ProfileRule] = [
        xmlSyntax, xmlDoctype, xmlLimit, xmlEncoding, xmlAmpersand, xmlLateDeclaration,
        rootUnknown, fragment, namespace, elementMissing, elementRepeated, elementUnknown, elementOrder,
        valueInvalid, valueEmpty, valuePadded, extensionNested,
        priorityDuplicate, triggerEmpty, sptTestCount, patternInvalid, patternQuoted, patternNull, patternLong,
        requestURIScheme, requestURIUser, methodUnknown, methodCase, methodNotInitial, headerNotAName,
        lineNotALetter, registrationTypeMethod, registrationTypeRepeated, neverMatches, alwaysMatches,
        partContradiction, registerWithSessionTerminated, registerInclusion, serverName, identityInvalid,
        identityRepeated, wildcard, identityTypeAmbiguous,
    ]
}
