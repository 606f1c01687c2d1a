import Foundation
import IMS

/// Encodes `null` where a synthesised encoding would leave the key out.
struct IFCNullable<Value: Encodable>: Encodable {
    let value: Value?

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let value { try container.encode(value) } else { try container.encodeNil() }
    }
}

enum IFCJSON {
    static func print(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        Swift.print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    struct Diagnostic: Encodable {
        let severity: String
        let rule: String
        let message: String
        let line: Int
        let column: Int
        let xpath: String
        let section: String
        let help: String
        /// The request that shows it, as a message, and one line about it.
        let request: IFCNullable<String>
        let shownBy: IFCNullable<String>

        init(_ diagnostic: ProfileDiagnostic) {
            severity = diagnostic.severity.rawValue
            rule = diagnostic.rule.id
            message = diagnostic.message
            line = diagnostic.location.line
            column = diagnostic.location.column
            xpath = diagnostic.location.xpath
            section = diagnostic.rule.section
            help = diagnostic.rule.advice
            request = IFCNullable(value: diagnostic.sample?.text)
            shownBy = IFCNullable(value: diagnostic.sample?.summary)
        }
    }

    struct Report: Encodable {
        struct File: Encodable {
            let path: String
            let valid: Bool
            let diagnostics: [Diagnostic]
        }

        let files: [File]
    }

    struct Evaluation: Encodable {
        struct Match: Encodable {
            let priority: Int
            let serverName: String
            let defaultHandling: String
            let serviceInfo: IFCNullable<String>
            let includeRegisterRequest: Bool
            let includeRegisterResponse: Bool
        }

        struct Criterion: Encodable {
            let index: Int
            let priority: IFCNullable<Int>
            let matched: Bool
            let reason: String
        }

        let identity: IFCNullable<String>
        let sessionCase: String
        let matches: [Match]
        let criteria: [Criterion]
        let diagnostics: [Diagnostic]

        init(_ evaluation: ProfileEvaluation, _ subject: IFCSubject, _ diagnostics: [ProfileDiagnostic]) {
            identity = IFCNullable(value: subject.identity)
            sessionCase = IFCSessionCase(subject.context.sessionCase).rawValue
            matches = evaluation.matches.map { criterion in
                let server = criterion.applicationServer
                return Match(
                    priority: criterion.priority, serverName: server.serverName,
                    defaultHandling: server.defaultHandling == .sessionContinued ? "continued" : "terminated",
                    serviceInfo: IFCNullable(value: server.serviceInfo),
                    includeRegisterRequest: server.includesRegisterRequest,
                    includeRegisterResponse: server.includesRegisterResponse)
            }
            criteria = evaluation.criteria.map {
                Criterion(
                    index: $0.documentIndex, priority: IFCNullable(value: $0.priority), matched: $0.matched,
                    reason: $0.reason)
            }
            self.diagnostics = diagnostics.map { Diagnostic($0) }
        }
    }
}
