#if LocalEngine
    /// One caller's way through a dialogue.
    struct Conversation {
        /// What the engine does next.
        struct Turn: Equatable {
            var text: String
            var action: Dialogue.Action?
        }

        let dialogue: Dialogue
        /// Names of the functions that the client offers.
        var tools: Set<String> = []
        private var misunderstandings = 0
        private var lastText = ""

        init(_ dialogue: Dialogue) {
            self.dialogue = dialogue
        }

        mutating func greet() -> Turn {
            say(dialogue.greeting)
        }

        /// - Parameter text: What the recogniser gave; empty if nothing.
        mutating func answer(_ text: String) -> Turn {
            guard let match = dialogue.match(text) else { return misunderstood() }
            misunderstandings = 0
            if match.intent.repeatsLast, !lastText.isEmpty { return Turn(text: lastText) }
            let spaced = match.digits.map(String.init).joined(separator: " ")
            return say(match.intent.reply.replacing("{digits}", with: spaced), match.intent.action)
        }

        /// The client reported that a function failed.
        mutating func actionFailed() -> Turn {
            say(dialogue.actionFailed)
        }

        private mutating func misunderstood() -> Turn {
            guard misunderstandings < dialogue.reprompts.count else {
                misunderstandings = 0
                return say(dialogue.giveUp, dialogue.giveUpAction)
            }
            misunderstandings += 1
            return say(dialogue.reprompts[misunderstandings - 1])
        }

        private mutating func say(_ text: String, _ action: Dialogue.Action? = nil) -> Turn {
            lastText = text
            return Turn(text: text, action: action.flatMap { tools.contains($0.tool) ? $0 : nil })
        }
    }
#endif
