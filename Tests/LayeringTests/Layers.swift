/// Which modules the source of a target may import: the table of the architecture, arrows going down only.
struct Layer {
    let target: String
    /// Modules of this package.
    let own: Set<String>
    /// Modules from elsewhere.
    let foreign: Set<String>

    func allows(_ module: String) -> Bool { own.contains(module) || foreign.contains(module) }
}

enum Layers {
    private static let nio: Set<String> = ["NIOCore", "NIOPosix", "NIOConcurrencyHelpers", "Logging"]
    private static let system: Set<String> = ["Foundation", "Glibc", "Dispatch", "Synchronization"]

    /// The two lower bands: no NIO, Foundation, Dispatch, Logging, Metrics or C library.
    static let pure = ["Timing", "SIP", "SDP", "RTP", "SRTP", "Codecs", "IMS", "VoiceEngine", "Media"]

    static let all: [Layer] = [
        Layer(target: "Timing", own: [], foreign: []),
        Layer(target: "SIP", own: ["Timing", "CCrypto", "COctets"], foreign: ["HeapModule"]),
        Layer(target: "SDP", own: [], foreign: []),
        Layer(target: "RTP", own: ["Timing"], foreign: []),
        Layer(target: "SRTP", own: ["CCrypto"], foreign: []),
        Layer(
            target: "Codecs",
            own: ["CSpeexDSP", "COpus", "COpenCoreAMRNB", "COpenCoreAMRWB", "CVoAMRWBEnc", "CBcg729"],
            foreign: []
        ),
        Layer(target: "IMS", own: ["SIP", "SDP", "Timing", "CXML"], foreign: []),
        Layer(target: "VoiceEngine", own: ["Codecs", "CCrypto"], foreign: []),
        Layer(target: "Media", own: ["RTP", "SRTP", "SDP", "Codecs", "VoiceEngine", "Timing"], foreign: []),
        Layer(
            target: "SIPTransport",
            own: ["SIP", "Timing", "CCares", "CDatagrams", "CThreads"],
            foreign: nio.union(system).union(["NIOSSL", "NIOTLS"])
        ),
        Layer(
            target: "EngineTransport",
            own: ["VoiceEngine", "Codecs"],
            foreign: nio.union(system).union(["NIOSSL", "NIOWebSocket", "NIOHTTP1", "NIOTLS"])
        ),
        Layer(
            target: "MediaTransport",
            own: [
                "Media", "EngineTransport", "RTP", "Codecs", "SDP", "VoiceEngine", "Timing", "CDatagrams", "CDTLS",
            ],
            foreign: nio.union(system)
        ),
        Layer(
            target: "LocalEngine",
            own: ["EngineTransport", "VoiceEngine", "Codecs", "CFlite", "CPocketSphinx", "CWebRTCVAD"],
            foreign: nio.union(system).union(["NIOHTTP1", "NIOWebSocket", "Yams"])
        ),
        Layer(
            target: "ApplicationServer",
            // Media is reached through the protocol MediaPlane only.
            own: Set(pure).union(["SIPTransport"]),
            foreign: nio.union(system).union(["ServiceLifecycle", "Metrics"])
        ),
        Layer(
            target: "Operations",
            own: [],
            foreign: system.union([
                "Hummingbird", "HummingbirdCore", "NIOCore", "ServiceLifecycle", "Logging", "Metrics",
            ])
        ),
        Layer(
            target: "Workflows",
            own: ["VoiceEngine", "CCrypto"],
            foreign: nio.union(system).union(["AsyncHTTPClient"])
        ),
        Layer(
            target: "ReferenceAS",
            own: services.union(["Workflows"]),
            foreign: nio.union(system).union(["ServiceLifecycle", "Metrics", "Yams"])
        ),
        Layer(
            target: "sidetone",
            // The C libraries are what `bench codec` compares the codecs with; `bench peer` has sockets of its own.
            own: services.union([
                "ReferenceAS", "CDatagrams", "COpus", "COpenCoreAMRNB", "COpenCoreAMRWB", "CVoAMRWBEnc",
                "CTCMalloc",
            ]),
            foreign: nio.union(system).union(["ArgumentParser", "ServiceLifecycle", "Yams"])
        ),
    ]

    private static let services = Set(pure).union([
        "SIPTransport", "EngineTransport", "MediaTransport", "LocalEngine", "ApplicationServer", "Operations",
    ])
}
