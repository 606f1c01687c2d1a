#if LocalEngine
    import Yams

    /// What the local engine understands and says. Described in YAML; see `sidetone bot --print-dialogue`.
    public struct Dialogue: Sendable, Hashable {
        public struct Intent: Sendable, Hashable {
            public var name: String
            public var phrases: [PhrasePattern]
            /// `{digits}` stands for the digits that the caller said.
            public var reply: String
            public var action: Action?
            /// Say what was said last once more, instead of `reply`.
            public var repeatsLast: Bool
        }

        /// A function of the client that is called after the reply, if the client offers it.
        public struct Action: Sendable, Hashable, Codable {
            public var tool: String
            /// `{digits}` stands for the digits that the caller said.
            public var arguments: [String: String]
            /// Said when the function has given a result: `{name}` stands for that member of it.
            public var result: String?
        }

        public var greeting: String
        /// Said in turn when nothing was understood; after the last of them comes ``giveUp``.
        public var reprompts: [String]
        public var giveUp: String
        public var giveUpAction: Action?
        /// Said when a function that the client offered failed.
        public var actionFailed: String
        public var intents: [Intent]

        /// The dialogue that the engine has without a file.
        public static let standard: Dialogue = {
            do {
                return try Dialogue(parsing: standardText)
            } catch {
                preconditionFailure("the built-in dialogue: \(error)")
            }
        }()
    }

    /// A dialogue file that cannot be used, and why.
    public struct DialogueError: Error, Sendable, Hashable, CustomStringConvertible {
        public let description: String
    }

    extension Dialogue {
        private struct File: Decodable {
            struct Intent: Decodable {
                var name: String
                var phrases: [String]
                var reply: String?
                var action: FileAction?
                var repeatLast: Bool?
            }

            struct FileAction: Decodable {
                var tool: String
                var arguments: [String: String]?
                var result: String?

                var value: Action { Action(tool: tool, arguments: arguments ?? [:], result: result) }
            }

            var greeting: String
            var reprompts: [String]
            var giveUp: String
            var giveUpAction: FileAction?
            var actionFailed: String
            var intents: [Intent]
        }

        public init(parsing yaml: String) throws(DialogueError) {
            let file: File
            do {
                file = try YAMLDecoder().decode(File.self, from: yaml)
            } catch {
                throw DialogueError(description: "not a dialogue: \(error)")
            }
            guard !file.intents.isEmpty else { throw DialogueError(description: "intents: at least one is needed") }
            guard !file.reprompts.isEmpty else { throw DialogueError(description: "reprompts: at least one is needed") }
            greeting = file.greeting
            reprompts = file.reprompts
            giveUp = file.giveUp
            giveUpAction = file.giveUpAction?.value
            actionFailed = file.actionFailed
            var intents: [Intent] = []
            for intent in file.intents {
                guard !intent.phrases.isEmpty else {
                    throw DialogueError(description: "\(intent.name): phrases missing")
                }
                var phrases: [PhrasePattern] = []
                for phrase in intent.phrases {
                    do {
                        phrases.append(try PhrasePattern(parsing: phrase))
                    } catch {
                        throw DialogueError(description: "\(intent.name): \(error)")
                    }
                }
                guard !intents.contains(where: { $0.name == intent.name }) else {
                    throw DialogueError(description: "\(intent.name): there are two intents of this name")
                }
                intents.append(
                    Intent(
                        name: intent.name,
                        phrases: phrases,
                        reply: intent.reply ?? "",
                        action: intent.action?.value,
                        repeatsLast: intent.repeatLast ?? false
                    ))
            }
            self.intents = intents
        }
    }
#endif
