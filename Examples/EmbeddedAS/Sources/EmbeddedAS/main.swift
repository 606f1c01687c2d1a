import ApplicationServer
import Logging
import MediaTransport
import NIOPosix
import SIPTransport
import UnixSignals

let logger = Logger(label: "embedded-as")
let file = try CommandLine.arguments.dropFirst().first ?? Chime.writeFile()

let group = MultiThreadedEventLoopGroup.singleton
let listener = SIPListener(transport: .udp, host: "127.0.0.1", port: 5080)
let peers = PeerPolicy(trusted: [IPNetwork("127.0.0.0/8")].compactMap { $0 })
let sip = SIPStackConfiguration(listeners: [listener], policy: peers)
let stack = SIPStack(configuration: sip, eventLoop: group.next(), logger: logger)
let ports = MediaPlaneConfiguration(address: "127.0.0.1", ports: 26_000...26_999)
let media = try InProcessMediaPlane(configuration: ports, eventLoopGroup: group, logger: logger)
let service = ServiceRegistration(name: "announcement", service: Announcement(file: file))
let server = SIPApplicationServer(stack: stack, media: media, services: [service], logger: logger)
try await server.start()
logger.info("ready", metadata: ["sip.listen": "\(listener)"])

await withDiscardingTaskGroup { group in
    group.addTask { await server.run() }
    for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) { break }
    // No new calls; those under way have ten seconds to end.
    await server.shutDown(within: .seconds(10))
}
await media.shutdown()
