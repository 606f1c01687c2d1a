extension SIPResponse {
    /// The answer to octets that do not parse as a message, made of what can be saved of them.
    ///
    /// - Returns: `nil` when they look like a response or an ACK, or when Via, From, To, Call-ID or CSeq are not
    ///   there to be copied (RFC 3261 §8.2.6.2): then nobody can be answered.
    public static func refusing(malformed bytes: [UInt8], because error: SIPParseError) -> SIPResponse? {
        let head = Array(bytes.prefix(32_768))
        let span = head.span
        var lines = lineRanges(span)
        guard let startLine = lines.first, !startLine.isEmpty else { return nil }
        lines.removeFirst()
        if startLine.count >= 4, span.equalsIgnoringCase("SIP/", at: startLine.lowerBound..<startLine.lowerBound + 4) {
            return nil
        }
        if startLine.count >= 4, span.equalsIgnoringCase("ACK ", at: startLine.lowerBound..<startLine.lowerBound + 4) {
            return nil
        }
        var response = SIPResponse(status: error.responseStatus)
        response.reasonPhrase = "\(error.responseStatus.reasonPhrase): \(error.fault.text)"
        let copied: [HeaderName] = [.via, .from, .to, .callID, .cSeq]
        for line in lines {
            guard !line.isEmpty else { break }
            guard let colon = line.first(where: { span[$0] == .colon }) else { continue }
            let name = HeaderName(span.string(line.lowerBound..<colon).filter { $0 != " " && $0 != "\t" })
            guard copied.contains(name), name == .via || !response.headers.contains(name) else { continue }
            response.headers.append(name, span.string(colon + 1..<line.upperBound).trimmingSpaces)
        }
        guard copied.allSatisfy(response.headers.contains), (try? response.headers.topVia()) != nil,
            response.headers.first(.cSeq)?.hasSuffix("ACK") == false
        else { return nil }
        return response
    }

    /// Lines without their ends; a fold stays a line of its own, which no known name begins.
    private static func lineRanges(_ span: Span<UInt8>) -> [Range<Int>] {
        var lines: [Range<Int>] = []
        var start = 0
        for index in 0..<span.count where span[index] == .lineFeed {
            let end = index > start && span[index - 1] == .carriageReturn ? index - 1 : index
            lines.append(start..<end)
            start = index + 1
        }
        if start < span.count { lines.append(start..<span.count) }
        return lines
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        var view = self[...]
        while let first = view.first, first == " " || first == "\t" { view.removeFirst() }
        while let last = view.last, last == " " || last == "\t" { view.removeLast() }
        return String(view)
    }
}
