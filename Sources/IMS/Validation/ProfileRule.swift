/// A rule that profile documents are checked against. Its identifier never changes.
///
/// Docs/iFC-Rules.md has a section for each, with a bad and a good example.
public struct ProfileRule: Sendable, Hashable {
    public typealias Severity = ProfileDiagnostic.Severity

    /// Such as `ifc-priority-duplicate`.
    public let id: String
    public let severity: Severity
    /// What the rule asks for, in one sentence.
    public let summary: String
    /// Where that is said, such as `TS 29.228 Annex B.2.2`; empty when it is advice of experience.
    public let section: String
    /// What to write instead, in one sentence.
    public let advice: String

    init(_ id: String, _ severity: Severity, _ summary: String, section: String = "", advice: String) {
        self.id = id
        self.severity = severity
        self.summary = summary
        self.section = section
        self.advice = advice
    }

    public static func == (left: ProfileRule, right: ProfileRule) -> Bool { left.id == right.id }

    public func hash(into hasher: inout Hasher) { hasher.combine(id) }

    /// Every rule, in the order in which the manual lists them.
    public static let all: [ProfileRule] = xmlRules + structureRules + meaningRules + analysisRules + portabilityRules
}

// MARK: - XML

extension ProfileRule {
    public static let xmlSyntax = ProfileRule(
        "xml-syntax", .error, "The document is well-formed XML.", section: "XML 1.0 §2.1",
        advice: "Close every element that is opened, in the reverse order.")
    public static let xmlDoctype = ProfileRule(
        "xml-doctype", .error, "The document has no document type declaration; it is refused unread.",
        advice: "Delete the line that begins with <!DOCTYPE.")
    public static let xmlLimit = ProfileRule(
        "xml-limit", .error,
        "The document has at most 256 KiB, 16384 elements, 64 levels and 64 attributes in an element.",
        advice: "Split the document, or use shared iFC sets for what many subscribers have in common.")
    public static let xmlEncoding = ProfileRule(
        "xml-encoding", .error, "The document is UTF-8, UTF-16, US-ASCII or ISO-8859-1, as it declares.",
        section: "XML 1.0 §4.3.3", advice: "Save the document as UTF-8 and declare encoding=\"UTF-8\".")
    public static let xmlAmpersand = ProfileRule(
        "xml-bare-ampersand", .error, "An ampersand is escaped; it is read as if it were.", section: "XML 1.0 §2.4",
        advice: "Write &amp; for it.")
    public static let xmlLateDeclaration = ProfileRule(
        "xml-late-declaration", .error, "The XML declaration comes first; it is ignored elsewhere.",
        section: "XML 1.0 §2.8", advice: "Move <?xml …?> to the very start, before comments and empty lines.")
    public static let xmlSchema = ProfileRule(
        "xml-schema", .error, "The document is valid by the schema that --schema names.",
        advice: "Write what the schema asks for at this place.")

    static let xmlRules = [
        xmlSyntax, xmlDoctype, xmlLimit, xmlEncoding, xmlAmpersand, xmlLateDeclaration, xmlSchema,
    ]
}

// MARK: - Structure

extension ProfileRule {
    private static let annexE = "TS 29.228 Annex E"

    public static let rootUnknown = ProfileRule(
        "ifc-root-unknown", .error, "The root is IMSSubscription, Sh-Data, or a fragment of them.", section: annexE,
        advice: "Put the profile into <IMSSubscription>.")
    public static let fragment = ProfileRule(
        "ifc-fragment", .note, "The document is a fragment; an HSS sends it inside IMSSubscription or Sh-Data.",
        section: annexE, advice: "Nothing, unless the document is meant for an HSS: then wrap it.")
    public static let namespace = ProfileRule(
        "ifc-namespace", .warning, "Profile elements are in no namespace.", section: annexE,
        advice: "Delete the xmlns attribute.")
    public static let elementMissing = ProfileRule(
        "ifc-element-missing", .error, "A mandatory element is there.", section: annexE,
        advice: "Add the element that the message names.")
    public static let elementRepeated = ProfileRule(
        "ifc-element-repeated", .error, "An element that may occur once occurs once.", section: annexE,
        advice: "Keep one of them; two values need two of the parent element.")
    public static let elementUnknown = ProfileRule(
        "ifc-element-unknown", .warning, "Every element is one that the schema knows.", section: annexE,
        advice: "Correct the spelling, or move the element into a namespace of your own.")
    public static let elementOrder = ProfileRule(
        "ifc-element-order", .warning, "Elements come in the order of the schema.", section: annexE,
        advice: "Move the element to the place that the message gives.")
    public static let valueInvalid = ProfileRule(
        "ifc-value-invalid", .error, "A value is of its type and in its range.", section: annexE,
        advice: "Write one of the values that the message names.")
    public static let valueEmpty = ProfileRule(
        "ifc-value-empty", .error, "A value that must say something is not empty.", section: annexE,
        advice: "Write the value, or leave the parent element out.")
    public static let valuePadded = ProfileRule(
        "ifc-value-padded", .warning, "A value has no white space around it; some S-CSCFs keep it.",
        advice: "Write the value between the tags without line breaks and spaces.")
    public static let extensionNested = ProfileRule(
        "ifc-extension-nested", .warning, "An Extension holds the elements of its own level.", section: annexE,
        advice: "Take one <Extension> away and keep what is in it.")

    static let structureRules = [
        rootUnknown, fragment, namespace, elementMissing, elementRepeated, elementUnknown, elementOrder, valueInvalid,
        valueEmpty, valuePadded, extensionNested,
    ]
}
