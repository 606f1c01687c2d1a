import Codecs

#if canImport(Glibc)
    import Glibc
#endif

enum Signals {
    static func tone(_ frequency: Double, rate: Int, milliseconds: Int, amplitude: Double = 16_000) -> [Int16] {
        (0..<rate * milliseconds / 1_000).map { index in
            Int16(amplitude * sin(2 * .pi * frequency * Double(index) / Double(rate)))
        }
    }
}
