#if LocalEngine
    /// A way of saying something: words in sequence, `( a | b )` for one of several, `[ a ]` for what may be left out,
    /// and `<digits>` for one digit or more.
    public indirect enum PhrasePattern: Sendable, Hashable {
        case word(String)
        case digits
        case sequence([PhrasePattern])
        case alternatives([PhrasePattern])
        case optional(PhrasePattern)

        public struct Fault: Error, Sendable, Hashable, CustomStringConvertible {
            public let description: String
        }

        /// Brackets may be nested this deep.
        private static let maximumDepth = 16

        public init(parsing text: String) throws(Fault) {
            var tokens = try Self.tokens(text)[...]
            self = try Self.alternatives(&tokens, depth: 0, in: text)
            guard tokens.isEmpty else { throw Fault(description: "\"\(text)\": unexpected \(tokens.first ?? "")") }
            if acceptsNothing { throw Fault(description: "\"\(text)\": all of it can be left out") }
        }

        /// The words it is made of, without digits.
        var words: Set<String> {
            switch self {
            case .word(let word): [word]
            case .digits: []
            case .sequence(let parts), .alternatives(let parts): parts.reduce(into: []) { $0.formUnion($1.words) }
            case .optional(let part): part.words
            }
        }

        private var acceptsNothing: Bool {
            switch self {
            case .word, .digits: false
            case .sequence(let parts): parts.allSatisfy(\.acceptsNothing)
            case .alternatives(let parts): parts.contains(where: \.acceptsNothing)
            case .optional: true
            }
        }

        /// Where in `words` a match that begins at `start` can end.
        func ends(in words: [String], from start: Int) -> Set<Int> {
            switch self {
            case .word(let word):
                return words.indices.contains(start) && words[start] == word ? [start + 1] : []
            case .digits:
                var end = start
                while words.indices.contains(end), SpokenDigits.digit(words[end]) != nil { end += 1 }
                return end > start ? Set(start + 1...end) : []
            case .sequence(let parts):
                return parts.reduce([start]) { starts, part in
                    starts.reduce(into: Set<Int>()) { $0.formUnion(part.ends(in: words, from: $1)) }
                }
            case .alternatives(let parts):
                return parts.reduce(into: []) { $0.formUnion($1.ends(in: words, from: start)) }
            case .optional(let part):
                return part.ends(in: words, from: start).union([start])
            }
        }

        // MARK: - Parsing

        private static func tokens(_ text: String) throws(Fault) -> [String] {
            var tokens: [String] = []
            var word = ""
            for character in text.lowercased() + " " {
                let isWord = character.isASCII && character.isLetter || character == "'"
                let isTag = character == "<" || (word.hasPrefix("<") && !word.hasSuffix(">"))
                if isWord || (isTag && !character.isWhitespace) {
                    word.append(character)
                    continue
                }
                if !word.isEmpty { tokens.append(word) }
                word = ""
                if "()[]|".contains(character) {
                    tokens.append(String(character))
                } else if !character.isWhitespace {
                    throw Fault(
                        description: "\"\(text)\": \"\(character)\" is neither a letter nor one of ( ) [ ] | < >")
                }
            }
            return tokens
        }

        private static func alternatives(
            _ tokens: inout ArraySlice<String>,
            depth: Int,
            in text: String
        ) throws(Fault) -> PhrasePattern {
            guard depth < maximumDepth else { throw Fault(description: "\"\(text)\": nested too deep") }
            var parts = [try sequence(&tokens, depth: depth, in: text)]
            while tokens.first == "|" {
                tokens.removeFirst()
                parts.append(try sequence(&tokens, depth: depth, in: text))
            }
            return parts.count == 1 ? parts[0] : .alternatives(parts)
        }

        private static func sequence(
            _ tokens: inout ArraySlice<String>,
            depth: Int,
            in text: String
        ) throws(Fault) -> PhrasePattern {
            var parts: [PhrasePattern] = []
            while let token = tokens.first, token != "|", token != ")", token != "]" {
                tokens.removeFirst()
                switch token {
                case "(", "[":
                    let inner = try alternatives(&tokens, depth: depth + 1, in: text)
                    let closing = token == "(" ? ")" : "]"
                    guard tokens.popFirst() == closing else {
                        throw Fault(description: "\"\(text)\": \(closing) missing")
                    }
                    parts.append(token == "(" ? inner : .optional(inner))
                case "<digits>":
                    parts.append(.digits)
                default:
                    guard !token.hasPrefix("<") else { throw Fault(description: "\"\(text)\": \(token) is unknown") }
                    parts.append(.word(token))
                }
            }
            guard !parts.isEmpty else { throw Fault(description: "\"\(text)\": words missing") }
            return parts.count == 1 ? parts[0] : .sequence(parts)
        }
    }

    /// Digits as they are said.
    enum SpokenDigits {
        static let words = ["zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]

        static func digit(_ word: String) -> Character? {
            switch word {
            case "zero", "oh", "0": "0"
            case "one", "1": "1"
            case "two", "2": "2"
            case "three", "3": "3"
            case "four", "4": "4"
            case "five", "5": "5"
            case "six", "6": "6"
            case "seven", "7": "7"
            case "eight", "8": "8"
            case "nine", "9": "9"
            default: nil
            }
        }
    }
#endif
