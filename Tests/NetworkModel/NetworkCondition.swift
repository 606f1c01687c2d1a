/// The networks that measurements name.
public struct NetworkCondition: Sendable {
    public let name: String
    /// Share of packets that is lost on average: what the receiver's reports tell the sender.
    public let loss: Double
    public let path: @Sendable (_ seed: UInt64) -> NetworkPath

    public init(_ name: String, loss: Double = 0, _ change: @escaping @Sendable (inout NetworkPath) -> Void) {
        self.name = name
        self.loss = loss
        path = { seed in
            var path = NetworkPath(seed: seed)
            change(&path)
            return path
        }
    }

    public static let all = [
        NetworkCondition("clean") { _ in },
        NetworkCondition("loss-1", loss: 0.01) { $0.loss = .random(0.01) },
        NetworkCondition("loss-3", loss: 0.03) { $0.loss = .random(0.03) },
        NetworkCondition("loss-10", loss: 0.1) { $0.loss = .random(0.10) },
        NetworkCondition("bursts-3", loss: 0.03) { $0.loss = .bursts(share: 0.03, meanLength: 3) },
        NetworkCondition("bursts-10", loss: 0.1) { $0.loss = .bursts(share: 0.10, meanLength: 3) },
        NetworkCondition("jitter-20") { $0.jitter = 20 },
        NetworkCondition("jitter-60") { $0.jitter = 60 },
        NetworkCondition("reordering-5") { $0.reordering = 0.05 },
    ]
}
