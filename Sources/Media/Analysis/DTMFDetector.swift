/// Hears the digits of a keypad as tones in the samples of a leg.
///
/// Every 10 ms a window of 20 ms (Hann) is compared with the eight frequencies. It speaks for a digit if nearly all its
/// power is in one tone of the rows and one of the columns, and neither is much louder than the other. Three such windows
/// in a row make the digit, if the phases of both tones advance between them as their frequencies ask for. So tones from
/// about 35 ms on are heard and those under 23 ms are not; a gap of 15 ms does not split a digit, one of 40 ms does.
///
/// Source: ITU-T Q.23 for the frequencies; Q.24 and ETSI ES 201 235-3 for what a receiver has to take and to refuse.
public struct DTMFDetector: Sendable {
    /// What is taken for a tone. The defaults leave room on both sides of what the recommendations ask for.
    struct Tolerances: Sendable {
        /// Part of a window's power that both tones have together, once their offset is allowed for.
        var share: Float = 0.65
        /// The same before the offset is allowed for.
        var rawShare: Float = 0.45
        /// The same for the first window of a digit, part of which may lie before its beginning.
        var firstShare: Float = 0.55
        /// How many times as strong as the column's tone the row's may be, and the other way round (9 dB).
        var twist: Float = 8
        /// Relative offset of a frequency: 1.5 % and 2 Hz must be taken, 3.5 % must not.
        var offset = 0.025
        /// Mean square of each tone: −42 dBov.
        var power: Float = 67_000
    }

    private struct Window {
        var first = SIMD8<Float>.zero
        var second = SIMD8<Float>.zero
        var energy: Float = 0
    }

    /// One window, compared.
    private struct Look {
        var row = 0
        var column = 4
        var real = SIMD8<Float>.zero
        var imaginary = SIMD8<Float>.zero
    }

    private static let frequencies: [Double] = [697, 770, 852, 941, 1_209, 1_336, 1_477, 1_633]
    private static let keypad: [[Character]] = [
        ["1", "2", "3", "A"], ["4", "5", "6", "B"], ["7", "8", "9", "C"], ["*", "0", "#", "D"],
    ]
    private static let windowsOfDigit = 3
    private static let windowsOfPause = 3

    private let tolerances = Tolerances()
    /// Samples in 10 ms.
    private let hop: Int
    /// The rising half of the window; the falling half is what it leaves to one.
    private let rise: [Float]
    private let twiceCosine: SIMD8<Float>
    private let cosine: SIMD8<Float>
    private let sine: SIMD8<Float>
    /// How far each frequency turns in a hop.
    private let turnCosine: SIMD8<Float>
    private let turnSine: SIMD8<Float>
    /// Cosine of the largest deviation from it.
    private let limit: SIMD8<Float>

    private var position = 0
    private var opening = Window()
    private var closing = Window()
    private var last = Look()
    /// Windows in a row that spoke for the last one's digit.
    private var run = 0
    /// The digit that is being pressed and has been reported.
    private var present: Character?
    private var misses = 0

    /// - Parameter sampleRate: 8 000 Hz or a multiple.
    public init(sampleRate: Int) {
        hop = max(sampleRate / 100, 1)
        var window: [Float] = []
        var point = (real: 1.0, imaginary: 0.0)
        let step = Rotation(radians: Double.pi / Double(hop))
        for _ in 0..<hop {
            window.append(Float(0.5 - 0.5 * point.real))
            step.turn(&point)
        }
        rise = window
        var (cosine, sine) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
        var (turnCosine, turnSine, limit) = (SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero)
        for (index, frequency) in Self.frequencies.enumerated() {
            let sample = Rotation(frequency: frequency, sampleRate: sampleRate)
            cosine[index] = Float(sample.cosine)
            sine[index] = Float(sample.sine)
            // Only the part of the turn beyond whole circles counts.
            let circles = frequency / 100
            let turn = Rotation(radians: 2 * Double.pi * (circles - circles.rounded()))
            turnCosine[index] = Float(turn.cosine)
            turnSine[index] = Float(turn.sine)
            limit[index] = Float(Rotation(radians: 2 * Double.pi * frequency * tolerances.offset / 100).cosine)
        }
        self.cosine = cosine
        self.sine = sine
        self.turnCosine = turnCosine
        self.turnSine = turnSine
        self.limit = limit
        twiceCosine = cosine * 2
    }

