import SIP

/// The parts of a multipart body (RFC 2046 §5.1), one level deep.
enum MultipartBody {
    struct Part {
        var contentType: String
        var body: [UInt8]
    }

    /// More parts than this are not looked at.
    private static let limit = 16

    static func parts(of body: [UInt8], contentType: String) -> [Part] {
        guard let boundary = boundary(in: contentType) else { return [] }
        let delimiter = Array("--\(boundary)".utf8)
        var parts: [Part] = []
        var current: [UInt8]?
        for line in lines(of: body) {
            if line.starts(with: delimiter) {
                if let finished = current.flatMap(part) { parts.append(finished) }
                if parts.count >= limit { return parts }
                let isLast = line.dropFirst(delimiter.count).starts(with: [0x2D, 0x2D])
                if isLast { return parts }
                current = []
            } else {
                current?.append(contentsOf: line)
            }
        }
        return parts
    }

    private static func boundary(in contentType: String) -> String? {
        for parameter in contentType.split(separator: ";").dropFirst() {
            let pair = parameter.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].filter({ $0 != " " }).lowercased() == "boundary" else { continue }
            let value = pair[1].filter { $0 != "\"" && $0 != " " }
            return value.isEmpty || value.count > 70 ? nil : value
        }
        return nil
    }

    /// Lines with their ends.
    private static func lines(of body: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        for index in body.indices where body[index] == 0x0A {
            lines.append(body[start...index])
            start = index + 1
        }
        if start < body.count { lines.append(body[start...]) }
        return lines
    }

    /// Headers, an empty line, and what follows without its last line end.
    private static func part(_ bytes: [UInt8]) -> Part? {
        var contentType = "text/plain"
        var offset = 0
        for line in lines(of: bytes) {
            offset += line.count
            let text = String(decoding: line, as: UTF8.self).filter { $0 != "\r\n" && $0 != "\n" && $0 != "\r" }
            if text.isEmpty { break }
            guard let colon = text.firstIndex(of: ":") else { return nil }
            if HeaderName(String(text[..<colon])) == .contentType {
                contentType = String(text[text.index(after: colon)...].drop { $0 == " " })
            }
        }
        var content = bytes[offset...]
        if content.last == 0x0A { content.removeLast() }
        if content.last == 0x0D { content.removeLast() }
        return Part(contentType: contentType, body: Array(content))
    }
}
