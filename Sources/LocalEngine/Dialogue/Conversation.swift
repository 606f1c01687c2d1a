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
        /// Of the function that was called last.
        private var resultText: String?

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
            let digits = match.digits.map(String.init).joined()
            let action = match.intent.action.map { action in
                var action = action
                for (name, value) in action.arguments {
                    action.arguments[name] = value.replacing("{digits}", with: digits)
                }
                return action
            }
            return say(match.intent.reply.replacing("{digits}", with: spaced), action)
        }

        /// The client reported that a function failed.
        ///
        /// - Parameter message: What it wants said about it.
        mutating func actionFailed(_ message: String? = nil) -> Turn {
            resultText = nil
            return say(message ?? dialogue.actionFailed)
        }

        /// The client gave the result of a function; `nil` if nothing is to be said about it.
        ///
        /// - Parameter members: Of the result, by name.
        mutating func actionSucceeded(_ members: [(name: String, value: String)]) -> Turn? {
            guard var text = resultText else { return nil }
            resultText = nil
            for (name, value) in members { text = text.replacing("{\(name)}", with: value) }
            return say(text)
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
            let action = action.flatMap { tools.contains($0.tool) ? $0 : nil }
            if let action { resultText = action.result }
            return Turn(text: text, action: action)
        }
    }
#endif
