import Codecs
import Timing
import VoiceEngine

/// What waits to be sent on a leg: turns of the engine, which arrive faster than they are spoken, and files.
///
/// Engine audio is kept as the engine's bytes, so a cut is exact to the frame and interrupted audio costs no
/// conversion. A turn that runs dry before its end waits until 60 ms are there again.
struct PlayoutQueue {
    /// Where the samples of a frame came from.
    enum Origin: Equatable {
        /// Nothing was due.
        case nothing
        /// - Parameters:
        ///   - arrival: When the turn's first byte came.
        ///   - isFirst: Whether this is the turn's first frame.
        ///   - isHeard: Whether ``markHeard()`` was called for the turn.
        case turn(EngineTurnID, arrival: MonotonicTime, isFirst: Bool, isHeard: Bool)
        case file
        /// The end of a frame before, out of the resampler.
        case tail
    }

    /// A turn that was interrupted.
    struct Cut: Equatable {
        var turn: EngineTurnID
        var playedMilliseconds: Int
    }

    struct Turn {
        var id: EngineTurnID
        var queued = 0
        var played = 0
        var hasEnded = false
        /// Frames for which it had too little to play.
        var starved = 0
        /// Frames since it has run dry.
        var dry = 0
        /// When its first audio came.
        let arrival: MonotonicTime
        /// A frame with sound in it was sent.
        var isHeard = false
        /// Of an engine that is gone: nothing more comes for it, whatever a new engine calls its turns.
        var isAbandoned = false
        /// Marks that were set and not reached, with the octets of the turn before each.
        var marks: [(mark: EngineMark, offset: Int)] = []
    }

    enum Segment {
        case turn(Turn)
        case file(FilePlayer)
    }

    static let frameMilliseconds = 20
    static let maximumFiles = 16
    private static let rebufferMilliseconds = 60
    private static let starvedLimit = 3
    private static let remembered = 16
    /// A turn that has run dry for so many frames is told of.
    private static let dryLimit = 25

    private let capacityMilliseconds: Int
    private let bank: ResamplerBank
    /// For files, so that one can fade out beneath a turn.
    private let fileBank: ResamplerBank
    /// A file that fades out beneath what follows it.
    private var fading: FilePlayer?
    /// Whether the end of that file is to be told.
    private var tellsFadingEnd = false
    private var format: AudioFormat
    private var ring: ByteRing
    var segments: [Segment] = []
    /// Turns that were interrupted, newest last: what still comes of them is dropped.
    var interrupted: [EngineTurnID] = []
    /// The resampler's filter still holds the end of the last frame, which came at `tailRate`.
    private var hasTail = false
    private var tailRate = 8_000
    private var isFileTail = false
    private var bytes: [UInt8] = []
    private var samples: [Int16] = []
    private var beneath: [Int16] = []
    /// Files whose last sample has been taken since the last ``takeFinishedFiles()``.
    private var finishedFiles = 0
    /// Turns that have run dry since the last ``takeStarvedTurns()``.
    private var starvedTurns: [EngineTurnID] = []
    /// Turns whose last sample has been taken since the last ``takePlayedTurns()``.
    private var playedTurns: [EngineTurnID] = []
    /// Marks that were reached or dropped since the last ``takeSettledMarks()``.
    var settledMarks: [SettledMark] = []

    init(capacityMilliseconds: Int, bank: ResamplerBank) {
        self.capacityMilliseconds = capacityMilliseconds
        self.bank = bank
        fileBank = bank.another()
        format = .pcmu
        ring = ByteRing(limit: 0)
    }

    /// Whether nothing is left to send and no turn is open.
    var isEmpty: Bool { segments.isEmpty && fading == nil }

    /// Octets of engine audio that wait.
    var queuedOctets: Int {
        segments.reduce(0) { sum, segment in if case .turn(let turn) = segment { sum + turn.queued } else { sum } }
    }

    var fileCount: Int {
        segments.count { if case .file = $0 { true } else { false } }
    }

    /// Makes the resampler for audio of this rate.
    func prepare(from input: Int, to output: Int) throws(CodecError) {
        try bank.prepare(from: input, to: output)
        try fileBank.prepare(from: input, to: output)
    }

    /// Sets the engine's format; what is queued in another one is dropped.
    mutating func setFormat(_ new: AudioFormat) {
        guard new != format || ring.limit == 0 else { return }
        _ = interruptTurns()
        format = new
        ring = ByteRing(limit: capacityMilliseconds * new.bytesPerMillisecond)
    }

    // MARK: - In

    enum Acceptance: Equatable {
        case queued
        /// The turn was interrupted.
        case late
        /// This many bytes did not fit.
        case overflowed(Int)
    }

    mutating func append(_ audio: Span<UInt8>, of turn: EngineTurnID, at now: MonotonicTime) -> Acceptance {
        guard !interrupted.contains(turn) else { return .late }
        guard audio.count > 0 else { return .queued }
        let taken = ring.append(audio)
        if let index = newestTurn, case .turn(var open) = segments[index], open.id == turn, !open.isAbandoned {
            open.queued += taken
            segments[index] = .turn(open)
        } else {
            segments.append(.turn(Turn(id: turn, queued: taken, arrival: now)))
        }
        return taken == audio.count ? .queued : .overflowed(audio.count - taken)
    }

