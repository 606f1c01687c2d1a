import SIP
import Timing

/// Two endpoints back to back over a wire with 10 ms delay, on a virtual clock. Messages are numbered in the order
/// in which they are sent; a fault hits one number.
final class Network {
    enum Fault: Sendable, Hashable {
        case drop(Int)
        case duplicate(Int)
        /// Arrives 30 ms late, behind what is sent after it.
        case delay(Int)
    }

    struct Party {
        let endpoint: SIPEndpoint
        var log: [String] = []
        var events: [SIPEndpointEvent] = []

        /// The INVITE that made the call.
        var invite: ServerTransactionID? {
            for case .request(let id, _, _) in events { return id }
            return nil
        }
    }

    static let hosts = ["192.0.2.1", "192.0.2.2"]

    var parties: [Party]
    private(set) var now = MonotonicTime.zero
    private(set) var sent: [String] = []
    private let faults: Set<Fault>
    private var inFlight: [(due: MonotonicTime, to: Int, bytes: [UInt8])] = []
    private var planned: [(due: MonotonicTime, action: (Network) -> Void)] = []
    /// What the users of both endpoints do about an event.
    private let react: (Network, Int, SIPEndpointEvent) -> Void

    init(faults: Set<Fault> = [], react: @escaping (Network, Int, SIPEndpointEvent) -> Void) {
        self.faults = faults
        self.react = react
        parties = Self.hosts.enumerated().map { index, host in
            Party(
                endpoint: SIPEndpoint(
                    configuration: SIPEndpointConfiguration(
                        localAddresses: [.udp: HostPort(host: host, port: 5_060)],
                        sessionTimers: SessionTimerPolicy(interval: .seconds(90))
                    ),
                    identifiers: SeededGenerator(seed: UInt64(index + 7))
                )
            )
        }
    }

    func after(_ delay: Duration, _ action: @escaping (Network) -> Void) {
        planned.append((now + delay, action))
    }

    /// Runs `body` on one endpoint and carries out what it asks for.
    func with<Result>(
        _ party: Int,
        _ body: (SIPEndpoint, MonotonicTime, inout [SIPEndpoint.Output]) -> Result
    ) -> Result {
        var out: [SIPEndpoint.Output] = []
        let result = body(parties[party].endpoint, now, &out)
        for output in out {
            switch output {
            case .send(let bytes, let destination, _): transmit(bytes, from: party, to: destination)
            case .event(let event):
                parties[party].log.append(event.label)
                parties[party].events.append(event)
                react(self, party, event)
            }
        }
        return result
    }

    private func transmit(_ bytes: [UInt8], from party: Int, to destination: SIPDestination) {
        let number = sent.count
        let line = String(decoding: bytes.prefix { $0 != 13 }, as: UTF8.self)
        sent.append("\(party) \(line)")
        let host =
            switch destination {
            case .reply(let source): source.address
            case .hop(let hop): hop.host
            }
        guard let to = Self.hosts.firstIndex(of: host), !faults.contains(.drop(number)) else { return }
        inFlight.append((now + .milliseconds(faults.contains(.delay(number)) ? 40 : 10), to, bytes))
        if faults.contains(.duplicate(number)) { inFlight.append((now + .milliseconds(25), to, bytes)) }
    }

    /// Runs until nothing is due any more, at most ten minutes of protocol time.
    func run() throws {
        let end = now + .seconds(600)
        while true {
            var due = MonotonicTime.distantFuture
            for party in parties { due = min(due, party.endpoint.nextTimeout ?? .distantFuture) }
            due = min(due, inFlight.map(\.due).min() ?? .distantFuture, planned.map(\.due).min() ?? .distantFuture)
            guard due < end else { return }
            now = max(now, due)
            if let index = inFlight.firstIndex(where: { $0.due <= now }) {
                let packet = inFlight.remove(at: index)
                let source = SIPSource(
                    transport: .udp,
                    address: Self.hosts[1 - packet.to],
                    port: 5_060,
                    flow: FlowID(rawValue: UInt64(packet.to))
                )
                let message = try SIPMessage(parsing: packet.bytes)
                with(packet.to) { $0.receive(message, from: source, at: $1, into: &$2) }
            } else if let index = planned.firstIndex(where: { $0.due <= now }) {
                planned.remove(at: index).action(self)
            } else {
                for party in parties.indices { with(party) { $0.handleTimeout(at: $1, into: &$2) } }
            }
        }
    }
}
