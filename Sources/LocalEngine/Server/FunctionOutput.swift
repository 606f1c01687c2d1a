#if LocalEngine
    import VoiceEngine

    /// What a client gave back for a function call.
    struct FunctionOutput {
        private let isFailure: Bool
        /// What the client wants said about a failure.
        private let message: String?
        private let members: [(name: String, value: String)]

        /// Clients report a failure as an object with `error` or with `ok` being false.
        init(_ output: String) {
            var document = JSONDocument()
            let bytes = Array(output.utf8)
            guard (try? document.parse(bytes.span)) != nil else {
                isFailure = false
                message = nil
                members = []
                return
            }
            isFailure =
                document.member("error", in: bytes.span) != nil || document.bool("ok", in: bytes.span) == false
            message = document.string("message", in: bytes.span)
            var members: [(name: String, value: String)] = []
            for (name, value) in document.members(of: .root, in: bytes.span) {
                if let text = document.string(value, in: bytes.span) {
                    members.append((name, text))
                } else if document.kind(of: value) == .number, let range = document.range(value) {
                    members.append((name, String(decoding: bytes[range], as: UTF8.self)))
                }
            }
            self.members = members
        }

        /// What is said now; `nil` if nothing is.
        func turn(in conversation: inout Conversation) -> Conversation.Turn? {
            isFailure ? conversation.actionFailed(message) : conversation.actionSucceeded(members)
        }
    }
#endif
