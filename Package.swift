// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// Dependencies of the server stack, which hosts without the trait neither resolve nor build.
let server: TargetDependencyCondition? = .when(traits: ["Server"])

let package = Package(
  name: "wge",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "WGECore", targets: ["WGECore"]),
    .library(name: "WGEHTTP", targets: ["WGEHTTP"]),
    .library(name: "WGERegex", targets: ["WGERegex"]),
    .library(name: "WGERego", targets: ["WGERego"]),
    .library(name: "CWGEAllocations", targets: ["CWGEAllocations"]),
    .library(name: "WGERegoCertificates", targets: ["WGERegoCertificates"]),
    .library(name: "WGERegoTemplates", targets: ["WGERegoTemplates"]),
    .library(name: "WGERegoTokens", targets: ["WGERegoTokens"]),
    .library(name: "WGEGoTemplate", targets: ["WGEGoTemplate"]),
    .library(name: "WGESprigCrypto", targets: ["WGESprigCrypto"]),
    .library(name: "WGEKube", targets: ["WGEKube"]),
    .library(name: "WGEGit", targets: ["WGEGit"]),
    .library(name: "WGEAuth", targets: ["WGEAuth"]),
    .library(name: "WGELocalCluster", targets: ["WGELocalCluster"]),
    .library(name: "WGELocalFlux", targets: ["WGELocalFlux"]),
    .library(name: "WGEClusters", targets: ["WGEClusters"]),
    .library(name: "WGEPipelines", targets: ["WGEPipelines"]),
    .library(name: "WGEAPI", targets: ["WGEAPI"]),
    .library(name: "WGEServer", targets: ["WGEServer"]),
    .library(name: "WGELocalClusterServer", targets: ["WGELocalClusterServer"]),
    .library(name: "WGECommandLine", targets: ["WGECommandLine"]),
    .library(name: "WGEPlayground", targets: ["WGEPlayground"]),
    .executable(name: "rego", targets: ["rego"]),
    .executable(name: "gotmpl", targets: ["gotmpl"]),
    .executable(name: "wge", targets: ["wge"]),
    .executable(name: "wge-controller", targets: ["wge-controller"]),
    .executable(name: "wge-playground", targets: ["wge-playground"]),
    .executable(name: "wge-server", targets: ["wge-server"]),
  ],
  traits: [
    .trait(name: "Server", description: "The HTTP, gRPC and console server, and the HTTPS face of local clusters."),
    .default(enabledTraits: ["Server"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.0.0"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.4.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.0"),
    .package(url: "https://github.com/apple/swift-nio-http2", from: "1.44.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/attaswift/BigInt", from: "6.0.1"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
    .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
    .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/onevcat/Rainbow", from: "4.2.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // Floor 0: C
    .systemLibrary(name: "CWGECrypt", pkgConfig: "libxcrypt", providers: [.apt(["libcrypt-dev"])]),
    .systemLibrary(
      name: "CWGECurl", pkgConfig: "libcurl",
      providers: [.apt(["libcurl4-openssl-dev"]), .yum(["libcurl-devel"]), .brew(["curl"])]),
    .systemLibrary(name: "CWGEGit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"]), .brew(["libgit2"])]),
    .systemLibrary(name: "CWGESSH2", pkgConfig: "libssh2", providers: [.apt(["libssh2-1-dev"]), .brew(["libssh2"])]),
    // Calls of the system that make descriptors which no program inherits.
    .systemLibrary(name: "CWGESystem"),
    // Counts allocations, for measuring.
    .target(name: "CWGEAllocations"),
    // Floor 1: engines and values
    .target(
      name: "WGECore",
      dependencies: [.product(name: "Yams", package: "Yams")],
      swiftSettings: settings),
    .target(
      name: "WGEHTTP",
      dependencies: ["CWGECurl", "WGECore", .product(name: "HTTPTypes", package: "swift-http-types")],
      swiftSettings: settings),
    .target(name: "WGERegex", swiftSettings: settings),
    .target(name: "WGEGoFormat", dependencies: ["WGERegex"], swiftSettings: settings),
    .target(
      name: "WGERego",
      dependencies: [
        "WGECore", "WGEGoFormat", "WGERegex",
        .product(name: "BigInt", package: "BigInt"),
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: settings),
    .target(
      name: "WGERegoTokens",
      dependencies: [
        "WGECore", "WGERego",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "CryptoExtras", package: "swift-crypto"),
      ],
      swiftSettings: settings),
    .target(
      name: "WGERegoCertificates",
      dependencies: [
        "WGECore", "WGERego",
        .product(name: "BigInt", package: "BigInt"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "CryptoExtras", package: "swift-crypto"),
      ],
      swiftSettings: settings),
    .target(name: "WGERegoTemplates", dependencies: ["WGECore", "WGEGoTemplate", "WGERego"], swiftSettings: settings),
    .target(
      name: "WGEGoTemplate",
      dependencies: ["WGECore", "WGEGoFormat", "WGERegex", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: settings),
    .target(
      name: "WGESprigCrypto",
      dependencies: [
        "CWGECrypt", "WGECore", "WGEGoTemplate",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "CryptoExtras", package: "swift-crypto"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "X509", package: "swift-certificates"),
      ],
      swiftSettings: settings),
    // Floor 2: systems
    .target(
      name: "WGEKube",
      dependencies: [
        "WGECore",
        "WGEHTTP",
        .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "HashTreeCollections", package: "swift-collections"),
        .product(name: "HeapModule", package: "swift-collections"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: settings),
    .target(
      name: "WGEGit",
      dependencies: [
        "CWGEGit2", "CWGESSH2", "CWGESystem", "WGECore", "WGEHTTP",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      swiftSettings: settings),
    .target(
      name: "WGEAuth",
      dependencies: [
        "CWGECrypt", "WGECore", "WGEHTTP", "WGEKube",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      swiftSettings: settings),
    .target(
      name: "WGELocalCluster",
      dependencies: [
        "WGECore", "WGEGoFormat", "WGEHTTP", "WGEKube", "WGERegex",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      swiftSettings: settings),
    .target(
      name: "WGELocalFlux",
      dependencies: [
        "WGECore", "WGEGit", "WGEHTTP", "WGEKube",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),
    // Floor 3: domains
    .target(name: "WGEClusters", dependencies: ["WGECore", "WGEKube"], swiftSettings: settings),
    .target(name: "WGEPipelines", dependencies: ["WGECore", "WGEKube", "WGEGit"], swiftSettings: settings),
    // Floor 4: delivery
    .target(
      name: "WGEAPI",
      dependencies: [
        "WGEAuth", "WGEClusters", "WGECore", "WGEGit", "WGEKube", "WGEPipelines",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        .product(name: "GRPCCore", package: "grpc-swift-2", condition: server),
        .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf", condition: server),
      ],
      exclude: ["Protos"],
      swiftSettings: settings),
    .target(
      name: "WGELocalClusterServer",
      dependencies: [
        "WGECore", "WGEKube",
        .product(name: "Crypto", package: "swift-crypto", condition: server),
        .product(name: "HTTPTypes", package: "swift-http-types", condition: server),
        .product(name: "HummingbirdCore", package: "hummingbird", condition: server),
        .product(name: "Logging", package: "swift-log", condition: server),
        .product(name: "NIOCore", package: "swift-nio", condition: server),
        .product(name: "NIOHTTP2", package: "swift-nio-http2", condition: server),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras", condition: server),
        .product(name: "NIOHTTPTypesHTTP2", package: "swift-nio-extras", condition: server),
        .product(name: "NIOPosix", package: "swift-nio", condition: server),
        .product(name: "NIOSSL", package: "swift-nio-ssl", condition: server),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle", condition: server),
        .product(name: "SwiftASN1", package: "swift-asn1", condition: server),
        .product(name: "X509", package: "swift-certificates", condition: server),
      ],
      swiftSettings: settings),
    .target(
      name: "WGECommandLine",
      dependencies: [
        "WGECore", "WGEHTTP",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Rainbow", package: "Rainbow"),
      ],
      swiftSettings: settings),
    .target(
      name: "WGEServer",
      dependencies: [
        "WGEAPI", "WGEAuth", "WGEClusters", "WGECore", "WGEGit", "WGEHTTP", "WGEKube", "WGEPipelines",
        .product(name: "GRPCCore", package: "grpc-swift-2", condition: server),
        .product(name: "GRPCNIOTransportHTTP2", package: "grpc-swift-nio-transport", condition: server),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird", condition: server),
        .product(name: "HummingbirdCore", package: "hummingbird", condition: server),
        .product(name: "HummingbirdHTTP2", package: "hummingbird", condition: server),
        .product(name: "HummingbirdTLS", package: "hummingbird", condition: server),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "CoreMetrics", package: "swift-metrics", condition: server),
        .product(name: "Metrics", package: "swift-metrics", condition: server),
        .product(name: "Mustache", package: "swift-mustache", condition: server),
        .product(name: "NIOCore", package: "swift-nio", condition: server),
        .product(name: "NIOSSL", package: "swift-nio-ssl", condition: server),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle", condition: server),
        .product(name: "UnixSignals", package: "swift-service-lifecycle", condition: server),
      ],
      swiftSettings: settings),
    .target(
      name: "WGEPlayground",
      dependencies: [
        "WGEAPI", "WGEAuth", "WGEClusters", "WGECommandLine", "WGECore", "WGEGit", "WGEKube", "WGELocalCluster",
        "WGELocalClusterServer", "WGELocalFlux", "WGEPipelines", "WGEServer",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),
    // Floor 5: examples
    .executableTarget(
      name: "rego",
      dependencies: [
        "CWGEAllocations", "WGECore", "WGERego", "WGERegoCertificates", "WGERegoTemplates", "WGERegoTokens",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Examples/Rego",
      swiftSettings: settings),
    .executableTarget(
      name: "wge-playground",
      dependencies: [
        "WGEPlayground",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Examples/Playground",
      swiftSettings: settings),
    .executableTarget(
      name: "wge-server",
      dependencies: [
        "WGEAPI", "WGEAuth", "WGEClusters", "WGECore", "WGEKube", "WGEPipelines", "WGEServer",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      path: "Examples/Server",
      swiftSettings: settings),
    .executableTarget(
      name: "wge",
      dependencies: [
        "WGECommandLine", "WGECore", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Examples/CLI",
      swiftSettings: settings),
    .executableTarget(
      name: "wge-controller",
      dependencies: [
        "WGEClusters", "WGECore", "WGEGit", "WGEHTTP", "WGEKube", "WGEPipelines",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      path: "Examples/Controller",
      swiftSettings: settings),
    .executableTarget(
      name: "gotmpl",
      dependencies: [
        "WGECore", "WGEGoTemplate", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Examples/Gotmpl",
      swiftSettings: settings),
    // Tests, and what they share
    .target(
      name: "WGETestSupport",
      dependencies: ["CWGESystem", "WGECore"],
      path: "Tests/WGETestSupport",
      swiftSettings: settings),
    // A process that tests kill and stop.
    .executableTarget(
      name: "wge-victim",
      dependencies: [
        "WGECore", "WGEKube", "WGELocalCluster", .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      path: "Tests/WGEVictim",
      swiftSettings: settings),
    .testTarget(
      name: "WGEClustersTests", dependencies: ["WGEClusters", "WGECore", "WGETestSupport"], swiftSettings: settings),
    .testTarget(
      name: "WGELocalFluxTests", dependencies: ["WGELocalFlux", "WGECore", "WGEGit", "WGETestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "WGEPlaygroundTests",
      dependencies: [
        "WGECore", "WGEKube", "WGEPlayground", "WGETestSupport", "wge-playground",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "WGELocalClusterServerTests",
      dependencies: [
        "WGECore", "WGEHTTP", "WGEKube", "WGELocalCluster", "WGELocalClusterServer", "WGETestSupport",
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "WGECommandLineTests", dependencies: ["WGECommandLine"], swiftSettings: settings),
    .testTarget(
      name: "WGECoreTests",
      dependencies: ["WGECore", "WGETestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "WGESprigCryptoTests",
      dependencies: [
        "WGECore", "WGEGoTemplate", "WGESprigCrypto", "WGETestSupport",
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "X509", package: "swift-certificates"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "WGEGoTemplateTests",
      dependencies: ["WGECore", "WGEGoTemplate", "WGESprigCrypto", "WGETestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "WGERegoTests",
      dependencies: [
        "WGECore", "WGERego", "WGERegoCertificates", "WGERegoTemplates", "WGERegoTokens", "WGETestSupport",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "WGERegexTests", dependencies: ["WGECore", "WGERegex", "WGETestSupport"], swiftSettings: settings),
    .testTarget(
      name: "WGEHTTPTests",
      dependencies: ["WGEHTTP", "WGECore", "WGETestSupport", .product(name: "HTTPTypes", package: "swift-http-types")],
      swiftSettings: settings),
    .testTarget(
      name: "WGEKubeTests",
      dependencies: [
        "WGEKube", "WGEHTTP", "WGECore", "WGELocalCluster", "WGETestSupport",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "MetricsTestKit", package: "swift-metrics"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
        .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "WGEKubeRuntimeTests",
      dependencies: [
        "WGEKube", "WGECore", "WGELocalCluster", "WGETestSupport", "wge-victim",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "WGEKubeContractTests",
      dependencies: [
        "WGECore", "WGEKube", "WGELocalCluster", "WGELocalClusterServer", "WGETestSupport",
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "WGEAuthTests",
      dependencies: [
        "WGEAuth", "WGECore", "WGEKube", "WGETestSupport", .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "WGEGitTests",
      dependencies: [
        "WGEGit", "WGECore", "WGEHTTP", "WGETestSupport",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "WGEPipelinesTests",
      dependencies: [
        "WGEPipelines", "WGECore", "WGEKube", "WGEGit", "WGELocalCluster", "WGETestSupport",
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "WGELocalClusterTests",
      dependencies: [
        "WGECore", "WGEKube", "WGELocalCluster", "WGETestSupport", "wge-victim",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "WGEAPITests",
      dependencies: [
        "WGEAPI", "WGEAuth", "WGEClusters", "WGECore", "WGEGit", "WGEKube", "WGEPipelines", "WGETestSupport",
        .product(name: "GRPCCore", package: "grpc-swift-2", condition: server),
        .product(name: "GRPCInProcessTransport", package: "grpc-swift-2", condition: server),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["Fixtures"],
      swiftSettings: settings),
    .testTarget(
      name: "WGEServerTests",
      dependencies: [
        "WGEAPI", "WGEAuth", "WGECore", "WGEKube", "WGEClusters", "WGEPipelines", "WGEServer", "WGETestSupport",
        .product(name: "GRPCCore", package: "grpc-swift-2", condition: server),
        .product(name: "GRPCNIOTransportHTTP2", package: "grpc-swift-nio-transport", condition: server),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird", condition: server),
        .product(name: "HummingbirdTesting", package: "hummingbird", condition: server),
        .product(name: "CoreMetrics", package: "swift-metrics", condition: server),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio", condition: server),
        .product(name: "NIOPosix", package: "swift-nio", condition: server),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle", condition: server),
      ],
      swiftSettings: settings),
  ]
)
