import ArgumentParser
import Foundation
import IMS
import SIP

/// Reads what the `ifc` commands are given, and ends them with the right exit status if that fails.
enum IFCFiles {
    /// Findings, or a document that is not valid.
    static let findings = ExitCode(1)
    /// `EX_NOINPUT`: a file cannot be read.
    static let unreadable = ExitCode(66)

    /// Nothing that is read here is larger.
    private static let maximumSize = 1 << 20

    static func note(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }

    /// The bytes of a file; `-` is standard input.
    ///
    /// - Throws: Exit status 66, after saying why.
    static func bytes(of path: String) throws -> [UInt8] {
        do {
            if path == "-" { return Array(try FileHandle.standardInput.read(upToCount: maximumSize) ?? Data()) }
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            return Array(try handle.read(upToCount: maximumSize) ?? Data())
        } catch {
            note("\(path): cannot be read: \(error.localizedDescription)")
            throw unreadable
        }
    }

    /// A profile that can be evaluated.
    ///
    /// - Throws: Exit status 1 if the document cannot be read as a profile, after saying why.
    static func profile(_ path: String) throws -> ProfileDocument {
        let document = ProfileDocument(reading: try bytes(of: path))
        guard document.isReadable else {
            report(document.diagnostics, in: path)
            throw findings
        }
        return document
    }

    /// The shared iFC sets of a file. What is wrong with them is said on standard error.
    ///
    /// - Throws: Exit status 1 if an error is among that.
    static func sharedSets(_ path: String) throws -> SharedIFCSets {
        let sets = SharedIFCSets(reading: try bytes(of: path))
        report(sets.diagnostics, in: path)
        guard ProfileValidator.isValid(sets.diagnostics) else { throw findings }
        return sets
    }

    private static func report(_ diagnostics: [ProfileDiagnostic], in path: String) {
        for diagnostic in diagnostics {
            note(
                "\(path):\(diagnostic.location.line):\(diagnostic.location.column): "
                    + "\(diagnostic.severity.rawValue): \(diagnostic.message) [\(diagnostic.rule.id)]")
        }
    }

    /// A request from a file. Line ends that an editor left as LF become CR LF, and a Content-Length that does
    /// not fit the body is corrected; both are said on standard error.
    ///
    /// - Throws: Exit status 1 if the file is not a SIP request.
    static func request(_ path: String) throws -> SIPRequest {
        var bytes = try bytes(of: path)
        if let normalized = IFCMessageText.normalized(bytes) {
            note("\(path): note: line ends were normalised to CR LF")
            bytes = normalized
        }
        if let corrected = IFCMessageText.withCorrectedLength(bytes) {
            note("\(path): note: Content-Length was corrected to the length of the body")
            bytes = corrected
        }
        do {
            switch try SIPMessage(parsing: bytes) {
            case .request(let request): return request
            case .response:
                note("\(path): error: this is a response, and only requests trigger")
                throw findings
            }
        } catch let error as SIPParseError {
            note("\(path): error: not a SIP message: \(error)")
            throw findings
        }
    }
}
