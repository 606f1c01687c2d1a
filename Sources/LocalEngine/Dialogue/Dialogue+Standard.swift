#if LocalEngine
    extension Dialogue {
        /// The built-in dialogue as YAML.
        public static let standardText = """
            # What the local engine understands and says.
            #
            # A phrase is words in lower case; ( a | b ) is one of several, [ a ] may be left out, <digits> is one digit or
            # more. In a reply {digits} stands for the digits that were said. An action calls a function of the client
            # after the reply, if the client offers it.

            greeting: Hello, this is Sidetone. How can I help you?
            reprompts:
              - Sorry, I did not get that. You can ask for your balance, for our opening hours, or for a person.
              - I still did not understand. Please say balance, opening hours, or a person please.
            giveUp: I am sorry that I cannot help you. I will put you through to a person.
            giveUpAction: { tool: transfer, arguments: { target: queue } }
            actionFailed: I am sorry, that did not work just now. Can I help you with anything else?

            intents:
              - name: balance
                phrases:
                  - "[please] (what is | what's | tell me) (my | the) [account] balance [please]"
                  - "[please] [check] [my] account balance [please]"
                  - "(my | check my | check the) balance [please]"
                  - how much money (do i have | is in my account | have i got)
                  - i would like to know my [account] balance
                reply: The balance of your account is forty two euros and ten cents.

              - name: hours
                phrases:
                  - (what are | tell me) (your | the) opening hours [please]
                  - opening hours [please]
                  - when (are you | do you) open
                  - (what time | when) do you (open | close)
                  - are you open (today | tomorrow)
                reply: We are open from Monday to Friday, from nine in the morning to six in the evening.

              - name: digits
                phrases:
                  - "[it is | it's] <digits>"
                  - "my [customer | account | phone] number is <digits>"
                  - "[my] [customer | account | phone] number <digits>"
                reply: You said {digits}. Thank you.

              - name: person
                phrases:
                  - "[can i have] a person please"
                  - "[let me | can i | i want to | i would like to] (speak | talk) (to | with) (a person | a human | an agent | someone | somebody)"
                  - (a human | an agent | an operator | operator) [please]
                  - (put me through | transfer me | connect me) [to (a person | a human | an agent | someone)] [please]
                  - i need (a person | a human | an agent | help from a person)
                reply: One moment please. I will put you through to a person.
                action: { tool: transfer, arguments: { target: queue } }

              - name: help
                phrases:
                  - help [me] [please]
                  - what can (you do | i say | i ask) [for me]
                  - what are my options
                reply: You can ask for your balance or for our opening hours, tell me a number, or say, a person please.

              - name: repeat
                phrases:
                  - (say | repeat) that [again] [please]
                  - (can | could) you (repeat | say) that [again] [please]
                  - pardon [me]
                repeatLast: true

              - name: thanks
                phrases:
                  - (thanks | thank you) [very much | a lot]
                reply: You are welcome. Is there anything else?

              - name: goodbye
                phrases:
                  - (goodbye | bye | bye bye)
                  - "[no] [thanks | thank you] (goodbye | bye)"
                  - that (is | was) all [thanks | thank you] [goodbye | bye]
                  - hang up [please]
                reply: Thank you for calling. Goodbye.
                action: { tool: hang_up }

              - name: hello
                phrases:
                  - (hello | hi | good morning | good afternoon | good evening)
                reply: Hello. How can I help you?

            """
    }
#endif
