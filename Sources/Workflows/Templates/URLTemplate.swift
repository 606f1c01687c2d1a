/// The URL of a request. Scheme, host and port are fixed; arguments fill path segments and the query, and can change
/// neither host nor structure.
///
/// Values are encoded as RFC 6570 §3.2.2 has it for simple expansion: everything that is not unreserved (RFC 3986 §2.3)
/// as `%XX`. A segment that would become `.`, `..` or nothing is refused, and so is a value with a slash, a backslash or
/// a control character, because servers are known to decode those before they look at the path.
public struct URLTemplate: Sendable, Hashable {
    public let origin: WebOrigin
    private let segments: [Template]
    private let query: Template?

    /// - Throws: ``WorkflowError``.
    public init(parsing text: String) throws(WorkflowError) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"\"<>\\^`|#".utf8.contains($0) }) else {
            throw WorkflowError("\"\(text)\" holds what no URL may")
        }
        guard let scheme = text.firstRange(of: "://") else {
            throw WorkflowError("\"\(text)\" is no http:// or https:// URL")
        }
        let authorityEnd = text[scheme.upperBound...].firstIndex { $0 == "/" || $0 == "?" } ?? text.endIndex
        guard let origin = WebOrigin(String(text[..<authorityEnd])) else {
            throw WorkflowError("\"\(text[..<authorityEnd])\" is no http:// or https:// URL with a fixed host")
        }
        let rest = text[authorityEnd...]
        let queryStart = rest.firstIndex(of: "?")
        var segments: [Template] = []
        for segment in rest[..<(queryStart ?? rest.endIndex)].split(separator: "/", omittingEmptySubsequences: false)
            .dropFirst()
        {
            segments.append(try Template(parsing: String(segment)))
        }
        self.origin = origin
        self.segments = segments
        query = try queryStart.map { start throws(WorkflowError) in
            try Template(parsing: String(rest[rest.index(after: start)...]))
        }
    }

    /// Names of the arguments it has places for.
    public var arguments: [String] { (segments + [query].compactMap { $0 }).flatMap(\.arguments) }

    /// The URL of one request.
    ///
    /// - Parameter parameters: Added to the query; those with a missing argument are left out.
    /// - Throws: ``WorkflowError`` for values that do not fit.
    func expand(
        _ scope: TemplateScope,
        parameters: [(name: String, value: Template)]
    ) throws(WorkflowError) -> String {
        var url = origin.description
        for segment in segments {
            let text = try segment.expand(scope) { value throws(WorkflowError) in
                guard
                    value.utf8.allSatisfy({
                        $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\")
                    })
                else { throw WorkflowError("an argument holds what a path may not") }
                return PercentEncoding.encode(value)
            }
            guard let text else { throw WorkflowError("an argument of the path is missing") }
            if segment.hasPlaces, text.isEmpty || text == "." || text == ".." {
                throw WorkflowError("an argument holds what a path may not")
            }
            url += "/" + text
        }
        if segments.isEmpty { url += "/" }
        var separator = "?"
        if let text = try query?.expand(scope, { value throws(WorkflowError) in PercentEncoding.encode(value) }) {
            url += "?" + text
            separator = "&"
        }
        for (name, template) in parameters {
            let value = try template.expand(scope) { value throws(WorkflowError) in value }
            guard let value else { continue }
            url += separator + PercentEncoding.encode(name) + "=" + PercentEncoding.encode(value)
            separator = "&"
        }
        return url
    }
}

/// RFC 3986 §2.1, with everything but the unreserved characters encoded.
enum PercentEncoding {
    static func encode(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += (digits.utf8.count == 1 ? "%0" : "%") + digits
            }
        }
        return result
    }
}