    mutating func end(_ turn: EngineTurnID) {
        for index in segments.indices {
            guard case .turn(var found) = segments[index], found.id == turn, !found.isAbandoned else { continue }
            found.hasEnded = true
            segments[index] = .turn(found)
        }
    }

    /// The engine is gone: what it has said is played, nothing more comes of it, and nobody waits for its marks.
    mutating func abandonTurns() {
        for index in segments.indices {
            guard case .turn(var found) = segments[index] else { continue }
            found.hasEnded = true
            found.isAbandoned = true
            found.marks.removeAll()
            segments[index] = .turn(found)
        }
        settledMarks.removeAll()
        interrupted.removeAll()
    }

    mutating func append(_ file: WAVAudio, _ options: PlaybackOptions) -> Bool {
        guard fileCount < Self.maximumFiles else { return false }
        segments.append(.file(FilePlayer(file, options)))
        return true
    }

    /// Drops all files; the one that is heard fades out. Engine audio stays.
    mutating func removeFiles() {
        if case .file(let file)? = segments.first, file.hasBegun { fadeOut(file, isTold: false) }
        segments.removeAll { if case .file = $0 { true } else { false } }
    }

    /// Drops all engine audio. Files stay.
    ///
    /// - Returns: The turns of the present engine that lost audio or were not finished, in order; the first may have been
    ///   heard in part.
    mutating func interruptTurns() -> [Cut] {
        var cuts: [Cut] = []
        let hadTurns = newestTurn != nil
        for case .turn(let turn) in segments
        where !turn.isAbandoned && !(turn.hasEnded && turn.queued < format.bytesPerSample) {
            // Neither ended nor heard in full.
            cuts.append(Cut(turn: turn.id, playedMilliseconds: milliseconds(turn.played)))
        }
        for case .turn(let turn) in segments {
            for pending in turn.marks { settledMarks.append(SettledMark(mark: pending.mark, state: .cleared)) }
        }
        segments.removeAll { if case .turn = $0 { true } else { false } }
        interrupted.append(contentsOf: cuts.map(\.turn))
        interrupted.removeFirst(max(0, interrupted.count - Self.remembered))
        ring.removeAll()
        if hadTurns {
            hasTail = false
            bank.reset()
        }
        return cuts
    }

    // MARK: - Out

    /// Appends exactly one frame of 20 ms at `rate` to `frame`, or nothing.
    mutating func nextFrame(at rate: Int, into frame: inout [Int16]) -> Origin {
        let start = frame.count
        let origin = nextSegmentFrame(at: rate, into: &frame)
        guard fading != nil else { return origin }
        if origin == .nothing {
            frame.append(contentsOf: repeatElement(0, count: rate * Self.frameMilliseconds / 1_000))
        }
        addFading(at: rate, to: &frame, from: start)
        return origin == .nothing ? .file : origin
    }

    private mutating func nextSegmentFrame(at rate: Int, into frame: inout [Int16]) -> Origin {
        let target = frame.count + rate * Self.frameMilliseconds / 1_000
        while let head = segments.first {
            switch head {
            case .turn(var turn):
                guard let length = due(&turn) else {
                    segments.removeFirst()
                    for mark in turn.marks { settledMarks.append(SettledMark(mark: mark.mark, state: .played)) }
                    playedTurns.append(turn.id)
                    continue
                }
                if length > 0 {
                    turn.dry = 0
                    bytes.removeAll(keepingCapacity: true)
                    let taken = ring.take(length, into: &bytes)
                    turn.queued -= taken
                    turn.played += taken
                    if !turn.marks.isEmpty { settle(&turn) }
                    segments[0] = .turn(turn)
                    convert(format, rate: rate, target: target, into: &frame)
                    return .turn(turn.id, arrival: turn.arrival, isFirst: turn.played == taken, isHeard: turn.isHeard)
                }
                if turn.played > 0 {
                    turn.dry += 1
                    if turn.dry == Self.dryLimit { starvedTurns.append(turn.id) }
                }
                segments[0] = .turn(turn)
                return tail(rate: rate, target: target, into: &frame)
            case .file(var file):
                if file.options.yieldsToEngine, isTurnReady {
                    segments.removeFirst()
                    fadeOut(file, isTold: true)
                    continue
                }
                samples.removeAll(keepingCapacity: true)
                if file.next(file.sampleRate * Self.frameMilliseconds / 1_000, into: &samples) {
                    segments.removeFirst()
                    finishedFiles += 1
                } else {
                    segments[0] = .file(file)
                }
                resample(from: file.sampleRate, rate: rate, target: target, by: fileBank, into: &frame)
                isFileTail = true
                return .file
            }
        }
        return tail(rate: rate, target: target, into: &frame)
    }

    /// The turn being played has been heard.
    mutating func markHeard() {
        guard case .turn(var turn) = segments.first else { return }
        turn.isHeard = true
        segments[0] = .turn(turn)
    }

