/// Which of the newest 128 packet indices of a source have been taken (RFC 3711 §3.3.2).
struct ReplayWindow {
    static let size: UInt64 = 128

    private(set) var newest: UInt64?
    /// The bit of 2^n: the index `newest` - n has been taken.
    private var taken: UInt128 = 0

    /// Whether a packet may be taken: newer than all, or in the window and not yet there.
    func admits(_ index: UInt64) -> Bool {
        guard let newest, index <= newest else { return true }
        let age = newest - index
        return age < Self.size && taken >> age & 1 == 0
    }

    /// Notes a packet that has proved authentic.
    mutating func take(_ index: UInt64) {
        guard let newest else {
            self.newest = index
            taken = 1
            return
        }
        if index > newest {
            // Shifts by the width or more give zero.
            taken = taken << (index - newest) | 1
            self.newest = index
        } else {
            taken |= 1 << (newest - index)
        }
    }
}
