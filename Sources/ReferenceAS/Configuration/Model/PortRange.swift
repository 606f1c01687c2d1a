/// The UDP ports for RTP and RTCP, `20000-29999`. Starts even and holds at least one pair.
public struct PortRange: Sendable, Hashable, CustomStringConvertible {
    public let range: ClosedRange<UInt16>

    init(_ range: ClosedRange<UInt16>) {
        self.range = range
    }

    /// Why a text is no range of ports that can be used.
    enum Fault: Error {
        case notARange, empty, oddStart, privileged
    }

    init(parsing text: String) throws(Fault) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = UInt16(parts[0]), let last = UInt16(parts[1]) else { throw .notARange }
        guard first % 2 == 0 else { throw .oddStart }
        guard first >= 1_024 else { throw .privileged }
        guard first < last else { throw .empty }
        range = first...last
    }

    /// How many pairs of an even port and the odd one above it there are.
    public var pairs: Int { range.count / 2 }

    public var description: String { "\(range.lowerBound)-\(range.upperBound)" }
}
