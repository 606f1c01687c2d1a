extension String {
    /// The text on one line: a run of characters that end lines or control anything (C0, DEL, C1, U+2028, U+2029) is one
    /// space, none at the ends. All else stays as it is.
    var onOneLine: String {
        var result = String.UnicodeScalarView()
        var isPending = false
        for scalar in unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            if isControl || scalar.value == 0x20 || (0x2028...0x2029).contains(scalar.value) {
                isPending = !result.isEmpty
                continue
            }
            if isPending { result.append(" ") }
            isPending = false
            result.append(scalar)
        }
        return String(result)
    }

    /// The text, or as many of its code points from the start as fit into so many octets of UTF-8.
    func cut(to limit: Int) -> String {
        utf8.count <= limit ? self : cut(to: limit) { $0.utf8.count }
    }

    /// The longest start of whole code points whose `size` is within the limit.
    func cut(to limit: Int, measuredBy size: (Unicode.Scalar) -> Int) -> String {
        var end = unicodeScalars.startIndex
        var total = 0
        while end < unicodeScalars.endIndex {
            total += size(unicodeScalars[end])
            guard total <= limit else { break }
            unicodeScalars.formIndex(after: &end)
        }
        return String(self[..<end])
    }

    /// With `%`-escapes for all but the unreserved characters of RFC 3986 §2.3.
    var percentEncoded: String {
        var octets: [UInt8] = []
        for byte in utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                octets.append(byte)
            default:
                octets.append(0x25)
                octets.append(contentsOf: byte.hexadecimal.uppercased().utf8)
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }
}

extension UInt8 {
    /// Two digits in lower case.
    var hexadecimal: String { (self < 0x10 ? "0" : "") + String(self, radix: 16) }
}
