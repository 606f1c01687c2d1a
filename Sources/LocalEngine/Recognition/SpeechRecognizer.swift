#if LocalEngine
    /// Turns the audio of one turn into words. Called on worker threads, several at a time.
    protocol SpeechRecognizer: Sendable {
        /// Blocks until done.
        ///
        /// - Parameter audio: 16 kHz, mono.
        /// - Returns: Words in lower case with single spaces; empty if nothing was understood.
        func recognize(_ audio: [Int16]) throws -> String

        func stop()
    }

    /// Why a recogniser cannot be used; the text says what to do.
    public struct RecognizerError: Error, Sendable, Hashable, CustomStringConvertible {
        public let description: String

        init(_ description: String) {
            self.description = description
        }
    }
#endif
