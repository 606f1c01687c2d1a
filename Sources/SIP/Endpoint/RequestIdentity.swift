/// What of a request tells its dialog and its place in it. Read once, when it arrives.
struct RequestIdentity: Sendable {
    let callID: KeptText
    /// Of a From without one `nil`: it comes from peers before RFC 3261, and counts as empty (§12.1.1).
    let fromTag: KeptText?
    let toTag: KeptText?
    let cSeq: CSeq

    /// The dialog, seen from the one who received the request; `nil` without a tag of To.
    var dialog: DialogID? {
        toTag.map { DialogID(callID: callID.string, localTag: $0.string, remoteTag: fromTag?.string ?? "") }
    }

    /// Reads what a request must have to be processed at all (RFC 3261 §8.1.1, §8.2).
    init(validating request: SIPRequest) throws(SIPParseError) {
        let headers = request.headers
        for field in [HeaderName.callID, .from, .to, .cSeq, .maxForwards] where headers.count(of: field) > 1 {
            throw SIPParseError(.repeated, field: field)
        }
        callID = try headers.callIDText()
        fromTag = try headers.tagText(of: .from)
        toTag = try headers.tagText(of: .to)
        cSeq = try headers.cSeq()
        guard cSeq.method == request.method else { throw SIPParseError(.mismatch, field: .cSeq) }
        _ = try headers.maxForwards()
        _ = try request.uri()
        if request.method == .invite {
            if headers.contains(.contact) { _ = try headers.address(.contact) }
            _ = try headers.addresses(.recordRoute)
        }
    }
}

extension SIPHeaders {
    /// How many fields have that name.
    fileprivate func count(of name: HeaderName) -> Int {
        var count = 0
        withValues(of: name) { _ in
            count += 1
            return true
        }
        return count
    }
}
