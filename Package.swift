// swift-tools-version: 6.1
import PackageDescription

/// An `async` function without an actor of its own runs on that of its caller: all of a call happens on one event loop,
/// and each change of executor is a job of its own.
let staysWithCaller: [SwiftSetting] = [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]

let package = Package(
    name: "sidetone",
    products: [
        .library(name: "SIP", targets: ["SIP"]),
        .library(name: "SDP", targets: ["SDP"]),
        .library(name: "IMS", targets: ["IMS"]),
        .library(name: "RTP", targets: ["RTP"]),
        .library(name: "SRTP", targets: ["SRTP"]),
        .library(name: "Codecs", targets: ["Codecs"]),
        .library(name: "Media", targets: ["Media"]),
        .library(name: "VoiceEngine", targets: ["VoiceEngine"]),
        .library(name: "SIPTransport", targets: ["SIPTransport"]),
        .library(name: "MediaTransport", targets: ["MediaTransport"]),
        .library(name: "ApplicationServer", targets: ["ApplicationServer"]),
        .executable(name: "sidetone", targets: ["sidetone"]),
    ],
    traits: [
        // On by default; a deployment that brings its own engine leaves it out with `--disable-default-traits`.
        .trait(name: "LocalEngine", description: "The embedded voice engine: flite, pocketsphinx, WebRTC VAD."),
        // Off by default: the library is under the GPL, and so is then the program.
        .trait(name: "G729", description: "G.729 with Annex B on bcg729, whose licence is the GPL."),
        .default(enabledTraits: ["LocalEngine"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.100.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.10.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.26.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.6.0"),
    ],
    targets: [
        // MARK: C

        .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .target(name: "CXML", dependencies: ["CLibXML2"]),
        .target(name: "CDatagrams"),
        .target(name: "CThreads"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CCrypto", dependencies: ["COpenSSL"]),
        .target(name: "COctets"),
        .systemLibrary(name: "CLibSSL", pkgConfig: "libssl", providers: [.apt(["libssl-dev"])]),
        .target(name: "CDTLS", dependencies: ["COpenSSL", "CLibSSL"]),
        .systemLibrary(name: "CCares", pkgConfig: "libcares", providers: [.apt(["libc-ares-dev"])]),
        .systemLibrary(name: "CSpeexDSP", pkgConfig: "speexdsp", providers: [.apt(["libspeexdsp-dev"])]),
        .systemLibrary(name: "COpus", pkgConfig: "opus", providers: [.apt(["libopus-dev"])]),
        .systemLibrary(
            name: "COpenCoreAMRNB",
            pkgConfig: "opencore-amrnb",
            providers: [.apt(["libopencore-amrnb-dev"])]
        ),
        .systemLibrary(
            name: "COpenCoreAMRWB",
            pkgConfig: "opencore-amrwb",
            providers: [.apt(["libopencore-amrwb-dev"])]
        ),
        .systemLibrary(name: "CVoAMRWBEnc", pkgConfig: "vo-amrwbenc", providers: [.apt(["libvo-amrwbenc-dev"])]),
        .systemLibrary(name: "CBcg729", pkgConfig: "libbcg729", providers: [.apt(["libbcg729-dev"])]),
        .systemLibrary(name: "CFlite", providers: [.apt(["flite1-dev"])]),
        .systemLibrary(
            name: "CPocketSphinx",
            pkgConfig: "pocketsphinx",
            providers: [.apt(["libpocketsphinx-dev", "pocketsphinx-en-us"])]
        ),
        .systemLibrary(
            name: "CWebRTCVAD",
            providers: [.apt(["libwebrtc-audio-processing-dev"])]
        ),
        .systemLibrary(
            name: "CTCMalloc",
            pkgConfig: "libtcmalloc_minimal",
            providers: [.apt(["libgoogle-perftools-dev"])]
        ),

        // MARK: Values and state machines

        .target(name: "Timing"),
        .target(
            name: "SIP",
            dependencies: ["Timing", "CCrypto", "COctets", .product(name: "HeapModule", package: "swift-collections")]
        ),
        .target(name: "SDP"),
        .target(name: "RTP", dependencies: ["Timing"]),
        .target(name: "SRTP", dependencies: ["CCrypto"]),
        .target(
            name: "Codecs",
            dependencies: [
                "CSpeexDSP", "COpus", "COpenCoreAMRNB", "COpenCoreAMRWB", "CVoAMRWBEnc",
                .target(name: "CBcg729", condition: .when(traits: ["G729"])),
            ]
        ),
        .target(name: "IMS", dependencies: ["SIP", "SDP", "Timing", "CXML"]),
        .target(name: "VoiceEngine", dependencies: ["Codecs", "CCrypto"]),
        .target(name: "Media", dependencies: ["RTP", "SRTP", "SDP", "Codecs", "VoiceEngine", "Timing"]),

        // MARK: Input and output

        .target(
            name: "SIPTransport",
            dependencies: [
                "SIP", "Timing", "CCares", "CDatagrams", "CThreads",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ],
            swiftSettings: staysWithCaller
        ),
        .target(
            name: "EngineTransport",
            dependencies: [
                "VoiceEngine", "Codecs",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ]
        ),
        .target(
            name: "MediaTransport",
            dependencies: [
                "Media", "EngineTransport", "RTP", "Codecs", "SDP", "VoiceEngine", "Timing", "CDatagrams", "CDTLS",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .target(
            name: "LocalEngine",
            dependencies: [
                "EngineTransport", "VoiceEngine", "Codecs",
                .target(name: "CFlite", condition: .when(traits: ["LocalEngine"])),
                .target(name: "CPocketSphinx", condition: .when(traits: ["LocalEngine"])),
                .target(name: "CWebRTCVAD", condition: .when(traits: ["LocalEngine"])),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),

        // MARK: Service

        .target(
            name: "ApplicationServer",
            dependencies: [
                "IMS", "Media", "SDP", "SIP", "SIPTransport", "Timing", "VoiceEngine",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: staysWithCaller
        ),
        .target(
            name: "Operations",
            dependencies: [
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .target(
            name: "Workflows",
            dependencies: [
                "CCrypto", "VoiceEngine",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .target(
            name: "ReferenceAS",
            dependencies: [
                "ApplicationServer", "Codecs", "EngineTransport", "IMS", "LocalEngine", "Media", "MediaTransport",
                "Operations", "SDP", "SIP", "SIPTransport", "Timing", "VoiceEngine", "Workflows",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),

        // MARK: Executable

        .executableTarget(
            name: "sidetone",
            dependencies: [
                "ApplicationServer", "Codecs", "EngineTransport", "IMS", "LocalEngine", "Media", "MediaTransport",
                "ReferenceAS", "RTP", "SRTP", "SDP", "SIP", "SIPTransport", "Timing", "VoiceEngine",
                // What `bench codec` compares the codecs with; sockets of `bench peer`.
                "CDatagrams", "COpus", "COpenCoreAMRNB", "COpenCoreAMRWB", "CVoAMRWBEnc",
                // The program's allocator. Libraries leave that to who embeds them.
                "CTCMalloc",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),

        // MARK: Tests

        // Shared by tests: messages that are hard to read, and sockets that speak octets.
        .target(name: "TortureMessages", path: "Tests/TortureMessages"),
        .target(
            name: "RawPeers",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Tests/RawPeers"
        ),
        // An HTTP server that does what a test wants.
        .target(
            name: "WebPeers",
            dependencies: [
                "Workflows",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/WebPeers"
        ),
        // A network between a sender and a leg, and what is heard behind it.
        .target(
            name: "NetworkModel",
            dependencies: ["Codecs", "Media", "RTP", "SDP", "Timing", "VoiceEngine"],
            path: "Tests/NetworkModel"
        ),
        .executableTarget(
            name: "NetworkBench",
            dependencies: ["NetworkModel", "Codecs", "Media", "SDP"],
            path: "Tests/NetworkBench"
        ),
        .testTarget(name: "LayeringTests"),
        .testTarget(name: "SIPTests", dependencies: ["SIP", "Timing", "TortureMessages"]),
        .testTarget(name: "SDPTests", dependencies: ["SDP"]),
        .testTarget(name: "IMSTests", dependencies: ["IMS", "SIP"]),
        .testTarget(name: "RTPTests", dependencies: ["RTP", "Timing"]),
        .testTarget(name: "SRTPTests", dependencies: ["SRTP"]),
        .testTarget(
            name: "CodecsTests",
            dependencies: ["Codecs", .target(name: "CFlite", condition: .when(traits: ["LocalEngine"]))]
        ),
        .testTarget(name: "VoiceEngineTests", dependencies: ["VoiceEngine", "Codecs", "CCrypto"]),
        .testTarget(
            name: "MediaTests",
            dependencies: ["Media", "NetworkModel", "RTP", "SRTP", "Codecs", "SDP", "VoiceEngine", "Timing"]
        ),
        .testTarget(
            name: "EngineTransportTests",
            dependencies: [
                "EngineTransport", "VoiceEngine", "Codecs",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "MediaTransportTests",
            dependencies: [
                "MediaTransport", "Media", "RTP", "Codecs", "SDP", "VoiceEngine", "Timing", "EngineTransport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "LocalEngineTests",
            dependencies: [
                "LocalEngine", "EngineTransport", "VoiceEngine", "Codecs",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "OperationsTests",
            dependencies: [
                "ApplicationServer", "Operations", "ReferenceAS",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "ApplicationServerTests",
            dependencies: [
                "ApplicationServer", "IMS", "Media", "SIP", "Timing", "VoiceEngine",
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "WorkflowsTests",
            dependencies: [
                "VoiceEngine", "WebPeers", "Workflows",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .testTarget(
            name: "ConfigurationTests",
            dependencies: ["ReferenceAS", "ApplicationServer", .product(name: "Logging", package: "swift-log")]
        ),
        .testTarget(
            name: "SIPTransportTests",
            dependencies: [
                "RawPeers", "SIPTransport", "SIP", "Timing", "CDatagrams", "CThreads",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        // They run the program itself, which every build of the tests builds.
        .testTarget(name: "CommandTests", dependencies: ["TortureMessages"]),
        .testTarget(
            name: "InteropTests",
            dependencies: [
                "ApplicationServer", "Codecs", "LocalEngine", "MediaTransport", "Media", "Operations", "RawPeers",
                "ReferenceAS",
                "SDP", "SIP", "SIPTransport", "TortureMessages", "VoiceEngine", "WebPeers",
                "Workflows",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            exclude: ["Scenarios"]
        ),
    ],
    swiftLanguageModes: [.v6]
)
