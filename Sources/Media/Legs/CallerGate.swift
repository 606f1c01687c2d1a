/// Whose word interrupts what the engine says.
public enum BargeInSource: String, Sendable, Hashable, CaseIterable {
    /// The engine's own voice activity detection.
    case engine
    /// The leg's gate, which knows what comes back as echo.
    case local
    /// Whichever is first.
    case both
}

/// Decides by a ``BargeInGate`` when the caller interrupts, and what the engine gets to hear of echo.
struct CallerGate {
    /// Frames held back while the gate is closed, so that nothing is lost of the word that opens it: 200 ms.
    private static let held = 10

    private let source: BargeInSource
    private let hidesEcho: Bool
    private var gate: BargeInGate
    private var buffer: [Int16] = []
    /// Samples that the engine got beyond the wall clock when held frames followed one another at once. Silence is left
    /// out for them later.
    private var ahead = 0

    /// Whether the caller began to speak in the last frame.
    private(set) var opened = false

    /// - Returns: `nil` if nothing is to be decided.
    init?(_ configuration: LegConfiguration, sampleRate: Int) {
        guard configuration.bargeIn != .engine || configuration.hidesEcho else { return nil }
        source = configuration.bargeIn
        hidesEcho = configuration.hidesEcho
        gate = BargeInGate(sampleRate: sampleRate, soundLevel: configuration.soundLevel)
    }

    /// Whether the last frame began an interruption that is ours to make.
    var interrupts: Bool { opened && source != .engine }

    /// Takes the frames of a cycle. `heard` becomes what the engine is to get instead: itself, silence in its place, or
    /// together with it what was held back.
    ///
    /// - Parameter sent: Empty if nothing was sent.
    mutating func pass(sent: Span<Int16>, heard: inout [Int16]) {
        let wasOpen = gate.isOpen
        gate.feed(sent: sent, heard: heard.span)
        opened = gate.isOpen && !wasOpen
        guard hidesEcho else { return }
        if !gate.isOpen, gate.expectsEcho {
            let limit = heard.count * Self.held
            buffer.append(contentsOf: heard)
            if buffer.count > limit { buffer.removeFirst(buffer.count - limit) }
            if ahead >= heard.count {
                ahead -= heard.count
                heard.removeAll(keepingCapacity: true)
            } else {
                for index in heard.indices { heard[index] = 0 }
            }
        } else if !buffer.isEmpty {
            // Without an echo to hide what was held back was silence, and has been sent as such.
            if gate.isOpen {
                ahead += buffer.count
                heard.insert(contentsOf: buffer, at: 0)
            }
            buffer.removeAll(keepingCapacity: true)
        }
    }
}
