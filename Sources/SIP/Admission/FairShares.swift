/// Shares out what can be admitted among those who ask for it: who asks for little gets it, and the rest is divided
/// equally among those who ask for more (max-min fairness). So one peer that floods us takes nothing from the others.
///
/// Time comes in windows, as ``OverloadControl`` has them. There is no random number: of a peer's share of one third
/// every third call is admitted.
struct FairShares: Sendable, Hashable {
    fileprivate struct Peer: Sendable, Hashable {
        /// In this window.
        var offers = 0
        /// For each window, of the last few.
        var mean: Double?
        var credit = 0.0
    }

    /// Peers told apart; all further ones count as one.
    static let limit = 256
    private static let others = UInt64.max
    /// Weight of the last window in the mean.
    private static let weight = 0.3
    /// A peer that asks for less is forgotten.
    private static let least = 0.01

    private var peers: [UInt64: Peer] = [:]
    /// What a peer can have in a window without being cut.
    private(set) var level = Double.infinity

    /// Takes note of a new call.
    ///
    /// - Returns: Whether it is within the peer's share.
    mutating func admits(_ peer: UInt64) -> Bool {
        // Most calls come from peers that are known, and each is looked for under overload: once.
        if let index = peers.index(forKey: peer) { return peers.values[index].admits(level) }
        return peers[peers.count < Self.limit ? peer : Self.others, default: Peer()].admits(level)
    }

    /// A window is over.
    ///
    /// - Parameter share: Of all calls that are offered, to be admitted in the next one; 1: every call.
    mutating func closeWindow(share: Double) {
        for key in peers.keys {
            guard var peer = peers[key] else { continue }
            let offers = Double(peer.offers)
            let mean = peer.mean.map { $0 + (offers - $0) * Self.weight } ?? offers
            peer.mean = mean
            peer.offers = 0
            peers[key] = mean < Self.least ? nil : peer
        }
        level = share < 1 ? level(for: share) : .infinity
    }

    /// Fills the shares like vessels of different size, beginning with the smallest.
    private func level(for share: Double) -> Double {
        let demands = peers.values.compactMap(\.mean).sorted()
        var rest = share * demands.reduce(0, +)
        for (index, demand) in demands.enumerated() {
            let equal = rest / Double(demands.count - index)
            guard demand <= equal else { return equal }
            rest -= demand
        }
        return .infinity
    }
}

extension FairShares.Peer {
    fileprivate mutating func admits(_ level: Double) -> Bool {
        offers += 1
        // A peer that asks for more than before is not admitted more.
        let demand = max(mean ?? 0, Double(offers))
        guard demand > level else { return true }
        credit += level / demand
        guard credit >= 1 else { return false }
        credit -= 1
        return true
    }
}