    mutating func takeFinishedFiles() -> Int {
        defer { finishedFiles = 0 }
        return finishedFiles
    }

    mutating func takeStarvedTurns() -> [EngineTurnID] {
        guard !starvedTurns.isEmpty else { return [] }
        defer { starvedTurns.removeAll(keepingCapacity: true) }
        return starvedTurns
    }

    mutating func takePlayedTurns() -> [EngineTurnID] {
        guard !playedTurns.isEmpty else { return [] }
        defer { playedTurns.removeAll(keepingCapacity: true) }
        return playedTurns
    }

    func milliseconds(_ bytes: Int) -> Int {
        bytes / max(format.bytesPerMillisecond, 1)
    }

    // MARK: - Parts

    private var newestTurn: Int? {
        segments.lastIndex { if case .turn = $0 { true } else { false } }
    }

    /// How many bytes of the turn at the head to play now; 0 to wait; `nil` when it is over.
    private func due(_ turn: inout Turn) -> Int? {
        let frame = format.bytesPerMillisecond * Self.frameMilliseconds
        let isComplete = turn.hasEnded || segments.count > 1
        if isComplete {
            return turn.queued < format.bytesPerSample ? nil : min(frame, turn.queued)
        }
        let isStarved = turn.starved > 0 && turn.played > 0
        let wanted = isStarved ? format.bytesPerMillisecond * Self.rebufferMilliseconds : frame
        guard turn.queued < wanted else {
            turn.starved = 0
            return frame
        }
        turn.starved += 1
        guard turn.queued >= format.bytesPerSample, turn.starved > Self.starvedLimit else { return 0 }
        return min(frame, turn.queued)
    }

    /// Whether audio of a turn waits behind the file at the head, enough of it not to run dry at once.
    private var isTurnReady: Bool {
        guard let index = segments.firstIndex(where: { if case .turn = $0 { true } else { false } }),
            case .turn(let turn) = segments[index]
        else { return false }
        return turn.queued >= format.bytesPerMillisecond * Self.rebufferMilliseconds || turn.hasEnded && turn.queued > 0
    }

    private mutating func fadeOut(_ file: FilePlayer, isTold: Bool) {
        var file = file
        file.stop()
        if fading != nil, tellsFadingEnd { finishedFiles += 1 }
        fading = file
        tellsFadingEnd = isTold
    }

    /// Adds the next 20 ms of the file that fades out to the frame that begins at `start`.
    private mutating func addFading(at rate: Int, to frame: inout [Int16], from start: Int) {
        guard var file = fading else { return }
        samples.removeAll(keepingCapacity: true)
        let isOver = file.next(file.sampleRate * Self.frameMilliseconds / 1_000, into: &samples)
        // Taken out for the time of the call, so that it is not copied.
        var beneath: [Int16] = []
        swap(&beneath, &self.beneath)
        defer { swap(&beneath, &self.beneath) }
        beneath.removeAll(keepingCapacity: true)
        resample(from: file.sampleRate, rate: rate, target: frame.count - start, by: fileBank, into: &beneath)
        for (index, sample) in beneath.enumerated() {
            frame[start + index] = Int16(clamping: Int(frame[start + index]) + Int(sample))
        }
        fading = isOver ? nil : file
        if isOver, tellsFadingEnd { finishedFiles += 1 }
        if isOver { hasTail = false }
    }

    private mutating func convert(_ format: AudioFormat, rate: Int, target: Int, into frame: inout [Int16]) {
        samples.removeAll(keepingCapacity: true)
        let taken = bytes
        format.decode(taken.span, into: &samples)
        resample(from: format.sampleRate, rate: rate, target: target, by: bank, into: &frame)
        isFileTail = false
    }

    private mutating func resample(
        from source: Int,
        rate: Int,
        target: Int,
        by bank: ResamplerBank,
        into frame: inout [Int16]
    ) {
        let missing = source * Self.frameMilliseconds / 1_000 - samples.count
        if missing > 0 { samples.append(contentsOf: repeatElement(0, count: missing)) }
        bank.process(samples.span, from: source, to: rate, into: &frame)
        hasTail = source != rate
        if hasTail { tailRate = source }
        fit(&frame, to: target)
    }

    /// The end of the last frame that is still in the resampler's filter.
    private mutating func tail(rate: Int, target: Int, into frame: inout [Int16]) -> Origin {
        guard hasTail else { return .nothing }
        let bank = isFileTail ? fileBank : bank
        samples.removeAll(keepingCapacity: true)
        samples.append(contentsOf: repeatElement(0, count: tailRate * Self.frameMilliseconds / 1_000))
        bank.process(samples.span, from: tailRate, to: rate, into: &frame)
        fit(&frame, to: target)
        hasTail = false
        return .tail
    }

    private func fit(_ frame: inout [Int16], to count: Int) {
        if frame.count > count {
            frame.removeLast(frame.count - count)
        } else if frame.count < count {
            frame.append(contentsOf: repeatElement(0, count: count - frame.count))
        }
    }
}
