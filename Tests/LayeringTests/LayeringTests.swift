import Foundation
import Testing

@Suite("Arrows go down")
struct LayeringTests {
    private static let sources = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Sources")

    /// The Swift files of a target, by their path below `Sources`.
    private static func files(of target: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: sources.appendingPathComponent(target).path)
            .filter { $0.hasSuffix(".swift") }
            .map { "\(target)/\($0)" }
    }

    @Test("A target imports only what the table allows", arguments: Layers.all.map(\.target))
    func imports(target: String) throws {
        let layer = try #require(Layers.all.first { $0.target == target })
        for file in try Self.files(of: target) {
            let source = try String(contentsOf: Self.sources.appendingPathComponent(file), encoding: .utf8)
            for statement in ImportScanner.imports(in: source, file: "Sources/\(file)")
            where !layer.allows(statement.module) && statement.module != target {
                Issue.record("\(statement) is not allowed in \(target)")
            }
        }
    }

    @Test("Every target with Swift source is in the table")
    func everyTarget() throws {
        let known = Set(Layers.all.map(\.target))
        for target in try FileManager.default.contentsOfDirectory(atPath: Self.sources.path)
        where !known.contains(target) {
            var isDirectory: ObjCBool = false
            let path = Self.sources.appendingPathComponent(target).path
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
                continue
            }
            #expect(try Self.files(of: target).isEmpty, "\(target) is not in the table")
        }
    }

    @Test("The table has no cycle, and the lower bands only each other and C")
    func table() {
        var placed: Set<String> = []
        for layer in Layers.all {
            let above = layer.own.filter { !$0.hasPrefix("C") || $0 == "Codecs" }.subtracting(placed)
            #expect(above.isEmpty, "\(layer.target) stands below \(above)")
            placed.insert(layer.target)
        }
        let forbidden: Set<String> = [
            "Foundation", "Dispatch", "Glibc", "Logging", "Metrics", "NIOCore", "Synchronization",
        ]
        for layer in Layers.all where Layers.pure.contains(layer.target) {
            #expect(layer.foreign.isDisjoint(with: forbidden))
        }
    }

    @Test("The lower bands start no task, take no lock and read no clock", arguments: Layers.pure)
    func pure(target: String) throws {
        let forbidden = [
            "ContinuousClock", "SuspendingClock", "Task {", "Task.detached", ".random(", "Mutex(", "DispatchQueue",
        ]
        for file in try Self.files(of: target) {
            let source = try String(contentsOf: Self.sources.appendingPathComponent(file), encoding: .utf8)
            for (index, line) in source.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            where !line.drop(while: \.isWhitespace).hasPrefix("//") {
                for word in forbidden where line.contains(word) {
                    Issue.record("Sources/\(file):\(index + 1): \(word) is not allowed in \(target)")
                }
            }
        }
    }
}

@Suite("Finding imports")
struct ImportScannerTests {
    @Test(
        "Every form of the declaration",
        arguments: [
            ("import A", ["A"]), ("  import A // why", ["A"]), ("@testable import A", ["A"]),
            ("@preconcurrency public import A", ["A"]), ("internal import A", ["A"]),
            ("@_spi(Some Thing) import A", ["A"]), ("@_implementationOnly import A", ["A"]),
            ("import struct A.B", ["A"]), ("import func A.b", ["A"]), ("import A.B", ["A"]),
            ("import A; import B", ["A", "B"]),
            ("#if X\nimport A\n#else\nimport B\n#endif", ["A", "B"]), ("// import A", []), ("/* import A */", []),
            ("/* /* */\nimport A\n*/\nimport B", ["B"]),
            ("let text = \"\"\"\n    import A\n    \"\"\"\nimport B", ["B"]),
            ("let url = \"ws://x\"; import A", ["A"]), ("let important = 1", []), ("importA()", []),
            ("let a = \"\\\"/*\"\nimport A", ["A"]),
        ]
    )
    func forms(source: String, modules: [String]) {
        #expect(ImportScanner.imports(in: source, file: "f").map(\.module) == modules)
    }

    @Test("The line is that of the declaration")
    func lines() {
        let source = "/* a\nb */\n\nimport A\n\"\"\"\nx\n\"\"\"\nimport B\n"
        #expect(
            ImportScanner.imports(in: source, file: "f.swift").map(\.description) == [
                "f.swift:4: import A", "f.swift:8: import B",
            ])
    }
}
