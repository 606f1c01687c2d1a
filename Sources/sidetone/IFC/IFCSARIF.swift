import IMS

/// The report as SARIF 2.1.0, which code hosts and editors show in place.
struct IFCSARIF: Encodable {
    struct Text: Encodable { let text: String }

    struct Rule: Encodable {
        struct Configuration: Encodable { let level: String }
        let id: String
        let shortDescription: Text
        let help: Text
        let defaultConfiguration: Configuration
    }

    struct Driver: Encodable {
        let name: String
        let rules: [Rule]
    }

    struct Tool: Encodable { let driver: Driver }

    struct Result: Encodable {
        let ruleId: String
        let ruleIndex: Int
        let level: String
        let message: Text
        let locations: [Location]
    }

    struct Location: Encodable {
        struct Artifact: Encodable { let uri: String }

        struct Region: Encodable {
            let startLine: Int
            let startColumn: Int
        }

        struct Physical: Encodable {
            let artifactLocation: Artifact
            let region: Region
        }

        struct Logical: Encodable {
            let fullyQualifiedName: String
            let kind: String
        }

        let physicalLocation: Physical
        let logicalLocations: [Logical]
    }

    struct Run: Encodable {
        let tool: Tool
        let columnKind: String
        let results: [Result]
    }

    enum CodingKeys: String, CodingKey {
        case schema = "$schema"
        case version, runs
    }

    let schema = "https://json.schemastore.org/sarif-2.1.0.json"
    let version = "2.1.0"
    let runs: [Run]

    init(_ files: [(path: String, diagnostics: [ProfileDiagnostic])]) {
        let rules = ProfileRule.all
        let results = files.flatMap { file in
            file.diagnostics.map { diagnostic in
                Result(
                    ruleId: diagnostic.rule.id, ruleIndex: rules.firstIndex(of: diagnostic.rule) ?? -1,
                    level: diagnostic.severity.rawValue,
                    message: Text(
                        text: diagnostic.sample.map { "\(diagnostic.message) Shown by: \($0.summary)." }
                            ?? diagnostic.message),
                    locations: [
                        Location(
                            physicalLocation: Location.Physical(
                                artifactLocation: Location.Artifact(uri: Self.uri(file.path)),
                                region: Location.Region(
                                    startLine: diagnostic.location.line, startColumn: diagnostic.location.column)),
                            logicalLocations: [
                                Location.Logical(
                                    fullyQualifiedName: diagnostic.location.xpath, kind: "element")
                            ])
                    ])
            }
        }
        let driver = Driver(
            name: "sidetone ifc validate",
            rules: rules.map {
                Rule(
                    id: $0.id,
                    shortDescription: Text(text: $0.section.isEmpty ? $0.summary : "\($0.summary) (\($0.section))"),
                    help: Text(text: $0.advice),
                    defaultConfiguration: Rule.Configuration(level: $0.severity.rawValue))
            })
        runs = [Run(tool: Tool(driver: driver), columnKind: "unicodeCodePoints", results: results)]
    }

    /// A path as a relative reference: what RFC 3986 does not allow there is escaped.
    private static func uri(_ path: String) -> String {
        var result = ""
        for byte in path.utf8 {
            let scalar = Unicode.Scalar(byte)
            if scalar.isASCII,
                Character(scalar).isLetter || Character(scalar).isNumber || "-._~/".contains(Character(scalar))
            {
                result.unicodeScalars.append(scalar)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" + digits : digits)
            }
        }
        return result
    }
}
