import SIP

extension CompiledTest {
    /// Values and lines beyond these many are not compared for an explanation.
    private static let candidateLimit = 64

    /// A place of the request where the test looks.
    private struct Candidate {
        let place: String
        let value: [UInt8]
        let compared: Range<Int>

        init(_ place: String, _ value: [UInt8], compared: Range<Int>? = nil) {
            self.place = place
            self.value = value
            self.compared = compared ?? 0..<value.count
        }
    }

    /// The bytes that the test matched or came nearest to.
    ///
    /// - Returns: `nil` when the request has nothing where the test looks, or the test looks at none of its bytes.
    func evidence(_ request: SIPRequest) -> TestEvidence? {
        switch kind {
        case .never, .sessionCase: return nil
        case .method(let wanted, _): return evidence(method: Array(wanted.rawValue.utf8), request)
        case .methodPrefix(let wanted, _): return evidence(method: wanted, request)
        case .requestURI(let pattern):
            let bytes = Array(request.requestURI.utf8)
            if dialect == .kamailio, bytes.count >= CompiledProfile.kamailioBufferSize {
                return TestEvidence(
                    place: "Request-URI", value: bytes, compared: 0..<0, hit: 0..<0, isMatch: false,
                    reason: "too long for this dialect, so it is not compared")
            }
            let compared = RequestURISubject.range(in: bytes.span, dialect: dialect)
            return nearest([Candidate("Request-URI", bytes, compared: compared)], pattern)
        case .header(let name, let pattern): return nearest(fields(request) { HeaderName($0) == name }, pattern)
        case .headerNamed(let name, _, let pattern):
            return nearest(fields(request) { name.matches(Array($0.utf8).span) }, pattern)
        case .sessionDescription(let letter, let pattern): return nearest(lines(request) { $0 == letter }, pattern)
        case .sessionDescriptionNamed(let line, let pattern):
            return nearest(
                lines(request) { letter in
                    let one = [letter]
                    return line.matches(one.span)
                }, pattern)
        case .sessionDescriptionText(let pattern):
            guard Self.hasPlainSessionDescription(request) else { return nil }
            return nearest([Candidate("body", request.body)], pattern)
        }
    }

    private func evidence(method wanted: [UInt8], _ request: SIPRequest) -> TestEvidence? {
        let method = Array(request.method.rawValue.utf8)
        let isPrefix = dialect == .kamailio
        let common = zip(method, wanted).prefix {
            isPrefix ? $0.asciiLowercased == $1.asciiLowercased : $0 == $1
        }.count
        let isMatch = common == wanted.count && (isPrefix || common == method.count)
        return TestEvidence(
            place: "method", value: method, compared: 0..<method.count, hit: 0..<common, isMatch: isMatch,
            reason: isMatch ? "it is that method" : "it is another method")
    }

    private func fields(_ request: SIPRequest, where isWanted: (String) -> Bool) -> [Candidate] {
        var found: [Candidate] = []
        request.headers.withFields { name, value in
            let name = name.text(0..<name.count)
            if isWanted(name) { found.append(Candidate(name, Self.comparable(value))) }
            return found.count < Self.candidateLimit
        }
        return found
    }

    private func lines(_ request: SIPRequest, where isWanted: (UInt8) -> Bool) -> [Candidate] {
        var found: [Candidate] = []
        let isClearwater = dialect == .clearwater
        _ = SessionDescriptionLines.contains(
            in: request, includesMultipart: !isClearwater, keepsCarriageReturn: isClearwater
        ) { letter, content in
            if isWanted(letter) {
                let place = String(decoding: [letter, UInt8(ascii: "=")], as: UTF8.self)
                found.append(Candidate(place, content.withUnsafeBufferPointer { Array($0) }))
            }
            return found.count >= Self.candidateLimit
        }
        return found
    }

    /// The first candidate that matches, else the first of those in which an attempt came furthest.
    private func nearest(_ candidates: [Candidate], _ pattern: ExtendedRegularExpression?) -> TestEvidence? {
        guard let pattern else {
            return candidates.first.map { candidate in
                TestEvidence(
                    place: candidate.place, value: candidate.value, compared: candidate.compared,
                    hit: candidate.compared, isMatch: true, reason: "it is there")
            }
        }
        var best: TestEvidence?
        for candidate in candidates {
            let found = evidence(candidate, pattern)
            if found.isMatch { return found }
            if best.map({ found.hit.count > $0.hit.count }) ?? true { best = found }
        }
        return best
    }

    private func evidence(_ candidate: Candidate, _ pattern: ExtendedRegularExpression) -> TestEvidence {
        let compared = candidate.compared
        let subject = candidate.value.span.extracting(compared)
        let trace = pattern.trace(subject)
        let stretch = trace.match ?? trace.nearest ?? 0..<0
        let hit = compared.lowerBound + stretch.lowerBound..<compared.lowerBound + stretch.upperBound
        let reason: String
        if trace.match != nil {
            reason = stretch.isEmpty ? "an empty match" : "the match"
        } else if subject.count > ExtendedRegularExpression.maximumSubjectLength {
            reason = "longer than \(ExtendedRegularExpression.maximumSubjectLength) bytes, so it is not compared"
        } else if stretch.isEmpty {
            reason = "a match could begin nowhere in it"
        } else if stretch.upperBound == subject.count {
            reason = "a match would have to go on behind its end"
        } else {
            reason = "a match comes no further than this"
        }
        return TestEvidence(
            place: candidate.place, value: candidate.value, compared: compared, hit: hit,
            isMatch: trace.match != nil, reason: reason)
    }
}
