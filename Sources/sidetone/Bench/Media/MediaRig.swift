import Codecs
import Logging
import Media
import MediaTransport
import NIOPosix
import SDP
import VoiceEngine

/// A media plane on one thread of this process, with callers and an engine in another.
struct MediaRig {
    let plane: InProcessMediaPlane
    let peer: PeerProcess
    private let group: MultiThreadedEventLoopGroup
    /// The first port of the callers.
    private let callers: UInt16
    private let packetTime: Int

    /// - Parameter ports: The first half is the plane's, the second the callers'.
    init(
        ports: ClosedRange<UInt16>,
        packetTime: Int = 20,
        tick: Int = 20,
        leg: LegConfiguration = LegConfiguration()
    ) throws {
        callers = Self.middle(of: ports)
        self.packetTime = packetTime
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        plane = try Self.plane(ports.lowerBound...callers - 1, on: group, tick: tick, leg: leg)
        peer = try PeerProcess(packetTime: packetTime)
    }

    static func plane(
        _ ports: ClosedRange<UInt16>,
        on group: MultiThreadedEventLoopGroup,
        quarantine: Duration = .zero,
        tick: Int = 20,
        leg: LegConfiguration = LegConfiguration()
    ) throws -> InProcessMediaPlane {
        var logger = Logger(label: "bench") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        return try InProcessMediaPlane(
            configuration: MediaPlaneConfiguration(
                address: "127.0.0.1", ports: ports, quarantine: quarantine, tick: .milliseconds(tick), leg: leg
            ),
            eventLoopGroup: group,
            logger: logger
        )
    }

    static func middle(of ports: ClosedRange<UInt16>) -> UInt16 {
        (ports.lowerBound + UInt16(ports.count / 2)) & ~1
    }

    /// Calls between callers that speak and an engine that echoes.
    ///
    /// - Parameter isBinary: Whether the engine's audio is in binary messages, and not in JSON.
    func open(_ calls: Int, codec: PayloadFormat, engine: AudioFormat, isBinary: Bool = false) async throws {
        let endpoint = EngineEndpoint(
            name: "echo",
            dialect: isBinary ? .deepgramAgent : .openAIRealtime,
            url: "ws://127.0.0.1:\(isBinary ? peer.binaryEnginePort : peer.enginePort)/"
        )
        var streams: [(local: UInt16, remote: UInt16)] = []
        for index in 0..<calls {
            let session = MediaSessionID("call-\(index)")
            _ = await plane.open(session)
            let local = try await plane.allocateLeg(session)
            let caller = callers + UInt16(index * 2)
            let audio = NegotiatedAudio(
                remoteAddress: "127.0.0.1", remotePort: caller, remoteRTCPPort: caller + 1,
                codec: codec, telephoneEvent: .telephoneEvent, packetTime: packetTime
            )
            try await plane.setRemote(session, to: audio)
            try await plane.connectEngine(
                session, to: endpoint, with: EngineSessionConfiguration(audioFormat: engine), within: .seconds(10)
            )
            streams.append((caller, local.rtpPort))
        }
        try peer.start(streams, codec: codec.encodingName)
    }

    /// Stop ``peer`` before.
    func close() async throws {
        await plane.shutdown()
        try await group.shutdownGracefully()
    }
}

/// `FIRST-LAST` of a command line.
struct BenchPortRange {
    let ports: ClosedRange<UInt16>

    /// `nil` if it is none, or holds fewer than `count`.
    init?(_ text: String, atLeast count: Int) {
        let ends = text.split(separator: "-").compactMap { UInt16($0) }
        guard ends.count == 2, ends[0] < ends[1], ends[0] >= 1_024, Int(ends[1] - ends[0]) + 1 >= count else {
            return nil
        }
        ports = ends[0]...ends[1]
    }
}
