#if LocalEngine
    import Testing

    @testable import LocalEngine

    @Suite("A dialogue")
    struct DialogueTests {
        @Test(
            "Every demonstration phrase has its intent in the standard dialogue", arguments: LocalEngineSelfTest.phrases
        )
        func phrases(_ phrase: String, _ intent: String?) {
            #expect(Dialogue.standard.match(phrase)?.intent.name == intent)
        }

        @Test("Words around a phrase, punctuation and figures do not matter")
        func freeSpeech() {
            let dialogue = Dialogue.standard
            #expect(dialogue.match("Well, what is my balance?")?.intent.name == "balance")
            #expect(dialogue.match("My customer number is 5590.")?.digits == "5590")
            #expect(dialogue.match("Thank you, goodbye!")?.intent.name == "goodbye")
            #expect(dialogue.match("the weather is fine") == nil)
            #expect(dialogue.match("") == nil)
        }

        @Test("A conversation reads digits back, repeats itself, and calls a function that is offered")
        func conversation() {
            var conversation = Conversation(.standard)
            #expect(conversation.greet().text == Dialogue.standard.greeting)
            #expect(conversation.answer("one two oh").text == "You said 1 2 0. Thank you.")
            #expect(conversation.answer("say that again").text == "You said 1 2 0. Thank you.")
            #expect(conversation.answer("goodbye").action == nil)
            conversation.tools = ["hang_up", "transfer"]
            #expect(conversation.answer("goodbye").action == Dialogue.Action(tool: "hang_up", arguments: [:]))
            #expect(conversation.answer("a person please").action?.arguments == ["target": "queue"])
        }

        @Test("What is not understood is asked for again, and then a person takes over")
        func notUnderstood() {
            var conversation = Conversation(.standard)
            conversation.tools = ["transfer"]
            #expect(conversation.answer("").text == Dialogue.standard.reprompts[0])
            #expect(conversation.answer("x").text == Dialogue.standard.reprompts[1])
            let last = conversation.answer("x")
            #expect(last.text == Dialogue.standard.giveUp)
            #expect(last.action?.tool == "transfer")
            #expect(conversation.answer("x").text == Dialogue.standard.reprompts[0])
        }

        @Test(
            "A file that cannot be used is refused with the reason",
            arguments: [
                ("", "not a dialogue"), ("greeting: x", "not a dialogue"), ("[", "not a dialogue"),
                (file(phrase: "(a"), "order: \"(a\""), (file(phrase: "a", reprompts: "[]"), "reprompts"),
            ])
        func refused(_ yaml: String, _ reason: String) {
            let error = #expect(throws: DialogueError.self) { try Dialogue(parsing: yaml) }
            #expect(error?.description.hasPrefix(reason) == true, "\(String(describing: error))")
        }

        private static func file(phrase: String, reprompts: String = "[again]") -> String {
            """
            greeting: hello
            reprompts: \(reprompts)
            giveUp: sorry
            actionFailed: sorry
            intents:
              - { name: order, phrases: ["\(phrase)"], reply: yes }
            """
        }
    }
#endif
