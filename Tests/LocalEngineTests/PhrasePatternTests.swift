#if LocalEngine
    import Testing

    @testable import LocalEngine

    @Suite("Phrases of a dialogue")
    struct PhrasePatternTests {
        @Test(
            "A phrase matches what it describes",
            arguments: [
                ("opening hours [please]", "opening hours", true),
                ("opening hours [please]", "opening hours please", true),
                ("opening hours [please]", "opening please", false), ("(a | b c) d", "a d", true),
                ("(a | b c) d", "b c d", true), ("(a | b c) d", "b d", false), ("[a] [b] c", "c", true),
                ("[a] [b] c", "b c", true), ("it is <digits>", "it is one two oh", true),
                ("it is <digits>", "it is", false),
                ("[x [y]] z", "x y z", true), ("[x [y]] z", "y z", false),
            ])
        func matching(_ pattern: String, _ text: String, _ isMatch: Bool) throws {
            let words = text.split(separator: " ").map(String.init)
            #expect(try PhrasePattern(parsing: pattern).ends(in: words, from: 0).contains(words.count) == isMatch)
        }

        @Test(
            "What is no phrase is refused",
            arguments: [
                "", "(a", "a)", "[a | ]", "<name>", "a; b", "[a] [b]", "(a | [b])", "[a",
                String(repeating: "[", count: 40) + "a",
            ])
        func refused(_ text: String) {
            #expect(throws: PhrasePattern.Fault.self) { try PhrasePattern(parsing: text) }
        }
    }
#endif
