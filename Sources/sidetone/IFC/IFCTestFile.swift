import ArgumentParser
import Foundation
import SIP
import Yams

extension IFCSessionCase: Decodable {}
extension IFCRegistrationType: Decodable {}
extension IFCDialect: Decodable {}

/// A file of expectations.
///
///     profile: profile.xml
///     tests:
///       - name: calls reach the mailbox
///         message: call.sip
///         sessionCase: terminating-unregistered
///         expect: ["sip:mailbox.ims.example"]
struct IFCTestFile {
    struct Test: Decodable {
        struct Request: Decodable {
            let method: String
            let uri: String
            let headers: [String: String]?
            let body: String?
        }

        let name: String
        let profile: String?
        /// A file with a SIP request; or `request`.
        let message: String?
        let request: Request?
        let sessionCase: IFCSessionCase
        let registrationType: IFCRegistrationType?
        let identity: String?
        let dialect: IFCDialect?
        /// Server names in order; empty: none.
        let expect: [String]
    }

    private struct Contents: Decodable {
        let profile: String
        let sharedSets: String?
        let dialect: IFCDialect?
        let tests: [Test]
    }

    let file: String
    private let contents: Contents

    var profile: String { contents.profile }
    var sharedSets: String? { contents.sharedSets }
    var dialect: IFCDialect? { contents.dialect }
    var tests: [Test] { contents.tests }

    /// - Throws: Exit status 66 or 1, after saying why.
    init(path: String) throws {
        file = path
        let text = String(decoding: try IFCFiles.bytes(of: path), as: UTF8.self)
        do {
            try Self.checkKeys(text, path)
            contents = try YAMLDecoder().decode(Contents.self, from: text)
        } catch let error as DecodingError {
            IFCFiles.note("\(path): error: \(Self.text(error))")
            throw IFCFiles.findings
        } catch let error as YamlError {
            IFCFiles.note("\(path): error: \(error)")
            throw IFCFiles.findings
        }
    }

    /// A path of the file, relative to its folder.
    func path(of other: String) -> String {
        if other.hasPrefix("/") || file == "-" { return other }
        return URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent(other).path
    }

    /// - Throws: Exit status 1 if the test names no request, or the file is not one.
    func request(of test: Test) throws -> SIPRequest {
        switch (test.message, test.request) {
        case (let message?, nil): return try IFCFiles.request(path(of: message))
        case (nil, let given?):
            var headers = SIPHeaders()
            for (name, value) in (given.headers ?? [:]).sorted(by: { $0.key < $1.key }) {
                headers.append(HeaderName(name), value)
            }
            let body = (given.body ?? "").replacingOccurrences(of: "\r\n", with: "\n")
                .replacingOccurrences(of: "\n", with: "\r\n")
            if !body.isEmpty, !headers.contains(.contentType) { headers.append(.contentType, "application/sdp") }
            return SIPRequest(
                method: SIPMethod(rawValue: given.method), requestURI: given.uri, headers: headers,
                body: Array(body.utf8))
        default:
            IFCFiles.note("\(file): error: the test \"\(test.name)\" needs either a message or a request")
            throw IFCFiles.findings
        }
    }

    private static let keys: Set<String> = ["profile", "sharedSets", "dialect", "tests"]
    private static let testKeys: Set<String> = [
        "name", "profile", "message", "request", "sessionCase", "registrationType", "identity", "dialect", "expect",
    ]

    /// A key that is not known is a mistake, and a test that is not run.
    private static func checkKeys(_ text: String, _ path: String) throws {
        guard let root = try Yams.compose(yaml: text)?.mapping else {
            IFCFiles.note("\(path): error: the file holds no mapping")
            throw IFCFiles.findings
        }
        var unknown = Self.unknown(root, keys)
        for test in root["tests"]?.sequence ?? [] {
            if let mapping = test.mapping { unknown += Self.unknown(mapping, testKeys) }
        }
        guard let first = unknown.first else { return }
        IFCFiles.note("\(path):\(first.line): error: unknown key \"\(first.key)\"")
        throw IFCFiles.findings
    }

    private static func unknown(_ mapping: Node.Mapping, _ known: Set<String>) -> [(key: String, line: Int)] {
        mapping.keys.compactMap { key in
            guard let name = key.string, !known.contains(name) else { return nil }
            return (name, key.mark?.line ?? 1)
        }
    }

    private static func text(_ error: DecodingError) -> String {
        let (context, what): (DecodingError.Context, String) =
            switch error {
            case .keyNotFound(let key, let context): (context, "\(key.stringValue) is missing")
            case .typeMismatch(_, let context), .valueNotFound(_, let context):
                (context, "the value has the wrong type")
            case .dataCorrupted(let context): (context, context.debugDescription)
            @unknown default: (DecodingError.Context(codingPath: [], debugDescription: ""), "\(error)")
            }
        let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
        return path.isEmpty ? what : "\(path.hasPrefix(".") ? String(path.dropFirst()) : path): \(what)"
    }
}
