import Foundation

/// A torture message and what an element does with it.
public struct TortureMessage: Sendable, CustomStringConvertible {
    public let name: String
    public let section: String
    /// Alternatives, such as `accept`, `400` or `discard`.
    public let expected: [String]
    public let bytes: [UInt8]

    public var description: String { name }
}

public enum TortureCorpus {
    /// Our own, in `Tests/Fixtures/SIP/torture`.
    public static let own = load(
        tests.appending(path: "Fixtures/SIP/torture"),
        index: "index.tsv",
        columns: Columns(file: "file", name: "file", section: "section", expected: "expected")
    )
    /// The published ones are no part of the package: `../shared/conformance/{rfc4475,rfc5118}` beside it.
    public static let rfc4475 = published("rfc4475")
    public static let rfc5118 = published("rfc5118")

    private struct Columns {
        let file: String
        let name: String
        let section: String
        let expected: String
    }

    /// The folder `Tests`: this file is `Tests/TortureMessages/TortureCorpus.swift`.
    private static let tests = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static func published(_ collection: String) -> [TortureMessage] {
        load(
            tests.deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/conformance"),
            index: "\(collection)/index.tsv",
            columns: Columns(file: "file", name: "name", section: "rfc_section", expected: "expected_udp")
        )
    }

    /// The rows of an index, each with the octets of its file; none when there is no such index.
    private static func load(_ folder: URL, index: String, columns: Columns) -> [TortureMessage] {
        guard let text = try? String(contentsOf: folder.appending(path: index), encoding: .utf8) else { return [] }
        let rows = text.split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        guard let header = rows.first, let file = header.firstIndex(of: columns.file),
            let name = header.firstIndex(of: columns.name), let section = header.firstIndex(of: columns.section),
            let expected = header.firstIndex(of: columns.expected)
        else { return [] }
        return rows.dropFirst().compactMap { row in
            guard row.count == header.count, let data = try? Data(contentsOf: folder.appending(path: row[file])) else {
                return nil
            }
            return TortureMessage(
                name: row[name],
                section: row[section],
                expected: row[expected].split(separator: "|").map(String.init),
                bytes: Array(data)
            )
        }
    }
}
