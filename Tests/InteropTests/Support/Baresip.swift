import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// The softphone baresip, driven over the JSON protocol of its module `ctrl_tcp`: commands go in, events come out.
///
/// It sends a tone of 440 Hz and writes what it hears into a WAV file, by its module `sndfile`. It registers nowhere and
/// has no outbound proxy.
final class Baresip: Sendable {
    /// What it says of its calls.
    struct Event: Decodable, Sendable {
        /// `CALL_ESTABLISHED`, `CALL_CLOSED` and so on.
        var type: String
        /// A reason, a URI, or `offer` and `answer`.
        var param: String?
    }

    enum AnswerMode: String {
        /// Rings until told `accept`.
        case manual
        case auto
    }

    /// How it encrypts media; it takes nothing else then.
    enum Encryption: String, CaseIterable {
        case descriptions = "srtp-mand"
        case dtls = "dtls_srtp"

        var module: String { self == .dtls ? "dtls_srtp.so" : "srtp.so" }
    }

    struct TLS {
        /// PEM file of certificate and key.
        var certificate: String
        /// PEM file of the authority.
        var authority: String
    }

    /// Codecs beside G.711, as an account names them.
    enum Codec: String, Sendable, CaseIterable, CustomTestStringConvertible {
        case opus = "opus/48000/2"
        case g722 = "G722/16000/1"
        case amrWideband = "AMR-WB/16000/1"
        case amr = "AMR/8000/1"

        var module: String {
            switch self {
            case .opus: "opus.so"
            case .g722: "g722.so"
            case .amrWideband, .amr: "amr.so"
            }
        }

        /// As an `rtpmap` writes it.
        var encodingName: String { rawValue.components(separatedBy: "/")[0] }
        var testDescription: String { encodingName }
    }

    static let executable = ChildProcess.find("baresip")
    private static let modules = ["/usr/lib", "/usr/local/lib", "/usr/lib64"]
        .map { "\($0)/baresip/modules" }
        .first { FileManager.default.fileExists(atPath: "\($0)/ctrl_tcp.so") }
    static var isInstalled: Bool { executable != nil && modules != nil && ChildProcess.find("stdbuf") != nil }

    /// Whether this baresip was built with a codec.
    static func has(_ codec: Codec) -> Bool {
        modules.map { FileManager.default.fileExists(atPath: "\($0)/\(codec.module)") } == true
    }

    private static let controlPort = 4_444

    private let address: String
    private let folder: TemporaryFolder
    private let process: ChildProcess
    private let events: EventLog
    private let control: any Channel

