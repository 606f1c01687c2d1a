import VoiceEngine

extension PlayoutQueue {
    /// A mark that is done with.
    struct SettledMark: Equatable {
        var mark: EngineMark
        var state: EngineMarkState
    }

    private static let maximumMarks = 64

    /// Sets a mark behind what is queued of a turn, or of all turns. It is settled at once when nothing of that waits.
    mutating func set(_ mark: EngineMark, of turn: EngineTurnID?) {
        let index = segments.lastIndex {
            if case .turn(let found) = $0 { !found.isAbandoned && (turn == nil || found.id == turn) } else { false }
        }
        guard let index, case .turn(var found) = segments[index] else {
            let isCleared = turn.map(interrupted.contains) ?? false
            return settledMarks.append(SettledMark(mark: mark, state: isCleared ? .cleared : .played))
        }
        guard found.marks.count < Self.maximumMarks else {
            return settledMarks.append(SettledMark(mark: mark, state: .cleared))
        }
        found.marks.append((mark, found.played + found.queued))
        settle(&found)
        segments[index] = .turn(found)
    }

    /// Takes out the marks that the turn has come to.
    mutating func settle(_ turn: inout Turn) {
        while let next = turn.marks.first, next.offset <= turn.played {
            turn.marks.removeFirst()
            settledMarks.append(SettledMark(mark: next.mark, state: .played))
        }
    }

    mutating func takeSettledMarks() -> [SettledMark] {
        guard !settledMarks.isEmpty else { return [] }
        defer { settledMarks.removeAll(keepingCapacity: true) }
        return settledMarks
    }
}
