import Foundation
import Testing

/// The published torture messages, which are not part of the package: `../shared/conformance/{rfc4475,rfc5118}` beside
/// it, each with an `index.tsv` whose rows name a file and what an element does with it.
struct TortureMessage: Sendable, CustomTestStringConvertible {
    let name: String
    let section: String
    /// Alternatives, such as `accept`, `400` or `discard`.
    let expected: [String]
    let bytes: [UInt8]

    var testDescription: String { name }
}

enum TortureCorpus {
    static let rfc4475 = load("rfc4475")
    static let rfc5118 = load("rfc5118")

    private static func load(_ collection: String) -> [TortureMessage] {
        // .../Tests/SIPTests/Support/TortureCorpus.swift -> the folder beside the package
        let root = URL(filePath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let folder = root.appending(path: "shared/conformance")
        guard let index = try? String(contentsOf: folder.appending(path: "\(collection)/index.tsv"), encoding: .utf8)
        else {
            return []
        }
        let rows = index.split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        guard let header = rows.first, let file = header.firstIndex(of: "file"),
            let name = header.firstIndex(of: "name"),
            let section = header.firstIndex(of: "rfc_section"), let expected = header.firstIndex(of: "expected_udp")
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