    /// Starts it, and returns when it takes calls and commands.
    ///
    /// - Parameters:
    ///   - address: Where it listens for SIP, by UDP and TCP, and by TLS at the next port. Its media is at 127.0.0.1,
    ///     which is where its RTP comes from whatever it says in SDP.
    ///   - user: Of its only account, `sip:user@address:port`.
    ///   - codec: The only one that it offers; `nil` for G.711.
    init(
        _ user: String,
        at address: String,
        port: Int = Addresses.sipPort,
        answers mode: AnswerMode = .auto,
        tls: TLS? = nil,
        encryption: Encryption? = nil,
        codec: Codec? = nil
    ) async throws {
        self.address = address
        folder = try TemporaryFolder()
        var configuration = Self.configuration(address, port, tls, dump: folder.path)
        if let encryption { configuration += "module \(encryption.module)\n" }
        if let codec { configuration += "module \(codec.module)\n" }
        try configuration.write(toFile: "\(folder.path)/config", atomically: false, encoding: .utf8)
        let media = encryption.map { ";mediaenc=\($0.rawValue)" } ?? ""
        let codecs = codec.map { ";audio_codecs=\($0.rawValue)" } ?? ""
        try "<sip:\(user)@\(address):\(port)>;regint=0;answermode=\(mode.rawValue)\(media)\(codecs)\n"
            .write(toFile: "\(folder.path)/accounts", atomically: false, encoding: .utf8)
        try "".write(toFile: "\(folder.path)/contacts", atomically: false, encoding: .utf8)
        process = try ChildProcess(
            ChildProcess.find("stdbuf") ?? "stdbuf",
            ["-o0", Self.executable ?? "baresip", "-4", "-f", folder.path, "-s"],
            directory: folder.path,
            output: "\(folder.path)/output"
        )
        let process = process
        let isReady = await eventually {
            KernelSockets.isBound(.udp, address, port) && KernelSockets.isBound(.tcp, address, Self.controlPort)
                || !process.isRunning
        }
        guard isReady, process.isRunning else {
            process.terminate()
            throw ChildProcess.SpawnError(executable: "baresip", reason: folder.text("output"))
        }
        let events = EventLog()
        self.events = events
        do {
            control = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandlers(
                            ByteToMessageHandler(NetstringDecoder()),
                            events
                        )
                    }
                }
                .connect(host: address, port: Self.controlPort)
                .get()
        } catch {
            process.terminate()
            throw error
        }
    }

    deinit { process.terminate() }

    private static func configuration(_ address: String, _ port: Int, _ tls: TLS?, dump: String) -> String {
        var lines = [
            "sip_listen \(address):\(port)", "net_interface 127.0.0.1", "rtp_ports 10000-19999",
            "audio_source ausine,440", "audio_player aubridge,heard", "audio_alert aubridge,alert",
            "ausrc_srate 48000", "ausrc_channels 2", "statmode_default off",
            "module_path \(modules ?? "")", "module g711.so", "module ausine.so", "module aufile.so",
            "module aubridge.so",
            "module sndfile.so", "snd_path \(dump)",
            "module_tmp account.so", "module_app menu.so", "module_app ctrl_tcp.so",
            "ctrl_tcp_listen \(address):\(controlPort)",
        ]
        if let tls { lines += ["sip_certificate \(tls.certificate)", "sip_cafile \(tls.authority)"] }
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: Commands and events

    /// Has it carry out `dial`, `accept`, `hold`, `resume`, `transfer` or `hangup`.
    func command(_ name: String, _ parameters: String = "") async throws {
        let json = try JSONSerialization.data(withJSONObject: ["command": name, "params": parameters])
        try await control.writeAndFlush(ByteBuffer(string: "\(json.count):\(String(decoding: json, as: UTF8.self)),"))
    }

    /// Waits for an event of this type, the `count`th of its kind.
    func expect(
        _ type: String,
        _ count: Int = 1,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Event {
        _ = await eventually { events.all.count { $0.type == type } >= count }
        let found = events.all.filter { $0.type == type }
        return try #require(
            found.dropFirst(count - 1).first,
            "no \(type) after \(events.all.map(\.type)): \(trace.suffix(4_000))",
            sourceLocation: sourceLocation
        )
    }

    func has(_ type: String) -> Bool { events.all.contains { $0.type == type } }

    /// What it has heard, up to now.
    var heard: [UInt8] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        guard let file = files.first(where: { $0.hasSuffix("-dec.wav") }) else { return [] }
        return FileManager.default.contents(atPath: "\(folder.path)/\(file)").map(Array.init) ?? []
    }

    // MARK: What it sent and received

    /// The digits it was sent as RFC 4733 events, in order.
    var digits: String {
        events.all.filter { $0.type == "CALL_DTMF_START" }.compactMap(\.param).joined()
    }

    /// Its trace of messages, with LF and without colours.
    private var trace: String {
        folder.text("output").replacing("\r\n", with: "\n").replacing("\u{1B}[36;1m", with: "")
    }

    /// The SIP messages it received from `server`, as text with LF.
    ///
    /// A connection may have 127.0.0.1 as its address at the side that opened it, hence one end or the other.
    func received(from server: String) -> [String] {
        messages { source, destination in source.hasPrefix("\(server):") || destination.hasPrefix("\(address):") }
    }

    /// The SIP messages it sent to `server`, as text with LF.
    func sent(to server: String) -> [String] {
        messages { source, destination in destination.hasPrefix("\(server):") || source.hasPrefix("\(address):") }
    }

    private func messages(_ isWanted: (_ source: Substring, _ destination: Substring) -> Bool) -> [String] {
        trace.components(separatedBy: "\u{1B}[;m").compactMap { block in
            guard let start = block.range(of: "#\n", options: .backwards) else { return nil }
            let lines = block[start.upperBound...].split(
                separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            // UDP 127.0.0.1:5060 -> 127.0.0.2:5060
            let ends = lines[0].split(separator: " ")
            guard lines.count == 2, ends.count == 4, isWanted(ends[1], ends[3]) else { return nil }
            return String(lines[1])
        }
    }
}

/// Keeps the events that come in.
private final class EventLog: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let events = Mutex<[Baresip.Event]>([])

    var all: [Baresip.Event] { events.withLock { $0 } }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What does not decode is the response to a command: the events tell what came of it.
        let text = Data(unwrapInboundIn(data).readableBytesView)
        if let event = try? JSONDecoder().decode(Baresip.Event.self, from: text) {
            events.withLock { $0.append(event) }
        }
    }
}

/// `LENGTH:octets,` as D. J. Bernstein describes netstrings.
private struct NetstringDecoder: ByteToMessageDecoder {
    typealias InboundOut = ByteBuffer

    struct NotANetstring: Error {}

    func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let colon = buffer.readableBytesView.firstIndex(of: UInt8(ascii: ":")) else { return .needMoreData }
        let digits = buffer.readableBytesView[..<colon]
        guard let length = Int(String(decoding: digits, as: UTF8.self)), (0...1 << 20).contains(length) else {
            throw NotANetstring()
        }
        guard buffer.readableBytes >= digits.count + length + 2 else { return .needMoreData }
        buffer.moveReaderIndex(forwardBy: digits.count + 1)
        if let text = buffer.readSlice(length: length) { context.fireChannelRead(wrapInboundOut(text)) }
        buffer.moveReaderIndex(forwardBy: 1)
        return .continue
    }
}
