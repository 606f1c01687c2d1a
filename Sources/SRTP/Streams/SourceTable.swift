/// What is kept for each source under one key.
///
/// Bounded, and nothing is ever dropped from it: a source that was forgotten could have its packets replayed.
struct SourceTable<State> {
    /// Sources under one key.
    static var limit: Int { 64 }

    private var sources: [(ssrc: UInt32, state: State)] = []

    /// The place of a source that is there.
    func place(of ssrc: UInt32) -> Int? { sources.firstIndex { $0.ssrc == ssrc } }

    /// - Parameter place: From ``place(of:)``, or what ``add(_:_:)`` returned.
    subscript(place: Int) -> State {
        get { sources[place].state }
        set { sources[place].state = newValue }
    }

    var isFull: Bool { sources.count >= Self.limit }

    mutating func add(_ ssrc: UInt32, _ state: State) {
        sources.append((ssrc, state))
    }
}
