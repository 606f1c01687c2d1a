#if LocalEngine
    /// A finite-state grammar of everything a dialogue understands, and of ordinary words beside it: speech that fits no
    /// phrase then comes out as those words instead of as the nearest phrase.
    ///
    /// It is made directly, and not from JSGF, because PocketSphinx drops the weights of JSGF alternatives and lets a
    /// repeated group go back to the beginning of the sentence.
    struct PhraseGrammar: Sendable, Hashable {
        /// Probability of an ordinary word, first or next, against 1 for any phrase of the dialogue.
        static let otherProbability = 0.3

        /// In the text format of `fsg_model_read`.
        let text: String
        /// All words, to be looked up in the pronouncing dictionary.
        let words: [String]

        init(_ dialogue: Dialogue) {
            var builder = Builder()
            var known = Set(SpokenDigits.words)
            for phrase in dialogue.intents.flatMap(\.phrases) {
                known.formUnion(phrase.words)
                builder.connect(builder.add(phrase, from: Builder.start), to: Builder.end)
            }
            let others = Self.ordinaryWords.filter { !known.contains($0) }
            let other = builder.makeState()
            for word in others {
                builder.connect(Builder.start, to: other, word, probability: Self.otherProbability)
                builder.connect(other, to: other, word, probability: Self.otherProbability)
            }
            builder.connect(other, to: Builder.end)
            text = builder.text
            words = known.union(others).sorted()
        }

        /// Frequent words of many sounds, none of them useful in a dialogue such as this.
        private static let ordinaryWords = [
            "the", "and", "that", "with", "was", "this", "they", "from", "which", "would", "there", "been", "were",
            "after", "before", "never", "under", "people", "water", "because", "another", "little", "world", "house",
            "children", "nothing", "thought", "weather", "tomorrow", "yesterday", "music", "garden", "river",
            "mountain",
            "window", "table", "yellow", "purple", "orange", "january", "football", "summer", "winter", "kitchen",
            "doctor", "animal", "village", "picture", "believe", "beautiful", "dangerous", "wonderful", "remember",
            "pizza", "train", "flight", "ticket", "paris", "london", "sunday", "birthday", "dog", "tree", "bird",
            "ship",
            "chair", "jump", "sing", "walk", "blue", "red", "green", "cheese", "fish", "strong", "should", "through",
            "vegetable", "university", "government", "computer", "president", "history", "science", "engine",
        ]
    }

    extension PhraseGrammar {
        /// Makes states and transitions.
        private struct Builder {
            static let start = 0
            static let end = 1

            private var states = 2
            private var transitions: [String] = []

            mutating func makeState() -> Int {
                defer { states += 1 }
                return states
            }

            /// A transition that takes `word`, or nothing if it is `nil`.
            mutating func connect(_ from: Int, to: Int, _ word: String? = nil, probability: Double = 1) {
                transitions.append("TRANSITION \(from) \(to) \(probability)" + (word.map { " " + $0 } ?? ""))
            }

            /// - Returns: The state in which the pattern has been said.
            mutating func add(_ pattern: PhrasePattern, from start: Int) -> Int {
                switch pattern {
                case .word(let word):
                    let end = makeState()
                    connect(start, to: end, word)
                    return end
                case .digits:
                    let end = makeState()
                    for word in SpokenDigits.words {
                        connect(start, to: end, word)
                        connect(end, to: end, word)
                    }
                    return end
                case .sequence(let parts):
                    return parts.reduce(start) { state, part in add(part, from: state) }
                case .alternatives(let parts):
                    let end = makeState()
                    for part in parts { connect(add(part, from: start), to: end) }
                    return end
                case .optional(let part):
                    let end = makeState()
                    connect(add(part, from: start), to: end)
                    connect(start, to: end)
                    return end
                }
            }

            var text: String {
                let head = ["FSG_BEGIN dialogue", "NUM_STATES \(states)", "START_STATE 0", "FINAL_STATE 1"]
                return (head + transitions + ["FSG_END"]).joined(separator: "\n") + "\n"
            }
        }
    }
#endif
