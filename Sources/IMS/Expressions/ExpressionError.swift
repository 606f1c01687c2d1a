/// Why a pattern is not usable, and where in it.
public struct ExpressionError: Error, Sendable, Hashable {
    public enum Fault: Sendable, Hashable {
        case patternTooLong(limit: Int)
        case tooManyStates(limit: Int)
        /// No table of states of bearable size exists, and the pattern is too large to be simulated.
        case tooAmbiguous(limit: Int)
        /// The patterns of the document take more work and memory than one document is given.
        case budgetExhausted
        case nestedTooDeeply(limit: Int)
        case backReference
        /// `\d`, `\b` and the like: undefined in POSIX, and implementations differ.
        case undefinedEscape(UInt8)
        case trailingBackslash
        case unclosedGroup
        case unclosedBracket
        case unknownCharacterClass
        case unsupportedCollatingElement
        case nonASCIIInBracket
        case reversedRange
        case malformedInterval
        case reversedInterval
        case intervalTooLarge(limit: Int)
        case nothingToRepeat
        /// `(?:…)`, `(?=…)`: Perl syntax.
        case perlGroup
    }

    public let fault: Fault
    /// Bytes from the start of the pattern to the fault.
    public let offset: Int

    init(_ fault: Fault, at offset: Int) {
        self.fault = fault
        self.offset = offset
    }
}

extension ExpressionError: CustomStringConvertible {
    /// One clause that fits after "the pattern is refused:".
    public var description: String {
        let what =
            switch fault {
            case .patternTooLong(let limit): "it is longer than \(limit) bytes"
            case .tooManyStates(let limit): "its repetitions expand to more than \(limit) states"
            case .tooAmbiguous(let limit):
                "its repetitions overlap so much that it would have to be in more than \(limit) states at once"
            case .budgetExhausted: "the patterns of this document together take too much work to compile"
            case .nestedTooDeeply(let limit): "its groups nest deeper than \(limit)"
            case .backReference: "a back-reference is not part of extended regular expressions"
            case .undefinedEscape(let byte):
                "\"\\\(Character(Unicode.Scalar(byte)))\" has no meaning in extended regular expressions"
            case .trailingBackslash: "it ends in a backslash"
            case .unclosedGroup: "\"(\" is not closed"
            case .unclosedBracket: "\"[\" is not closed"
            case .unknownCharacterClass: "the character class does not exist"
            case .unsupportedCollatingElement: "a collating element must be one ASCII character"
            case .nonASCIIInBracket: "a bracket expression can only hold ASCII characters"
            case .reversedRange: "the range in the bracket expression runs backwards"
            case .malformedInterval: "\"{\" does not start an interval such as {2,4}"
            case .reversedInterval: "the interval runs backwards"
            case .intervalTooLarge(let limit): "an interval counts to at most \(limit)"
            case .nothingToRepeat: "there is nothing to repeat before the repetition sign"
            case .perlGroup: "\"(?\" is Perl syntax, not part of extended regular expressions"
            }
        return "\(what) (at byte \(offset))"
    }
}
