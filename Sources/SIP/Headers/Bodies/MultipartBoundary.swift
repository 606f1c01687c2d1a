/// Boundaries of multipart bodies that we write (RFC 2046 §5.1.1): 1...70 characters that no part contains.
enum MultipartBoundary {
    /// Starts every boundary that is not a proposed one; its first octet does not occur in it again.
    private static let prefix = Array("sidetone-".utf8)
    /// Decimal digits behind ``prefix``. A body would have to be longer than a gigabyte to contain every number.
    private static let digits = 8
    private static let others = Array("'()+_,-./:=? ".utf8)

    /// The proposed boundary, or another one if it is none or a part contains it.
    ///
    /// Looks at each octet of the parts a constant number of times, whatever they and the proposal are.
    static func choose(_ proposed: String, for parts: [Multipart.Part]) -> String {
        let octets = Array(proposed.utf8)
        if isBoundary(octets), !occurs(octets, in: parts) { return proposed }
        // n parts of a number each leave one of the first n + 1 numbers unused.
        let taken = numbers(in: parts)
        var number = 0
        while taken.contains(number) { number += 1 }
        let text = String(number)
        let zeros = String(repeating: "0", count: max(0, digits - text.utf8.count))
        return String(decoding: prefix, as: UTF8.self) + zeros + text
    }

    private static func isBoundary(_ octets: [UInt8]) -> Bool {
        (1...70).contains(octets.count) && octets.last != .space
            && octets.allSatisfy { $0.isDigit || $0.isLetter || others.contains($0) }
    }

    /// Whether a part contains the text, by the algorithm of Knuth, Morris and Pratt.
    private static func occurs(_ text: [UInt8], in parts: [Multipart.Part]) -> Bool {
        // For each prefix of the text: the longest shorter one that it ends with.
        var shorter = [0]
        var matched = 0
        for octet in text.dropFirst() {
            while matched > 0, octet != text[matched] { matched = shorter[matched - 1] }
            if octet == text[matched] { matched += 1 }
            shorter.append(matched)
        }
        return parts.contains { part in
            var matched = 0
            for octet in part.body {
                while matched > 0, octet != text[matched] { matched = shorter[matched - 1] }
                if octet == text[matched] { matched += 1 }
                if matched == text.count { return true }
            }
            return false
        }
    }

    /// The numbers that stand behind ``prefix`` in the parts.
    private static func numbers(in parts: [Multipart.Part]) -> Set<Int> {
        var numbers: Set<Int> = []
        for part in parts {
            var matched = 0
            var number = 0
            for octet in part.body {
                if matched < prefix.count, octet == prefix[matched] {
                    matched += 1
                } else if matched >= prefix.count, octet.isDigit {
                    number = number * 10 + Int(octet - 0x30)
                    matched += 1
                } else {
                    matched = octet == prefix[0] ? 1 : 0
                    number = 0
                }
                if matched == prefix.count + digits {
                    numbers.insert(number)
                    matched = 0
                    number = 0
                }
            }
        }
        return numbers
    }
}
