/// Finds the name that somebody meant.
enum Spelling {
    /// The candidate nearest to a dotted name; `nil` if there are none.
    ///
    /// Sections count as keys of their own. A name in the wrong section is as near as its last part is, and one away.
    static func nearest(to name: String, in candidates: [String]) -> String? {
        var all = candidates
        for candidate in candidates {
            let parts = candidate.split(separator: ".")
            for count in 1..<max(parts.count, 1) {
                let section = parts.prefix(count).joined(separator: ".")
                if !all.contains(section) { all.append(section) }
            }
        }
        let lastPart = name.lastPart
        let depth = name.split(separator: ".").count
        func score(_ candidate: String) -> Int {
            let whole = distance(name, candidate)
            let isSection = candidate.split(separator: ".").count != depth
            return min(whole, distance(lastPart, candidate.lastPart) + 1) * 2 + (isSection ? 1 : 0)
        }
        return all.map { (name: $0, score: score($0)) }.min { $0.score < $1.score }?.name
    }

    /// Insertions, deletions, replacements and swaps of neighbours that make one text into the other, without case.
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.lowercased().utf8.prefix(128))
        let right = Array(right.lowercased().utf8.prefix(128))
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 1...left.count {
            var current = [row]
            for column in 1...right.count {
                let cost = left[row - 1] == right[column - 1] ? 0 : 1
                var best = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + cost)
                let isSwap =
                    row > 1 && column > 1 && left[row - 1] == right[column - 2] && left[row - 2] == right[column - 1]
                if isSwap { best = min(best, beforeLast[column - 2] + 1) }
                current.append(best)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}

extension String {
    fileprivate var lastPart: String {
        split(separator: ".").last.map(String.init) ?? self
    }
}