    /// Takes the next samples.
    ///
    /// - Parameter digits: Each digit is appended once, about 40 ms after it began.
    public mutating func feed(_ samples: Span<Int16>, into digits: inout [Character]) {
        var index = 0
        while index < samples.count {
            let count = min(hop - position, samples.count - index)
            accumulate(samples.extracting(index..<index + count))
            index += count
            position += count
            guard position == hop else { continue }
            position = 0
            if let digit = endHop() { digits.append(digit) }
        }
    }

    /// Forgets what went before, as on hold.
    public mutating func reset() {
        (position, opening, closing, last, run, present, misses) = (0, Window(), Window(), Look(), 0, nil, 0)
    }

    /// Goertzel's recursion for all frequencies, in the window that opens and in the one that closes.
    private mutating func accumulate(_ samples: Span<Int16>) {
        for index in samples.indices {
            let sample = Float(samples[index])
            let weight = rise[position + index]
            let rising = sample * weight
            let falling = sample - rising
            let next = twiceCosine * opening.first - opening.second + rising
            opening.second = opening.first
            opening.first = next
            opening.energy += rising * sample
            let closingNext = twiceCosine * closing.first - closing.second + falling
            closing.second = closing.first
            closing.first = closingNext
            closing.energy += falling * sample
        }
    }

    /// - Returns: A digit that has just been confirmed.
    private mutating func endHop() -> Character? {
        let window = closing
        closing = opening
        opening = Window()
        let digit = compare(window)
        if digit != present || digit == nil {
            misses += 1
            if misses >= Self.windowsOfPause { present = nil }
        } else {
            misses = 0
        }
        guard let digit, run >= Self.windowsOfDigit, digit != present else { return nil }
        present = digit
        misses = 0
        return digit
    }

    /// The digit that a window speaks for; keeps ``run``.
    private mutating func compare(_ window: Window) -> Character? {
        // All Goertzel sums lag by the same angle, which cancels between windows.
        var look = Look(
            real: window.first - cosine * window.second,
            imaginary: sine * window.second
        )
        let magnitude = look.real * look.real + look.imaginary * look.imaginary
        for index in 1..<4 where magnitude[index] > magnitude[look.row] { look.row = index }
        for index in 5..<8 where magnitude[index] > magnitude[look.column] { look.column = index }
        let goesOn = run > 0 && look.row == last.row && look.column == last.column
        let previous = last
        last = look
        let (row, column) = (magnitude[look.row], magnitude[look.column])
        let weight = Float(hop)
        guard 2 * min(row, column) >= tolerances.power * weight * weight,
            row <= column * tolerances.twist, column <= row * tolerances.twist
        else {
            run = 0
            return nil
        }
        let total = window.energy * weight / 2
        if goesOn {
            let offsets = (offset(look, previous, look.row), offset(look, previous, look.column))
            let corrected = row * allowance(offsets.0) + column * allowance(offsets.1)
            if offsets.0 >= limit[look.row], offsets.1 >= limit[look.column],
                row + column >= tolerances.rawShare * total, corrected >= tolerances.share * total
            {
                run += 1
                return Self.keypad[look.row][look.column - 4]
            }
        }
        run = row + column >= tolerances.firstShare * total ? 1 : 0
        return run > 0 ? Self.keypad[look.row][look.column - 4] : nil
    }

    /// Cosine of the angle by which a tone turned more, or less, than its nominal frequency does in a hop.
    private func offset(_ look: Look, _ previous: Look, _ index: Int) -> Float {
        let real = look.real[index] * previous.real[index] + look.imaginary[index] * previous.imaginary[index]
        let imaginary = look.imaginary[index] * previous.real[index] - look.real[index] * previous.imaginary[index]
        let aligned = real * turnCosine[index] + imaginary * turnSine[index]
        let magnitude = (real * real + imaginary * imaginary).squareRoot()
        return magnitude > 0 ? aligned / magnitude : -1
    }

    /// What the window takes from the power of a tone off its frequency, as a factor that gives it back.
    ///
    /// The response of the Hann window d bins of 50 Hz off falls like exp(−1.29 d²), and the angle is π d.
    private func allowance(_ cosine: Float) -> Float {
        let versine = 1 - cosine
        let angleSquared = versine * (2 + versine * (1.0 / 3 + versine * (4.0 / 45 + versine / 35)))
        let loss = 0.1307 * angleSquared
        return 1 + loss * (1 + loss / 2)
    }
}
