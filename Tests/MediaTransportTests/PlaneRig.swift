import Codecs
import Glibc
import Logging
import Media
import MediaTransport
import NIOCore
import NIOPosix
import SDP
import Testing

/// Two planes that talk to each other over the loopback interface.
struct PlaneRig {
    let near: InProcessMediaPlane
    let far: InProcessMediaPlane
    let session = MediaSessionID("call")
    let nearEvents: AsyncStream<MediaSessionNotice>
    let farEvents: AsyncStream<MediaSessionNotice>
    let nearAddress: LocalMediaAddress
    let farAddress: LocalMediaAddress

    init(ports: ClosedRange<UInt16>) async throws {
        let middle = (ports.lowerBound + (ports.upperBound - ports.lowerBound) / 2) & ~1
        near = try Self.plane(ports.lowerBound...middle - 1)
        far = try Self.plane(middle...ports.upperBound)
        nearEvents = await near.open(session)
        farEvents = await far.open(session)
        nearAddress = try await near.allocateLeg(session)
        farAddress = try await far.allocateLeg(session)
    }

    func connect(_ codec: PayloadFormat = .pcma) async throws {
        try await near.setRemote(session, to: Self.audio(farAddress, codec))
        try await far.setRemote(session, to: Self.audio(nearAddress, codec))
    }

    static func plane(_ ports: ClosedRange<UInt16>) throws -> InProcessMediaPlane {
        try InProcessMediaPlane(
            configuration: MediaPlaneConfiguration(ports: ports, quarantine: .zero),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test")
        )
    }

    static func audio(_ address: LocalMediaAddress, _ codec: PayloadFormat = .pcma) -> NegotiatedAudio {
        NegotiatedAudio(
            remoteAddress: address.address, remotePort: address.rtpPort, remoteRTCPPort: address.rtcpPort,
            codec: codec, telephoneEvent: .telephoneEvent
        )
    }

    /// A file name that no other test uses.
    static func temporaryFile() -> String {
        "/tmp/sidetone-test-\(getpid())-\(UInt64.random(in: .min ... .max)).wav"
    }

    static func write(_ audio: WAVAudio, to path: String) throws {
        let bytes = audio.serialized()
        let file = try #require(fopen(path, "w"))
        defer { fclose(file) }
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    }

    static func read(_ path: String) throws -> WAVAudio {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var bytes = Array(repeating: UInt8(0), count: 4 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        bytes.removeLast(bytes.count - count)
        return try WAVAudio(parsing: bytes.span)
    }
}
