import CXML

/// An XML Schema of the user's, such as the one that comes with TS 29.228, to check documents against as well.
public struct ProfileSchema: Sendable {
    private let bytes: [UInt8]

    /// - Parameter bytes: The schema. It is trusted: what it includes is read from local files, never from the network.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// What the schema says against a document, by line. A schema that is itself wrong says so once for each document.
    public func diagnostics(for document: [UInt8]) -> [ProfileDiagnostic] {
        let result = document.withUnsafeBufferPointer { document in
            bytes.withUnsafeBufferPointer { schema in
                cxml_schema_validate(document.baseAddress, document.count, schema.baseAddress, schema.count)
            }
        }
        guard let result else { return [] }
        defer { cxml_schema_free(result) }
        let status = cxml_schema_result_status(result)
        var found: [ProfileDiagnostic] = []
        for index in 0..<cxml_schema_finding_count(result) {
            let line = Int(cxml_schema_finding_line(result, index))
            let message = String(cString: cxml_schema_finding_message(result, index))
            if status == CXML_SCHEMA_UNUSABLE {
                found.append(diagnostic("The schema cannot be used: its line \(line): \(message)", line: 1))
                break
            }
            found.append(diagnostic(message, line: max(1, line)))
        }
        if found.isEmpty, status == CXML_SCHEMA_UNUSABLE { found = [diagnostic("The schema cannot be used.", line: 1)] }
        return found
    }

    private func diagnostic(_ message: String, line: Int) -> ProfileDiagnostic {
        ProfileDiagnostic(.xmlSchema, message, at: SourceLocation(line: line, column: 1, xpath: "/"))
    }
}
