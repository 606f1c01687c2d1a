import SIP

/// History-Info of a request that is sent to another target (RFC 7044 §5 and §10; TS 24.604 §4.5.2.6.2 for `cause`).
public enum HistoryInfo {
    /// Adds what a retargeting has to leave: an entry for the target so far unless the last one is it, and one for
    /// the new target below it.
    ///
    /// - Parameters:
    ///   - cause: Written to the new target's URI, for example 302 for unconditional diversion (RFC 4458).
    ///   - isMapped: Whether the target is another user (`mp`), and not a contact of the same one (`rc`).
    public static func retarget(
        _ headers: inout SIPHeaders, from old: String, to new: String, cause: Int? = nil, isMapped: Bool = true
    ) {
        let entries = headers.splitValues(.historyInfo)
        let last = entries.last.flatMap { try? HistoryInfoEntry(parsing: $0, field: .historyInfo) }
        var index = last.map { $0.index.map(String.init).joined(separator: ".") } ?? ""
        if last?.address.uriText != old {
            index = index.isEmpty ? "1" : index + ".1"
            headers.append(.historyInfo, "<\(old)>;index=\(index)")
        }
        var target = new
        if let cause {
            if var uri = try? SIPURI(parsing: new) {
                uri.parameters["cause"] = String(cause)
                target = uri.description
            }
        }
        headers.append(.historyInfo, "<\(target)>;index=\(index).1;\(isMapped ? "mp" : "rc")=\(index)")
    }
}
