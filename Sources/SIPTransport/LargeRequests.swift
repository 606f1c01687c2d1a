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

    func way(of request: [UInt8], to peer: String, at now: MonotonicTime) -> Way {
        let isLarge = request.count > Self.limit
        guard isLarge || !moved.isEmpty else { return .datagram }
        if let branch = Self.branch(of: request), let until = moved[branch], until > now {
            return isLarge ? .nowhere : .stream
        }
        if let until = refused[peer], until > now { return .datagram }
        return isLarge ? .stream : .datagram
    }

    mutating func didMove(_ request: [UInt8], at now: MonotonicTime) {
        guard let branch = Self.branch(of: request) else { return }
        if moved.count >= Self.capacity { moved = moved.filter { $0.value > now } }
        guard moved.count < Self.capacity else { return }
        moved[branch] = now + Self.memory
    }

    mutating func wasRefused(_ request: [UInt8], by peer: String, at now: MonotonicTime) {
        if let branch = Self.branch(of: request) { moved[branch] = nil }
        if refused.count >= Self.capacity { refused = refused.filter { $0.value > now } }
        if refused.count < Self.capacity { refused[peer] = now + Self.refusalMemory }
    }

    /// The octets with `TCP` as the transport of the topmost Via and `address` as its sent-by.
    ///
    /// - Parameter message: As ``SIPEndpoint`` writes it: Via is the first field.
    /// - Returns: `nil` if it does not begin so.
    static func viaTCP(_ message: [UInt8], sentBy address: HostPort?) -> [UInt8]? {
        guard let line = viaLine(of: message),
            var via = try? Via(parsing: String(decoding: message[line].dropFirst(viaName.count), as: UTF8.self))
        else { return nil }
        via.transport = TransportKind.tcp.rawValue
        if let address { via.sentBy = address }
        return message[..<line.lowerBound] + viaName + via.description.utf8 + message[line.upperBound...]
    }

    private static let viaName = Array("Via: ".utf8)

    private static func branch(of message: [UInt8]) -> String? {
        viaLine(of: message).flatMap {
            try? Via(parsing: String(decoding: message[$0].dropFirst(viaName.count), as: UTF8.self)).branch
        }
    }

    /// The second line, without its end.
    private static func viaLine(of message: [UInt8]) -> Range<Int>? {
        guard let first = message.firstIndex(of: 0x0A) else { return nil }
        let start = first + 1
        guard message[start...].starts(with: viaName), let end = message[start...].firstIndex(of: 0x0D) else {
            return nil
        }
        return start..<end
    }
}
