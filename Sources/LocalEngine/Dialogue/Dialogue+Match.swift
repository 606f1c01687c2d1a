#if LocalEngine
    extension Dialogue {
        /// What was understood.
        public struct Match: Sendable, Hashable {
            public var intent: Intent
            /// The digits among the words, if the phrase has a place for them.
            public var digits: String
        }

        /// The intent of what was said; `nil` if it is none of them.
        ///
        /// The longest phrase that occurs in the text counts, and of two of the same length the one that comes first in
        /// the dialogue. A grammar recogniser gives whole phrases; a free one gives words around them.
        public func match(_ text: String) -> Match? {
            let words = Self.words(text)
            var best: (length: Int, match: Match)?
            for intent in intents {
                for phrase in intent.phrases {
                    for start in words.indices {
                        guard let end = phrase.ends(in: words, from: start).max() else { continue }
                        if end - start > best?.length ?? 0 {
                            let digits =
                                phrase.hasDigits ? String(words[start..<end].compactMap(SpokenDigits.digit)) : ""
                            best = (end - start, Match(intent: intent, digits: digits))
                        }
                    }
                }
            }
            return best?.match
        }

        /// Words in lower case without punctuation; runs of figures fall apart into digits.
        static func words(_ text: String) -> [String] {
            var words: [String] = []
            var word = ""
            for character in text.lowercased() + " " {
                if character.isLetter || character == "'" {
                    word.append(character)
                    continue
                }
                if !word.isEmpty { words.append(word) }
                word = ""
                if character.isASCII, character.isNumber { words.append(String(character)) }
            }
            return words
        }
    }

    extension PhrasePattern {
        var hasDigits: Bool {
            switch self {
            case .word: false
            case .digits: true
            case .sequence(let parts), .alternatives(let parts): parts.contains(where: \.hasDigits)
            case .optional(let part): part.hasDigits
            }
        }
    }
#endif
