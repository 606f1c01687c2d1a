import Foundation
import Logging
import Media
import MediaTransport
import NIOPosix
import Testing

@Suite("Media of both IP versions")
struct DualStackTests {
    private static func plane(_ ports: ClosedRange<UInt16>, other: String?) throws -> InProcessMediaPlane {
        try InProcessMediaPlane(
            configuration: MediaPlaneConfiguration(otherAddress: other, ports: ports, quarantine: .zero),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test")
        )
    }

    @Test(
        "A leg has the IP version of the peer, and keeps it",
        .enabled(if: FileManager.hasIPv6Loopback, "this machine has no IPv6 loopback address"))
    func versions() async throws {
        let plane = try Self.plane(22_740...22_749, other: "::1")
        let (old, new, open) = (MediaSessionID("4"), MediaSessionID("6"), MediaSessionID("none"))
        for session in [old, new, open] { _ = await plane.open(session) }
        let address = try await plane.allocateLeg(new, towards: "2001:db8::1")
        #expect(address.address == "::1")
        #expect(try await plane.allocateLeg(new, towards: "192.0.2.1") == address)
        #expect(try await plane.allocateLeg(old, towards: "192.0.2.1").address == "127.0.0.1")
        #expect(try await plane.allocateLeg(open).address == "127.0.0.1")
        #expect(await plane.status().leasedPairs == 3)
        #expect(await plane.counters().ports.leases == 3)
        await plane.shutdown()
        #expect(await plane.status().leasedPairs == 0)
    }

    @Test("Without an address of the peer's IP version, the leg has the only one there is")
    func oneVersion() async throws {
        let plane = try Self.plane(22_750...22_759, other: nil)
        let session = MediaSessionID("call")
        _ = await plane.open(session)
        #expect(try await plane.allocateLeg(session, towards: "2001:db8::1").address == "127.0.0.1")
        await plane.shutdown()
    }

    @Test("A second address that is none is refused")
    func name() {
        #expect(throws: MediaPlaneError.addressRefused("host.example is no literal IP address")) {
            _ = try Self.plane(22_760...22_769, other: "host.example")
        }
    }
}

extension FileManager {
    fileprivate static var hasIPv6Loopback: Bool {
        let text = (try? String(contentsOfFile: "/proc/net/if_inet6", encoding: .utf8)) ?? ""
        return text.contains("00000000000000000000000000000001 ")
    }
}
