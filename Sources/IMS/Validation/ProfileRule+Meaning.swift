// MARK: - Meaning

extension ProfileRule {
    public static let priorityDuplicate = ProfileRule(
        "ifc-priority-duplicate", .error, "Each priority of a service profile is used once.",
        section: "TS 29.228 Annex B.2.2", advice: "Give the criterion a number of its own; gaps of 10 leave room.")
    public static let triggerEmpty = ProfileRule(
        "ifc-trigger-empty", .error, "A trigger point has at least one service point trigger.",
        section: "TS 29.228 Annex B.2.2", advice: "Leave TriggerPoint out to trigger always, or add an SPT.")
    public static let sptTestCount = ProfileRule(
        "ifc-spt-test", .error, "A service point trigger holds exactly one test.", section: "TS 29.228 Annex B.2.3",
        advice: "Give each test an SPT of its own: the same Group for OR in CNF and for AND in DNF.")
    public static let patternInvalid = ProfileRule(
        "ifc-pattern-invalid", .error, "A pattern is an extended regular expression of at most 512 bytes.",
        section: "TS 29.228 Annex F", advice: "Write a POSIX extended regular expression: [0-9] for \\d, ( ) for (?: )."
    )
    public static let patternBudget = ProfileRule(
        "ifc-pattern-budget", .error, "The patterns of a document together compile in bounded time and memory.",
        section: "TS 29.228 Annex F", advice: "Replace large repetitions such as (a|b){50} by simpler patterns.")
    public static let patternQuoted = ProfileRule(
        "ifc-pattern-quoted", .warning, "A pattern has no quotes around it: most S-CSCFs look for them.",
        section: "TS 29.228 Annex F", advice: "Write the pattern without the quotes.")
    public static let patternNull = ProfileRule(
        "ifc-pattern-null", .warning, "A pattern is not the word null, which a provisioning system left behind.",
        section: "TS 29.228 Annex B.2.3", advice: "Delete the Content element to test that the header is there.")
    public static let patternLong = ProfileRule(
        "ifc-pattern-long", .warning, "A pattern has less than 256 bytes: longer ones never match in some S-CSCFs.",
        advice: "Split the alternatives over several SPTs of one group.")
    public static let requestURIScheme = ProfileRule(
        "ifc-request-uri-scheme", .warning,
        "A RequestURI pattern is over hostport or telephone-subscriber, without the scheme.",
        section: "TS 29.228 Annex F", advice: "Write the host, such as ^ims\\.example$, or the number, such as ^\\+49.")
    public static let requestURIUser = ProfileRule(
        "ifc-request-uri-user", .warning, "A RequestURI pattern asks for no user part, which hostport does not have.",
        section: "TS 29.228 Annex F",
        advice: "Write the host only; test the user with SIPHeader To, or give it a public identity of its own.")
    public static let methodUnknown = ProfileRule(
        "ifc-method-unknown", .warning, "A method is one of the registered SIP methods.", section: "RFC 3261 §7.1",
        advice: "Correct the spelling.")
    public static let methodCase = ProfileRule(
        "ifc-method-case", .warning, "A method is written in upper case: methods compare with case.",
        section: "RFC 3261 §7.1", advice: "Write it in upper case.")
    public static let methodNotInitial = ProfileRule(
        "ifc-method-not-initial", .warning,
        "A method can begin a dialog or stand alone: only initial requests are evaluated.",
        section: "TS 24.229 §5.4.3", advice: "Trigger on the request that begins the dialog, such as INVITE.")
    public static let headerNotAName = ProfileRule(
        "ifc-header-name", .warning, "A header is named, not described by a pattern.", section: "TS 29.228 Annex F",
        advice: "Write an SPT for each header, all in one group.")
    public static let lineNotALetter = ProfileRule(
        "ifc-line-letter", .warning, "The line of a session description is one type letter.",
        section: "TS 29.228 Annex F", advice: "Write the letter, such as m, and the rest of the line as Content.")
    public static let registrationTypeMethod = ProfileRule(
        "ifc-registration-type-method", .warning, "RegistrationType stands beside the method REGISTER.",
        section: "TS 29.228 Annex B.2.3", advice: "Move it into the SPT with <Method>REGISTER</Method>, or delete it.")
    public static let registrationTypeRepeated = ProfileRule(
        "ifc-registration-type-repeated", .warning, "At most two registration types are given, each once.",
        section: "TS 29.228 Annex E", advice: "Delete it; for all three kinds leave RegistrationType out.")
    public static let registerInclusion = ProfileRule(
        "ifc-include-register-unused", .warning,
        "IncludeRegisterRequest and IncludeRegisterResponse belong to criteria that REGISTER can meet.",
        section: "TS 29.228 Annex B.2", advice: "Delete them, or let the trigger point accept REGISTER.")
    public static let serverName = ProfileRule(
        "ifc-server-name", .error, "ServerName is a SIP URI.", section: "TS 29.228 Annex B.2",
        advice: "Write the URI with its scheme, such as sip:as.ims.example:5060.")
    public static let identityInvalid = ProfileRule(
        "ifc-identity", .error, "Identity is a SIP or tel URI.", section: "TS 23.003 §13.4",
        advice: "Write the URI with its scheme, such as sip:alice@ims.example or tel:+4930123456.")
    public static let identityRepeated = ProfileRule(
        "ifc-identity-repeated", .error, "An identity belongs to one service profile.", section: "TS 23.228 §5.2.1a",
        advice: "Delete it in all service profiles but one.")
    public static let wildcard = ProfileRule(
        "ifc-wildcard", .error, "A wildcarded identity has one pattern between two \"!\".", section: "TS 23.003 §13.5",
        advice: "Write the pattern between two exclamation marks, such as sip:chat-!.*!@ims.example.")
    public static let identityTypeAmbiguous = ProfileRule(
        "ifc-identity-type-ambiguous", .note,
        "IdentityType 3 is a wildcarded identity in Release 8 and a non-distinct one since.",
        section: "TS 29.228 Annex E", advice: "Write 4 for a wildcarded public user identity.")
    public static let sharedSetUnknown = ProfileRule(
        "ifc-shared-set-unknown", .warning, "Every SharedIFCSetID is one of the sets that --shared-sets gives.",
        section: "TS 29.228 Annex B.2.1", advice: "Add the set to the file, or correct the number.")

    static let meaningRules = [
        priorityDuplicate, triggerEmpty, sptTestCount, patternInvalid, patternBudget, patternQuoted, patternNull,
        patternLong, requestURIScheme, requestURIUser, methodUnknown, methodCase, methodNotInitial, headerNotAName,
        lineNotALetter, registrationTypeMethod, registrationTypeRepeated, registerInclusion, serverName,
        identityInvalid, identityRepeated, wildcard, identityTypeAmbiguous, sharedSetUnknown,
    ]
}
