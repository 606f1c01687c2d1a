import Timing

/// Watches whether peers that are told by `oc` to send less do so (RFC 7339 §5.10.2: a server has to protect itself
/// against those that do not).
///
/// A peer is taken at its word at first. In each second it is compared with its own last second before it was told:
/// one that has not brought at least half of the reduction is shed like a peer without overload control, until it does
/// or nobody is shed any more.
public struct OverloadCompliance: Sendable {
    static let window = Duration.seconds(1)
    /// Peers watched at a time; further ones are shed here.
    static let limit = 1_024
    /// New requests in a second that say anything about a peer.
    static let leastRequests = 10

    fileprivate struct Record: Sendable {
        var windowStart: MonotonicTime
        var count = 0
        /// Smallest loss, in per cent, that was asked for in this window.
        var loss: Int
        /// New requests in the last complete window without loss; `nil`: none was seen.
        var reference: Int?
        var ignoresUs = false
    }

    private var records: [String: Record] = [:]

    public init() {}

    /// Takes note of a new request that could be shed.
    ///
    /// - Parameters:
    ///   - peer: Address of a peer with overload control.
    ///   - loss: Per cent that it is asked to keep to itself at present.
    /// - Returns: Whether the peer may be left to itself; otherwise the request is decided upon here.
    public mutating func trusts(_ peer: String, loss: Int, at now: MonotonicTime) -> Bool {
        guard var record = records[peer] else {
            makeRoom(at: now)
            guard records.count < Self.limit else { return loss == 0 }
            records[peer] = Record(windowStart: now, count: 1, loss: loss)
            return true
        }
        if now >= record.windowStart + Self.window { record.close(at: now, loss: loss) }
        record.count += 1
        record.loss = min(record.loss, loss)
        records[peer] = record
        return loss == 0 || !record.ignoresUs
    }

    private mutating func makeRoom(at now: MonotonicTime) {
        guard records.count >= Self.limit else { return }
        records = records.filter { now < $0.value.windowStart + Self.window * 2 }
    }
}

extension OverloadCompliance.Record {
    /// Judges the window that is over and begins the next one.
    fileprivate mutating func close(at now: MonotonicTime, loss newLoss: Int) {
        let isRecent = now < windowStart + OverloadCompliance.window * 2
        if loss == 0 {
            reference = isRecent ? count : nil
            ignoresUs = false
        } else if isRecent, let reference {
            let allowed = reference * (200 - loss) / 200
            ignoresUs = count > allowed && count >= OverloadCompliance.leastRequests
        } else if isRecent {
            // It came while others were being shed already: what it sends now is what it is measured by.
            reference = count
        } else {
            ignoresUs = false
        }
        windowStart = now
        count = 0
        loss = newLoss
    }
}
