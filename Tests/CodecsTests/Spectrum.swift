#if canImport(Glibc)
    import Glibc
#endif

enum Decibel {
    static func of(_ ratio: Double) -> Double { 10 * log10(ratio) }
}

enum Spectrum {
    /// The power in each bin of a Hann-windowed frame whose length is a power of two.
    static func power(of samples: ArraySlice<Double>) -> [Double] {
        let count = samples.count
        var real = samples.enumerated().map { index, sample in
            sample * (0.5 - 0.5 * cos(2 * .pi * Double(index) / Double(count)))
        }
        var imaginary = [Double](repeating: 0, count: count)
        transform(&real, &imaginary)
        return (0..<count / 2).map { real[$0] * real[$0] + imaginary[$0] * imaginary[$0] }
    }

    /// The discrete Fourier transform by halving.
    private static func transform(_ real: inout [Double], _ imaginary: inout [Double]) {
        let count = real.count
        guard count > 1 else { return }
        var (evenReal, evenImaginary) = ([Double](), [Double]())
        var (oddReal, oddImaginary) = ([Double](), [Double]())
        for index in stride(from: 0, to: count, by: 2) {
            evenReal.append(real[index])
            evenImaginary.append(imaginary[index])
            oddReal.append(real[index + 1])
            oddImaginary.append(imaginary[index + 1])
        }
        transform(&evenReal, &evenImaginary)
        transform(&oddReal, &oddImaginary)
        for index in 0..<count / 2 {
            let angle = -2 * Double.pi * Double(index) / Double(count)
            let turnedReal = oddReal[index] * cos(angle) - oddImaginary[index] * sin(angle)
            let turnedImaginary = oddReal[index] * sin(angle) + oddImaginary[index] * cos(angle)
            real[index] = evenReal[index] + turnedReal
            imaginary[index] = evenImaginary[index] + turnedImaginary
            real[index + count / 2] = evenReal[index] - turnedReal
            imaginary[index + count / 2] = evenImaginary[index] - turnedImaginary
        }
    }
}
