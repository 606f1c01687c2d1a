// MARK: - Analysis

extension ProfileRule {
    public static let neverMatches = ProfileRule(
        "ifc-never-matches", .warning, "The conditions of a trigger point can hold together.",
        section: "TS 29.228 Annex B.2.2",
        advice: "In CNF, tests of which one shall hold share a Group; tests that shall all hold have different ones.")
    public static let alwaysMatches = ProfileRule(
        "ifc-always-matches", .warning, "A trigger point leaves something out; without one, every request triggers.",
        section: "TS 29.228 Annex B.2.2", advice: "Delete TriggerPoint if every request is meant; else check Group.")
    public static let partContradiction = ProfileRule(
        "ifc-profile-part-contradiction", .warning, "ProfilePartIndicator and SessionCase agree.",
        section: "TS 29.228 Annex B.2.2", advice: "Delete ProfilePartIndicator, or choose the other session case.")
    public static let patternNeverMatches = ProfileRule(
        "ifc-pattern-never-matches", .warning, "A pattern matches something that can stand in its place.",
        section: "TS 29.228 Annex F", advice: "Correct the pattern: ^ is the start of the value and $ its end.")
    public static let serverRepeated = ProfileRule(
        "ifc-server-repeated", .warning, "One request does not visit the same application server twice.",
        section: "TS 23.218 §5.2", advice: "Join the criteria, or make their conditions exclude each other.")
    public static let serverLoop = ProfileRule(
        "ifc-server-loop", .warning, "Application servers that are themselves served users do not lead back.",
        section: "TS 23.218 §5.2", advice: "Name the server by an address that is no public identity of the document.")
    public static let diversionRepeats = ProfileRule(
        "ifc-diversion-repeats", .note, "A server that diverts a call is not asked about the diverted call again.",
        section: "TS 24.229 §5.4.3.3",
        advice: "Leave ORIGINATING_CDIV out of the criterion, or let the server recognise its own diversion.")
    public static let registerWithSessionTerminated = ProfileRule(
        "ifc-register-terminated", .note,
        "A REGISTER criterion with SESSION_TERMINATED de-registers the user when the server fails.",
        section: "TS 24.229 §5.4.1.7", advice: "Write <DefaultHandling>0</DefaultHandling>, unless that is meant.")
    public static let sessionTerminated = ProfileRule(
        "ifc-session-terminated", .note,
        "With SESSION_TERMINATED a call ends when the server is slow or down: some S-CSCFs wait 2 s, others 20 s.",
        section: "TS 24.229 §5.4.3.2",
        advice: "Write <DefaultHandling>0</DefaultHandling> where the call may go on without the server.")

    static let analysisRules = [
        neverMatches, alwaysMatches, partContradiction, patternNeverMatches, serverRepeated, serverLoop,
        diversionRepeats, registerWithSessionTerminated, sessionTerminated,
    ]
}

// MARK: - Portability

extension ProfileRule {
    public static let portabilityRequestURI = ProfileRule(
        "portability-request-uri", .warning, "A RequestURI test means the same to every S-CSCF.",
        section: "TS 29.228 Annex F",
        advice: "Leave out ^ and $, or test for the domain with a public identity instead of a pattern.")
    public static let portabilityMethod = ProfileRule(
        "portability-method", .warning, "A Method test means the same to every S-CSCF.",
        section: "RFC 3261 §7.1", advice: "Write a registered method whole and in upper case.")
    public static let portabilityHeader = ProfileRule(
        "portability-header", .warning, "A SIPHeader test means the same to every S-CSCF.",
        section: "TS 29.228 Annex F",
        advice: "Give a Content that only the meant header can have; test absence by a negated Content of .*.")
    public static let portabilitySessionDescription = ProfileRule(
        "portability-session-description", .warning, "A SessionDescription test means the same to every S-CSCF.",
        section: "TS 29.228 Annex F", advice: "Leave out ^ and $ from Content.")
    public static let portabilityCase = ProfileRule(
        "portability-case", .note, "A pattern over a value with letters does not depend on their case.",
        section: "TS 29.228 Annex F", advice: "Write [Aa] for letters that may come in both cases.")

    static let portabilityRules = [
        portabilityRequestURI, portabilityMethod, portabilityHeader, portabilitySessionDescription, portabilityCase,
    ]
}
