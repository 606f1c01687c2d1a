import SIP
import Timing

/// Requests too large for UDP that went by TCP instead, so that what follows them takes the same way.
///
/// CANCEL and the ACK of a failure share the branch of their INVITE; a retransmission is not sent, since TCP has it.
/// Source: RFC 3261 §18.1.1.
struct LargeRequests {
    /// Requests of more octets do not go by UDP.
    static let limit = 1_300

    private var moved: [String: MonotonicTime] = [:]
    /// Peers that took no connection, and until when that is believed.
    private var refused: [String: MonotonicTime] = [:]
    /// Branches are remembered this long: 64·T1 and more.
    private static let memory = Duration.seconds(40)
    private static let refusalMemory = Duration.seconds(300)
    private static let capacity = 16_384

    /// What to do with a request of ours that would go to `peer` by UDP.
    enum Way: Equatable {
        case datagram
        case stream
        /// It is a retransmission of what TCP has been given.
        case nowhere
    }

    func way(of request: [UInt8], to peer: @autoclosure () -> String, at now: MonotonicTime) -> Way {
        let isLarge = request.count > Self.limit
        guard isLarge || !moved.isEmpty else { return .datagram }
        if let branch = WrittenRequest.branch(of: request), let until = moved[branch], until > now {
            return isLarge ? .nowhere : .stream
        }
        if let until = refused[peer()], until > now { return .datagram }
        return isLarge ? .stream : .datagram
    }

    mutating func didMove(_ request: [UInt8], at now: MonotonicTime) {
        guard let branch = WrittenRequest.branch(of: request) else { return }
        if moved.count >= Self.capacity { moved = moved.filter { $0.value > now } }
        guard moved.count < Self.capacity else { return }
        moved[branch] = now + Self.memory
    }

    mutating func wasRefused(_ request: [UInt8], by peer: String, at now: MonotonicTime) {
        if let branch = WrittenRequest.branch(of: request) { moved[branch] = nil }
        if refused.count >= Self.capacity { refused = refused.filter { $0.value > now } }
        if refused.count < Self.capacity { refused[peer] = now + Self.refusalMemory }
    }

}
