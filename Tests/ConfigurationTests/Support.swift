import Foundation
import Testing

@testable import ReferenceAS

/// Reads text as the file `test.yaml`.
func read(
    _ text: String,
    environment: [String: String] = [:],
    set overrides: [(String, String)] = []
) throws -> (configuration: ASConfiguration, warnings: [String]) {
    try ASConfiguration.read(text, file: "test.yaml", environment: environment, overrides: overrides)
}

/// The messages that text is refused with.
func errors(
    _ text: String,
    environment: [String: String] = [:],
    set overrides: [(String, String)] = []
) -> [String] {
    do {
        _ = try read(text, environment: environment, set: overrides)
        return []
    } catch let error as ConfigurationErrors {
        return error.errors.map(\.description)
    } catch {
        Issue.record(error)
        return []
    }
}

/// A file in a new directory, with a mode, for the time of the closure.
func withFile(_ text: String, mode: Int = 0o600, _ body: (_ path: String) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let path = directory.appendingPathComponent("file").path
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    try body(path)
}
