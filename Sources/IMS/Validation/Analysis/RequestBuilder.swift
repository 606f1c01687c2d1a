import SIP

/// Makes a request that meets constraints, once texts for them are found.
struct RequestBuilder {
    private static let lineOrder = Array("vosiuepcbtrzkma".utf8)

    let situation: RequestConstraints.Situation
    let uri: String
    /// Values for each header that is asked about; none: the header stays out.
    let headers: [HeaderName: [String]]
    /// Lines of the session description that are asked for.
    let lines: [UInt8: [String]]
    /// Letters of which no line may be there.
    let withoutLines: Set<UInt8>
    let needsBody: Bool

    var sample: SampleRequest {
        var fields = SIPHeaders()
        for name in [HeaderName.via, .maxForwards, .from, .to, .callID] where headers[name] == nil {
            if let value = SampleRequest.plainValue(name) { fields.append(name, value) }
        }
        if headers[.cSeq] == nil { fields.append(.cSeq, "1 \(situation.method)") }
        for (name, values) in headers.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            for value in values { fields.append(name, value) }
        }
        var body: [UInt8] = []
        if needsBody {
            if headers[.contentType] == nil { fields.append(.contentType, "application/sdp") }
            body = Array(sessionDescription.utf8)
        }
        let request = SIPRequest(
            method: SIPMethod(rawValue: situation.method), requestURI: uri, headers: fields, body: body)
        return SampleRequest(
            request: request,
            context: EvaluationContext(
                sessionCase: situation.sessionCase, registrationType: situation.registrationType,
                isRegistered: situation.isRegistered))
    }

    private var sessionDescription: String {
        var all: [(letter: UInt8, text: String)] = []
        for line in SampleRequest.plainLines {
            guard let letter = line.utf8.first, lines[letter] == nil, !withoutLines.contains(letter) else { continue }
            all.append((letter, line))
        }
        for (letter, contents) in lines {
            for content in contents { all.append((letter, "\(Character(Unicode.Scalar(letter)))=\(content)")) }
        }
        func rank(_ letter: UInt8) -> Int { Self.lineOrder.firstIndex(of: letter) ?? Self.lineOrder.count }
        return all.sorted { (rank($0.letter), $0.text) < (rank($1.letter), $1.text) }
            .map { $0.text + "\r\n" }.joined()
    }
}
