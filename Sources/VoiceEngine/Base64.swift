/// Base64 with the standard alphabet (RFC 4648 §4).
public enum Base64 {
    /// Appends `data` with padding: four characters for each three bytes.
    public static func encode(_ data: Span<UInt8>, into output: inout [UInt8]) {
        let start = output.count
        output.append(contentsOf: repeatElement(padding, count: (data.count + 2) / 3 * 4))
        let groups = data.count / 3
        pairs.withUnsafeBufferPointer { pairs in
            data.withUnsafeBufferPointer { source in
                output.withUnsafeMutableBufferPointer { target in
                    for group in 0..<groups {
                        let from = group * 3
                        let to = start + group * 4
                        let value = Int(source[from]) << 16 | Int(source[from + 1]) << 8 | Int(source[from + 2])
                        let (high, low) = (pairs[value >> 12], pairs[value & 0xFFF])
                        target[to] = UInt8(truncatingIfNeeded: high >> 8)
                        target[to + 1] = UInt8(truncatingIfNeeded: high)
                        target[to + 2] = UInt8(truncatingIfNeeded: low >> 8)
                        target[to + 3] = UInt8(truncatingIfNeeded: low)
                    }
                }
            }
        }
        encodeRest(data, after: groups * 3, into: &output, at: start + groups * 4)
    }

    /// Appends the bytes that `text` stands for. Padding may be left out; anything else outside the alphabet, white
    /// space too, is a fault.
    ///
    /// - Returns: `false` if `text` is no Base64; `output` is then as it was.
    public static func decode(_ text: Span<UInt8>, into output: inout [UInt8]) -> Bool {
        var count = text.count
        while count > 0, text.count - count < 2, text[count - 1] == padding { count -= 1 }
        if count < text.count, text.count % 4 != 0 { return false }
        if count % 4 == 1 { return false }
        let start = output.count
        let length = count / 4 * 3 + max(0, count % 4 - 1)
        output.append(contentsOf: repeatElement(0, count: length))
        let seen = values.withUnsafeBufferPointer { table in
            text.withUnsafeBufferPointer { source in
                output.withUnsafeMutableBufferPointer { target in
                    decode(source, count, table, UnsafeMutableBufferPointer(rebasing: target[start...]))
                }
            }
        }
        if seen >= invalid { output.removeLast(length) }
        return seen < invalid
    }

    /// - Returns: The values of all characters combined: at least ``invalid`` if one is outside the alphabet.
    private static func decode(
        _ source: UnsafeBufferPointer<UInt8>,
        _ count: Int,
        _ table: UnsafeBufferPointer<UInt8>,
        _ target: UnsafeMutableBufferPointer<UInt8>
    ) -> UInt8 {
        var seen: UInt8 = 0
        for group in 0..<count / 4 {
            let (from, to) = (group * 4, group * 3)
            let a = table[Int(source[from])]
            let b = table[Int(source[from + 1])]
            let c = table[Int(source[from + 2])]
            let d = table[Int(source[from + 3])]
            seen |= a | b | c | d
            target[to] = a << 2 | b >> 4
            target[to + 1] = b << 4 | c >> 2
            target[to + 2] = c << 6 | d
        }
        let (from, to) = (count / 4 * 4, count / 4 * 3)
        guard count - from >= 2 else { return seen }
        let a = table[Int(source[from])]
        let b = table[Int(source[from + 1])]
        seen |= a | b
        target[to] = a << 2 | b >> 4
        guard count - from == 3 else { return seen }
        let c = table[Int(source[from + 2])]
        target[to + 1] = b << 4 | c >> 2
        return seen | c
    }

    /// Writes the characters of the last one or two bytes over the padding.
    private static func encodeRest(_ data: Span<UInt8>, after offset: Int, into output: inout [UInt8], at index: Int) {
        guard offset < data.count else { return }
        let hasTwo = data.count - offset == 2
        let value = Int(data[offset]) << 16 | (hasTwo ? Int(data[offset + 1]) << 8 : 0)
        output[index] = alphabet[value >> 18]
        output[index + 1] = alphabet[value >> 12 & 63]
        if hasTwo { output[index + 2] = alphabet[value >> 6 & 63] }
    }

    private static let padding = UInt8(ascii: "=")
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    /// Greater than any six bits.
    private static let invalid: UInt8 = 0x40

    /// The two characters of each twelve bits, the first in the high byte.
    private static let pairs: [UInt16] = (0..<4_096).map { value in
        UInt16(alphabet[value >> 6]) << 8 | UInt16(alphabet[value & 63])
    }

    /// The six bits of each character; ``invalid`` for what is outside the alphabet.
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: invalid, count: 256)
        for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
        return table
    }()
}
