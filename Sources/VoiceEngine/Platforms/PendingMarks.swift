/// Marks that were set and not reached, with what is to be done then. Numbered by us, so that one that was given up is
/// not taken for another of the same name.
struct PendingMarks<Purpose: Sendable>: Sendable {
    private let limit: Int
    private var purposes: [(number: Int, purpose: Purpose)] = []
    private var last = 0

    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { purposes.count }

    /// - Returns: `nil` if there are too many already.
    mutating func add(_ purpose: Purpose) -> EngineMark? {
        guard purposes.count < limit else { return nil }
        last += 1
        purposes.append((last, purpose))
        return EngineMark("\(last)")
    }

    /// What is to be done now that a mark is reached; `nil` if it was given up.
    mutating func take(_ mark: EngineMark) -> Purpose? {
        guard let number = Int(mark.rawValue), let index = purposes.firstIndex(where: { $0.number == number }) else {
            return nil
        }
        return purposes.remove(at: index).purpose
    }

    /// Gives up those of which `isGivenUp` says so.
    mutating func giveUp(where isGivenUp: (Purpose) -> Bool) {
        purposes.removeAll { isGivenUp($0.purpose) }
    }
}
