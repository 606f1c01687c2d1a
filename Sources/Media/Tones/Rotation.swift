/// A turn by a fixed angle: repeated, it gives a sine and a cosine without a table or a math library.
struct Rotation {
    let sine: Double
    let cosine: Double

    /// Sine and cosine of an angle by their series; exact to twelve digits for less than three radians.
    init(radians angle: Double) {
        var sine = 0.0
        var cosine = 0.0
        var term = 1.0
        for order in 0..<32 {
            switch order % 4 {
            case 0: cosine += term
            case 1: sine += term
            case 2: cosine -= term
            default: sine -= term
            }
            term *= angle / Double(order + 1)
        }
        self.sine = sine
        self.cosine = cosine
    }

    /// The angle of one sample of a tone.
    init(frequency: Double, sampleRate: Int) {
        self.init(radians: 2 * Double.pi * frequency / Double(sampleRate))
    }

    func turn(_ point: inout (real: Double, imaginary: Double)) {
        point = (point.real * cosine - point.imaginary * sine, point.real * sine + point.imaginary * cosine)
    }
}
