extension SIPResponse {
    /// The answer to octets that do not parse as a message, made of what can be saved of them.
    ///
    /// It is the same for the same octets: a stateless UAS repeats its To tag (RFC 3261 §8.2.7).
    ///
    /// - Returns: `nil` when they look like a response or an ACK, or when Via, From, To, Call-ID or CSeq are not
    ///   there to be copied (RFC 3261 §8.2.6.2): then nobody can be answered.
    public static func refusing(malformed bytes: [UInt8], because error: SIPParseError) -> SIPResponse? {
        let head = Array(bytes.prefix(32_768))
        let span = head.span
        var lines = logicalLines(span)
        guard let startLine = lines.first else { return nil }
        lines.removeFirst()
        if startLine.count >= 4 {
            let opening = startLine.lowerBound..<startLine.lowerBound + 4
            if span.equalsIgnoringCase("SIP/", at: opening) || span.equalsIgnoringCase("ACK ", at: opening) {
                return nil
            }
        }
        var response = SIPResponse(status: error.responseStatus)
        response.reasonPhrase = "\(error.responseStatus.reasonPhrase): \(error.fault.text)"
        let copied: [HeaderName] = [.via, .from, .to, .callID, .cSeq]
        var viaFields = 0
        for line in lines {
            guard let colon = line.first(where: { span[$0] == .colon }) else { continue }
            var nameEnd = colon
            while nameEnd > line.lowerBound, span[nameEnd - 1].isLinearWhitespace { nameEnd -= 1 }
            let name = HeaderName(span, line.lowerBound..<nameEnd)
            guard copied.contains(name) else { continue }
            if name == .via {
                viaFields += 1
                guard viaFields <= SIPLimits().viaValues else { return nil }
            } else if response.headers.contains(name) {
                continue
            }
            var start = colon + 1
            while start < line.upperBound, span[start].isLinearWhitespace { start += 1 }
            response.headers.append(name, span.unfolded(start..<line.upperBound))
        }
        // A Via of another version is not ours to read; the answer goes to where the request came from.
        let hasVia = error.fault == .unsupportedVersion || (try? response.headers.topVia()) != nil
        guard hasVia, copied.allSatisfy(response.headers.contains),
            response.headers.first(.cSeq)?.hasSuffix("ACK") == false
        else { return nil }
        if (try? response.headers.address(.to))?.tag == nil, let to = response.headers.first(.to) {
            response.headers.set(.to, to + ";tag=" + statelessTag(span))
        }
        return response
    }

    /// A tag that depends on the octets alone: FNV-1a, 64 bits.
    private static func statelessTag(_ span: Span<UInt8>) -> String {
        var hash: UInt64 = 14_695_981_039_346_656_037
        for index in 0..<span.count { hash = (hash ^ UInt64(span[index])) &* 1_099_511_628_211 }
        return String(hash, radix: 16)
    }

    /// The lines up to the first empty one, without their ends, each with its folds.
    private static func logicalLines(_ span: Span<UInt8>) -> [Range<Int>] {
        var lines: [Range<Int>] = []
        var start = 0
        while start < span.count {
            var next = start
            while next < span.count, span[next] != .lineFeed { next += 1 }
            let end = next > start && span[next - 1] == .carriageReturn ? next - 1 : next
            if end == start {
                if !lines.isEmpty { break }  // RFC 3261 §7.5: empty lines before the start line are ignored.
            } else if let last = lines.last, span[start] == .space || span[start] == .tab {
                lines[lines.count - 1] = last.lowerBound..<end
            } else {
                lines.append(start..<end)
            }
            start = next + 1
        }
        return lines
    }
}
