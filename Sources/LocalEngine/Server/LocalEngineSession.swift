#if LocalEngine
    import EngineTransport
    import Logging
    import NIOCore
    import NIOPosix
    import VoiceEngine

    /// One conversation of a local engine.
    ///
    /// Confined to its event loop, which is what makes `@unchecked Sendable` right. Recognition and synthesis run on
    /// worker threads; what they give back is thrown away if its response is no longer the running one.
    final class LocalEngineSession: WebSocketServerHandler, @unchecked Sendable {
        /// One audio delta holds this much.
        private static let deltaMilliseconds = 200
        /// Turns with less voice than this in them are noise, unless they are understood.
        private static let minimumVoice = 300

        private let number: Int
        private let eventLoop: any EventLoop
        private let workers: NIOThreadPool
        private let recognizer: any SpeechRecognizer
        private let speech: SpeechCache
        private let server: LocalEngineServer
        private var logger: Logger
        private var protocolState: OpenAIRealtimeServerSession
        private var conversation: Conversation
        private var socket: WebSocketConnection?
        private var caller: CallerAudio?
        private var callerItem = ""
        private var text: String?
        private var hasSpoken = false
        private var functionOutput: FunctionOutput?
        private var drop: Scheduled<Void>?

        init(
            number: Int,
            dialogue: Dialogue,
            eventLoop: any EventLoop,
            workers: NIOThreadPool,
            recognizer: any SpeechRecognizer,
            speech: SpeechCache,
            logger: Logger,
            server: LocalEngineServer
        ) {
            self.number = number
            self.eventLoop = eventLoop
            self.workers = workers
            self.recognizer = recognizer
            self.speech = speech
            self.server = server
            self.logger = logger
            self.logger[metadataKey: "engine.session"] = "\(number)"
            protocolState = OpenAIRealtimeServerSession(identifier: "\(number)")
            conversation = Conversation(dialogue)
        }

        /// Closes the connection; may be called from anywhere.
        func end() {
            eventLoop.execute { self.socket?.close(code: .goingAway) }
        }

        // MARK: - Connection

        func webSocketDidOpen(_ connection: WebSocketConnection) {
            socket = connection
            if case .stall = server.behaviour { return }
            perform { $0.start(into: &$1) }
        }

        func webSocket(_ connection: WebSocketConnection, didReceive text: Span<UInt8>) {
            if case .stall = server.behaviour { return }
            var outputs: [OpenAIRealtimeServerSession.Output] = []
            protocolState.receive(text: text, into: &outputs)
            carryOut(outputs)
        }

        func webSocket(_ connection: WebSocketConnection, didClose reason: EngineCloseReason) {
            socket = nil
            drop?.cancel()
            drop = nil
            protocolState.response = nil
            server.ended(number)
            logger.debug("Local engine session ended", metadata: ["engine.reason": "\(reason)"])
        }

        // MARK: - Protocol

        private typealias Outputs = [OpenAIRealtimeServerSession.Output]

        private func perform(_ step: (inout OpenAIRealtimeServerSession, inout Outputs) -> Void) {
            var outputs: Outputs = []
            step(&protocolState, &outputs)
            carryOut(outputs)
        }

        private func carryOut(_ outputs: Outputs) {
            for output in outputs {
                switch output {
                case .send(let message): socket?.send(text: message.span)
                case .configured(let configuration): configured(configuration)
                case .audio(let bytes): heard(bytes)
                case .inputCommitted: if let event = caller?.end() { turnChanged(event) }
                case .inputCleared: caller?.reset()
                case .respond(let instructions): respond(instructions)
                case .cancel: perform { $0.cancelResponse(.clientCancelled, into: &$1) }
                case .functionOutput(_, let output): functionOutput = FunctionOutput(output)
                case .userText(let said): text = said
                case .truncated: break
                case .violation: socket?.close(code: .dataInconsistentWithMessage)
                }
            }
        }

        private func configured(_ configuration: OpenAIRealtimeServerSession.Configuration) {
            conversation.tools = Set(configuration.tools)
            let silence = configuration.turnDetection?.silence ?? 500
            if caller?.format == configuration.inputFormat {
                caller?.silence = silence
            } else {
                do {
                    caller = try CallerAudio(format: configuration.inputFormat, silence: silence)
                } catch {
                    logger.warning("Audio of the caller is not taken", metadata: ["engine.error": "\(error)"])
                }
            }
            if case .dropMidCall(let after) = server.behaviour, drop == nil {
                drop = eventLoop.scheduleTask(in: TimeAmount(after)) { self.socket?.abort() }
            }
        }

        private func heard(_ bytes: [UInt8]) {
            guard let caller else { return }
            for event in caller.append(bytes.span) { turnChanged(event) }
        }

        private func turnChanged(_ event: TurnDetector.Event) {
            let detection = protocolState.configuration.turnDetection
            switch event {
            case .started(let milliseconds):
                guard let detection else { return }
                perform { state, out in
                    callerItem = state.speechStarted(at: milliseconds, into: &out)
                    if detection.interruptsResponse { state.cancelResponse(.turnDetected, into: &out) }
                }
            case .ended(let milliseconds, let audio, let voiced):
                let item = callerItem
                guard let detection else { return recognize(audio, voiced, item, respond: nil) }
                perform { $0.speechStopped(at: milliseconds, item: item, into: &$1) }
                guard detection.createsResponse, server.behaviour != .mute else {
                    return recognize(audio, voiced, item, respond: nil)
                }
                var response = ""
                perform { response = $0.beginResponse(into: &$1) }
                recognize(audio, voiced, item, respond: response)
            }
        }

        // MARK: - Conversation

        private func recognize(_ audio: [Int16], _ voiced: Int, _ item: String, respond response: String?) {
            let recognizer = recognizer
            let work = workers.runIfActive(eventLoop: eventLoop) { try recognizer.recognize(audio) }
            work.whenComplete { result in
                guard self.socket != nil else { return }
                var words = ""
                switch result {
                case .success(let heard): words = heard
                case .failure(let error):
                    self.logger.warning("Recognition failed", metadata: ["engine.error": "\(error)"])
                }
                self.perform { $0.callerTranscript(words, item: item, into: &$1) }
                guard let response else {
                    self.text = words
                    return
                }
                guard self.isRunning(response) else { return }
                if words.isEmpty, voiced < Self.minimumVoice { return self.perform { $0.finishResponse(into: &$1) } }
                self.say(self.conversation.answer(words), as: response)
            }
        }

        /// The client asked for a response.
        private func respond(_ instructions: String?) {
            guard server.behaviour != .mute else { return }
            var response = ""
            perform { response = $0.beginResponse(into: &$1) }
            if let instructions, instructions.lowercased().hasPrefix("say:") {
                say(Conversation.Turn(text: String(instructions.dropFirst(4)), action: nil), as: response)
            } else if let text {
                self.text = nil
                say(conversation.answer(text), as: response)
            } else if let output = functionOutput, let turn = output.turn(in: &conversation) {
                functionOutput = nil
                say(turn, as: response)
            } else if !hasSpoken {
                say(conversation.greet(), as: response)
            } else {
                perform { $0.finishResponse(into: &$1) }
            }
        }

        private func say(_ turn: Conversation.Turn, as response: String) {
            hasSpoken = true
            var delay = TimeAmount.zero
            if case .slow(let firstAudio) = server.behaviour { delay = TimeAmount(firstAudio) }
            let sentences = Self.sentences(turn.text)
            guard delay > .zero else { return say(sentences[...], turn.action, response) }
            eventLoop.scheduleTask(in: delay) { self.say(sentences[...], turn.action, response) }
        }

        /// Says one sentence after the other, so that the first is heard while the next is synthesised.
        private func say(_ sentences: ArraySlice<String>, _ action: Dialogue.Action?, _ response: String) {
            guard isRunning(response) else { return }
            guard let sentence = sentences.first else { return finish(action) }
            let format = protocolState.configuration.outputFormat
            let speech = speech
            let work = workers.runIfActive(eventLoop: eventLoop) { try speech.speech(sentence, in: format) }
            work.whenComplete { result in
                guard self.isRunning(response) else { return }
                switch result {
                case .success(let bytes):
                    self.send(bytes, of: sentence)
                case .failure(let error):
                    self.logger.warning("Synthesis failed", metadata: ["engine.error": "\(error)"])
                }
                self.say(sentences.dropFirst(), action, response)
            }
        }

        private func send(_ bytes: [UInt8], of sentence: String) {
            let length = Self.deltaMilliseconds * protocolState.configuration.outputFormat.bytesPerMillisecond
            perform { state, out in
                state.transcript(state.response?.isEmpty == false ? " " + sentence : sentence, into: &out)
                var start = 0
                while start < bytes.count {
                    let end = min(start + length, bytes.count)
                    state.audio(bytes.span.extracting(start..<end), into: &out)
                    start = end
                }
            }
        }

        private func finish(_ action: Dialogue.Action?) {
            perform { state, out in
                if let action {
                    state.functionCall(action.tool, arguments: action.json, into: &out)
                }
                state.finishResponse(into: &out)
            }
        }

        private func isRunning(_ response: String) -> Bool {
            socket != nil && protocolState.response?.id == response
        }

        static func sentences(_ text: String) -> [String] {
            var sentences: [String] = []
            var sentence = ""
            for word in text.split(whereSeparator: \.isWhitespace) {
                sentence += sentence.isEmpty ? String(word) : " " + word
                if let last = word.last, ".?!".contains(last) {
                    sentences.append(sentence)
                    sentence = ""
                }
            }
            if !sentence.isEmpty { sentences.append(sentence) }
            return sentences
        }
    }

    extension Dialogue.Action {
        /// The arguments as a JSON object.
        fileprivate var json: String {
            let bytes = JSONWriter.object { json in
                for (name, value) in arguments.sorted(by: { $0.key < $1.key }) { json.member(name, value) }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
#endif
