/// Reads a POSIX extended regular expression (XBD §9.4).
///
/// Where POSIX leaves the meaning open, GNU's is taken when it is harmless (an empty alternative, a lone `)`,
/// `{,n}`, stacked repetition signs) and the pattern is refused when implementations differ.
struct ExpressionParser {
    private static let maximumDepth = 64
    private static let maximumInterval = 32_767

    let pattern: [UInt8]
    let options: ExtendedRegularExpression.Options
    private var offset = 0
    private var depth = 0

    init(pattern: [UInt8], options: ExtendedRegularExpression.Options) {
        self.pattern = pattern
        self.options = options
    }

    private var next: UInt8? { offset < pattern.count ? pattern[offset] : nil }

    mutating func parse() throws(ExpressionError) -> ExpressionSyntax {
        try alternatives()
    }

    private mutating func alternatives() throws(ExpressionError) -> ExpressionSyntax {
        var branches = [try branch()]
        while next == UInt8(ascii: "|") {
            offset += 1
            branches.append(try branch())
        }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func branch() throws(ExpressionError) -> ExpressionSyntax {
        var pieces: [ExpressionSyntax] = []
        while let byte = next, byte != UInt8(ascii: "|"), !(byte == UInt8(ascii: ")") && depth > 0) {
            pieces.append(try piece())
        }
        return pieces.count == 1 ? pieces[0] : pieces.isEmpty ? .empty : .sequence(pieces)
    }

    private mutating func piece() throws(ExpressionError) -> ExpressionSyntax {
        var (result, isRepeatable) = try atom()
        while let (minimum, maximum) = try repetition() {
            guard isRepeatable else { throw ExpressionError(.nothingToRepeat, at: offset) }
            result = .repeated(result, minimum: minimum, maximum: maximum)
            isRepeatable = true
        }
        return result
    }

    private mutating func atom() throws(ExpressionError) -> (ExpressionSyntax, isRepeatable: Bool) {
        let start = offset
        guard let byte = next else { return (.empty, false) }
        offset += 1
        switch byte {
        case UInt8(ascii: "."): return (.bytes(.any), true)
        case UInt8(ascii: "^"): return (.startOfSubject, false)
        case UInt8(ascii: "$"): return (.endOfSubject, false)
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{"):
            throw ExpressionError(.nothingToRepeat, at: start)
        case UInt8(ascii: "["):
            var bracket = BracketParser(pattern: pattern, offset: offset)
            let set = try bracket.parse(ignoringCase: options.contains(.ignoringCase))
            offset = bracket.offset
            return (.bytes(set), true)
        case UInt8(ascii: "("): return (try group(openedAt: start), true)
        case UInt8(ascii: "\\"): return (.bytes(try escape(at: start)), true)
        default: return (.bytes(literal(byte)), true)
        }
    }

    private mutating func group(openedAt start: Int) throws(ExpressionError) -> ExpressionSyntax {
        if next == UInt8(ascii: "?") { throw ExpressionError(.perlGroup, at: start) }
        guard depth < Self.maximumDepth else {
            throw ExpressionError(.nestedTooDeeply(limit: Self.maximumDepth), at: start)
        }
        depth += 1
        let inner = try alternatives()
        depth -= 1
        guard next == UInt8(ascii: ")") else { throw ExpressionError(.unclosedGroup, at: start) }
        offset += 1
        return inner
    }

    private mutating func escape(at start: Int) throws(ExpressionError) -> ByteSet {
        guard let byte = next else { throw ExpressionError(.trailingBackslash, at: start) }
        offset += 1
        if (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(byte) { throw ExpressionError(.backReference, at: start) }
        guard ByteSet.alnum.contains(byte) else { return literal(byte) }
        if options.contains(.gnuEscapes) || options.contains(.perlEscapes) {
            switch byte {
            case UInt8(ascii: "w"): return .word
            case UInt8(ascii: "W"): return ByteSet.word.inverted
            case UInt8(ascii: "s"): return .space
            case UInt8(ascii: "S"): return ByteSet.space.inverted
            case UInt8(ascii: "d") where options.contains(.perlEscapes): return .digits
            case UInt8(ascii: "D") where options.contains(.perlEscapes): return ByteSet.digits.inverted
            case UInt8(ascii: "d"), UInt8(ascii: "D"): return literal(byte)
            default: break
            }
        }
        throw ExpressionError(.undefinedEscape(byte), at: start)
    }

    private func literal(_ byte: UInt8) -> ByteSet {
        let set = ByteSet(CollectionOfOne(byte))
        return options.contains(.ignoringCase) ? set.withBothCases : set
    }

    /// Reads one repetition sign, if one comes next.
    private mutating func repetition() throws(ExpressionError) -> (minimum: Int, maximum: Int?)? {
        switch next {
        case UInt8(ascii: "*"):
            offset += 1
            return (0, nil)
        case UInt8(ascii: "+"):
            offset += 1
            return (1, nil)
        case UInt8(ascii: "?"):
            offset += 1
            return (0, 1)
        case UInt8(ascii: "{"): return try interval()
        default: return nil
        }
    }

    private mutating func interval() throws(ExpressionError) -> (minimum: Int, maximum: Int?) {
        let start = offset
        offset += 1
        let minimum = try number()
        var maximum = minimum
        if next == UInt8(ascii: ",") {
            offset += 1
            maximum = try number()
            if minimum == nil && maximum == nil { throw ExpressionError(.malformedInterval, at: start) }
        } else if minimum == nil {
            throw ExpressionError(.malformedInterval, at: start)
        }
        guard next == UInt8(ascii: "}") else { throw ExpressionError(.malformedInterval, at: start) }
        offset += 1
        if let maximum, let minimum, maximum < minimum { throw ExpressionError(.reversedInterval, at: start) }
        return (minimum ?? 0, maximum)
    }

    private mutating func number() throws(ExpressionError) -> Int? {
        var value: Int?
        while let byte = next, ByteSet.digits.contains(byte) {
            let extended = (value ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
            guard extended <= Self.maximumInterval else {
                throw ExpressionError(.intervalTooLarge(limit: Self.maximumInterval), at: offset)
            }
            value = extended
            offset += 1
        }
        return value
    }
}
