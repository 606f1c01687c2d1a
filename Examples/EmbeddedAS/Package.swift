// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "EmbeddedAS",
    dependencies: [
        // Without the trait LocalEngine: this server brings its own service and needs no voice engine.
        .package(name: "sidetone", path: "../..", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.100.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.6.0"),
    ],
    targets: [
        .executableTarget(
            name: "EmbeddedAS",
            dependencies: [
                .product(name: "ApplicationServer", package: "sidetone"),
                .product(name: "Codecs", package: "sidetone"),
                .product(name: "MediaTransport", package: "sidetone"),
                .product(name: "SIPTransport", package: "sidetone"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        )
    ],
    swiftLanguageModes: [.v6]
)
