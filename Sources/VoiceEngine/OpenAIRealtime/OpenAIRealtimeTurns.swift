/// The last few responses of a session: how much audio of each came, what was cut, which functions they call.
struct OpenAIRealtimeTurns: Sendable {
    /// Where a conversation item is cut (`conversation.item.truncate`).
    struct Cut: Sendable, Hashable {
        var item: String
        var contentIndex: Int
        var milliseconds: Int
    }

    /// A function call as far as it is known; the parts come in different events.
    struct PartialCall: Sendable, Hashable {
        var id: String
        var name: String?
        var arguments: String?
    }

    static let maximumTurns = 8
    static let maximumItems = 16
    static let maximumCalls = 16

    private struct Item: Sendable {
        var id: String
        var contentIndex: Int
        var bytes = 0
    }

    private struct Turn: Sendable {
        var id: String
        var items: [Item] = []
        var calls: [PartialCall] = []
        var isInterrupted = false
        var isFinished = false
    }

    private var turns: [Turn] = []

    /// - Returns: `false` if there is such a turn already.
    mutating func begin(_ id: String) -> Bool {
        guard !isKnown(id) else { return false }
        if turns.count == Self.maximumTurns { turns.removeFirst() }
        turns.append(Turn(id: id))
        return true
    }

    func isKnown(_ id: String) -> Bool { index(of: id) != nil }

    func isFinished(_ id: String) -> Bool { index(of: id).map { turns[$0].isFinished } ?? false }

    func isInterrupted(_ id: String) -> Bool { index(of: id).map { turns[$0].isInterrupted } ?? false }

    mutating func interrupt(_ id: String) {
        if let index = index(of: id) { turns[index].isInterrupted = true }
    }

    mutating func count(_ bytes: Int, of id: String, item: String, _ contentIndex: Int) {
        guard let index = index(of: id) else { return }
        let known = turns[index].items.lastIndex { $0.id == item && $0.contentIndex == contentIndex }
        if let known {
            turns[index].items[known].bytes += bytes
        } else if turns[index].items.count < Self.maximumItems {
            turns[index].items.append(Item(id: item, contentIndex: contentIndex, bytes: bytes))
        }
    }

    /// The newest turn, if it takes audio and some has come, and the item of which the last came.
    var current: (turn: String, item: String, contentIndex: Int)? {
        guard let turn = turns.last, !turn.isInterrupted, !turn.isFinished, let item = turn.items.last else {
            return nil
        }
        return (turn.id, item.id, item.contentIndex)
    }

    /// Counts audio of the item in ``current``.
    mutating func countCurrent(_ bytes: Int) {
        guard let turn = turns.indices.last, let item = turns[turn].items.indices.last else { return }
        turns[turn].items[item].bytes += bytes
    }

    /// Adds what is new about a call.
    mutating func collect(_ call: PartialCall, of id: String) {
        guard let index = index(of: id) else { return }
        if let known = turns[index].calls.firstIndex(where: { $0.id == call.id }) {
            if let name = call.name { turns[index].calls[known].name = name }
            if let arguments = call.arguments { turns[index].calls[known].arguments = arguments }
        } else if turns[index].calls.count < Self.maximumCalls {
            turns[index].calls.append(call)
        }
    }

    /// - Returns: The complete calls of the turn.
    mutating func finish(_ id: String) -> [EngineToolCall] {
        guard let index = index(of: id) else { return [] }
        turns[index].isFinished = true
        defer { turns[index].calls.removeAll() }
        return turns[index].calls.compactMap { call in
            guard let name = call.name else { return nil }
            return EngineToolCall(id: call.id, name: name, arguments: call.arguments ?? "{}")
        }
    }

    /// What to cut so that only the first `milliseconds` of the turn remain. Nothing if all of it was heard, or if
    /// it was cut before. Late audio of the turn is not wanted any more.
    mutating func truncate(_ id: String, at milliseconds: Int, bytesPerMillisecond: Int) -> [Cut] {
        guard let index = index(of: id) else { return [] }
        turns[index].isInterrupted = true
        var remaining = max(0, milliseconds)
        var cuts: [Cut] = []
        for item in turns[index].items where !item.id.isEmpty {
            let length = item.bytes / bytesPerMillisecond
            if remaining < length {
                cuts.append(Cut(item: item.id, contentIndex: item.contentIndex, milliseconds: remaining))
            }
            remaining = max(0, remaining - length)
        }
        turns[index].items.removeAll()
        return cuts
    }

    private func index(of id: String) -> Int? { turns.lastIndex { $0.id == id } }
}
