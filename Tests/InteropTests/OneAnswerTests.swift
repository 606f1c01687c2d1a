import Foundation
import Testing

/// ``IncomingCall`` is consumed by its answer: the compiler refuses a second one.
@Suite(
    "Two answers to one INVITE do not compile",
    .enabled(if: Compiler.isUsable, "swiftc or the built modules are not found"),
    .serialized
)
struct OneAnswerTests {
    @Test(
        "One answer compiles",
        arguments: [
            "let answered = try await call.answer(); await answered.hangUp()",
            "await call.reject(.busyHere)",
            "await call.redirect(to: \"sip:queue@ims.example\")",
            "await call.route(to: .servingCSCF(requestURI: nil))",
            "if call.exceedsCapacity { await call.reject(.busyHere) } else { _ = try await call.answer() }",
        ])
    func one(_ body: String) async throws {
        let result = try await Compiler.check(body)
        #expect(result.status == 0, "\(result.output)")
    }

    @Test(
        "Two do not",
        arguments: [
            "_ = try await call.answer(); _ = try await call.answer()",
            "await call.reject(.busyHere); _ = try await call.answer()",
            "_ = try await call.answer(); await call.route(to: .servingCSCF(requestURI: nil))",
            "if call.exceedsCapacity { await call.reject(.busyHere) }; _ = try await call.answer()",
        ])
    func two(_ body: String) async throws {
        let result = try await Compiler.check(body)
        #expect(result.status != 0)
        #expect(result.output.contains("consumed more than once"), "\(result.output)")
    }
}

/// The Swift compiler, with the modules that this test was built with.
private enum Compiler {
    static let executable = ChildProcess.find("swiftc")

    /// The folder of the test bundle.
    private static let products = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().path

    private static let modules: String? = {
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }
        let folders = [products] + (bundle.map { [URL(fileURLWithPath: $0).deletingLastPathComponent().path] } ?? [])
        return folders.map { "\($0)/Modules" }
            .first { FileManager.default.fileExists(atPath: "\($0)/ApplicationServer.swiftmodule") }
    }()

    static var isUsable: Bool { executable != nil && modules != nil }

    /// Type-checks a service whose `handle(_:)` is `body`.
    static func check(_ body: String) async throws -> (status: Int32, output: String) {
        let folder = try TemporaryFolder()
        let source = """
            import ApplicationServer
            import SIP

            struct Example: CallService {
                func handle(_ call: consuming IncomingCall) async throws {
                    \(body)
                }
            }
            """
        try source.write(toFile: "\(folder.path)/Example.swift", atomically: true, encoding: .utf8)
        let modules = modules ?? ""
        // Who owns a value is decided after type checking: code has to be made for it, if only to be thrown away.
        var arguments = ["-emit-sil", "-o", "/dev/null", "-parse-as-library", "-swift-version", "6", "-I", modules]
        for map in moduleMaps(beside: modules) { arguments += ["-Xcc", "-fmodule-map-file=\(map)"] }
        arguments.append("Example.swift")
        let compiler = try ChildProcess(
            executable ?? "swiftc",
            arguments,
            directory: folder.path,
            output: "\(folder.path)/output"
        )
        let status = await compiler.exitStatus()
        return (status, folder.text("output"))
    }

    /// The C modules: those that the build wrote maps for, and those that bring their own.
    private static func moduleMaps(beside modules: String) -> [String] {
        let products = URL(fileURLWithPath: modules).deletingLastPathComponent()
        let scratch = products.deletingLastPathComponent().deletingLastPathComponent()
        let built = children(products).filter { $0.pathExtension == "build" }.map {
            $0.appending(path: "module.modulemap")
        }
        let own = children(URL(fileURLWithPath: "\(PackageFolder.root)/Sources"))
            .flatMap { [$0.appending(path: "module.modulemap"), $0.appending(path: "include/module.modulemap")] }
        let theirs = children(scratch.appending(path: "checkouts"))
            .flatMap { children($0.appending(path: "Sources")) }
            .map { $0.appending(path: "include/module.modulemap") }
        return (built + own + theirs).map(\.path).filter { FileManager.default.fileExists(atPath: $0) }
    }

    private static func children(_ folder: URL) -> [URL] {
        (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    }
}
