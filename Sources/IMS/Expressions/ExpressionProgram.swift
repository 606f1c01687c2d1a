/// A pattern as a Thompson automaton: a list of instructions, with the classes into which its sets divide the bytes.
struct ExpressionProgram: Sendable {
    enum Instruction: Sendable {
        /// Goes on with the next instruction if the byte is in the set of this number.
        case bytes(set: Int)
        case split(Int, Int)
        case jump(Int)
        case startOfSubject
        case endOfSubject
        case match
    }

    private(set) var instructions: [Instruction] = []
    private(set) var sets: [ByteSet] = []
    private let limit: Int

    /// - Throws: ``ExpressionError/Fault/tooManyStates(limit:)``, before that many were made.
    init(_ syntax: ExpressionSyntax, limit: Int) throws(ExpressionError) {
        self.limit = limit
        try emit(syntax)
        try append(.match)
    }

    /// Parses and translates a pattern.
    init(_ pattern: [UInt8], options: ExtendedRegularExpression.Options) throws(ExpressionError) {
        let longest = ExtendedRegularExpression.maximumPatternLength
        guard pattern.count <= longest else { throw ExpressionError(.patternTooLong(limit: longest), at: longest) }
        var parser = ExpressionParser(pattern: pattern, options: options)
        try self.init(try parser.parse(), limit: ExtendedRegularExpression.maximumStates)
    }

    private mutating func append(_ instruction: Instruction) throws(ExpressionError) {
        guard instructions.count < limit else { throw ExpressionError(.tooManyStates(limit: limit), at: 0) }
        instructions.append(instruction)
    }

    private mutating func emit(_ syntax: ExpressionSyntax) throws(ExpressionError) {
        switch syntax {
        case .empty: break
        case .bytes(let set): try append(.bytes(set: number(of: set)))
        case .startOfSubject: try append(.startOfSubject)
        case .endOfSubject: try append(.endOfSubject)
        case .sequence(let parts):
            for part in parts { try emit(part) }
        case .alternatives(let branches): try emitAlternatives(branches)
        case .repeated(let inner, let minimum, let maximum):
            try emitRepeated(inner, minimum: minimum, maximum: maximum)
        }
    }

    private mutating func emitAlternatives(_ branches: [ExpressionSyntax]) throws(ExpressionError) {
        var exits: [Int] = []
        for (position, branch) in branches.enumerated() {
            guard position + 1 < branches.count else {
                try emit(branch)
                break
            }
            let split = instructions.count
            try append(.split(split + 1, split + 1))
            try emit(branch)
            exits.append(instructions.count)
            try append(.jump(0))
            instructions[split] = .split(split + 1, instructions.count)
        }
        for exit in exits { instructions[exit] = .jump(instructions.count) }
    }

    private mutating func emitRepeated(
        _ inner: ExpressionSyntax, minimum: Int, maximum: Int?
    ) throws(ExpressionError) {
        // Something that matches only nothing stays what it is however often; and the loop below stays small.
        if case .empty = inner { return }
        for _ in 0..<minimum {
            let before = instructions.count
            try emit(inner)
            if instructions.count == before { return }
        }
        guard let maximum else {
            let split = instructions.count
            try append(.split(split + 1, split + 1))
            try emit(inner)
            try append(.jump(split))
            instructions[split] = .split(split + 1, instructions.count)
            return
        }
        var splits: [Int] = []
        for _ in minimum..<max(minimum, maximum) {
            splits.append(instructions.count)
            try append(.split(0, 0))
            try emit(inner)
        }
        for split in splits { instructions[split] = .split(split + 1, instructions.count) }
    }

    private mutating func number(of set: ByteSet) -> Int {
        // Patterns have few sets; a linear search is the whole index.
        if let known = sets.firstIndex(of: set) { return known }
        sets.append(set)
        return sets.count - 1
    }
}

extension ExpressionProgram {
    /// Divides the bytes into classes that no set of the program tells apart.
    ///
    /// - Returns: The class of each byte, and how many classes there are.
    func byteClasses() -> (classes: [UInt8], count: Int) {
        var classes = [UInt8](repeating: 0, count: 256)
        var count = 1
        for set in sets {
            // Splits each class by the set: (old class, member?) becomes a new number.
            var renamed = [Int](repeating: -1, count: 2 * count)
            var nextNumber = 0
            for byte in 0..<256 {
                let key = Int(classes[byte]) * 2 + (set.contains(UInt8(byte)) ? 1 : 0)
                if renamed[key] < 0 {
                    renamed[key] = nextNumber
                    nextNumber += 1
                }
                // At most 256 classes exist, so the number fits.
                classes[byte] = UInt8(truncatingIfNeeded: renamed[key])
            }
            count = nextNumber
        }
        return (classes, count)
    }
}
