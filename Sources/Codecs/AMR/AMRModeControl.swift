/// Which mode the encoder uses: the best of the set, until the receiver asks for another; changes as often and as far
/// as the receiver allows (RFC 4867 §3.3, §8.1).
struct AMRModeControl: Sendable {
    private let modes: [UInt8]
    private let period: Int
    private let changesToNeighborsOnly: Bool
    private var current: Int
    private var target: Int
    private var frames = 0

    init(band: AMRBand, parameters: AMRParameters) {
        modes = parameters.modeSet ?? Array(0...band.highestMode)
        period = max(parameters.modeChangePeriod, 1)
        changesToNeighborsOnly = parameters.changesToNeighborsOnly
        current = modes.count - 1
        target = current
    }

    /// The receiver wants this mode; one outside the set is not for us (RFC 4867 §4.3.1).
    mutating func request(_ mode: UInt8) {
        if let index = modes.firstIndex(of: mode) { target = index }
    }

    /// The mode of the next frame.
    mutating func next() -> UInt8 {
        if frames % period == 0, current != target {
            current = changesToNeighborsOnly ? current + (target > current ? 1 : -1) : target
        }
        frames = (frames + 1) % period
        return modes.indices.contains(current) ? modes[current] : 0
    }
}
