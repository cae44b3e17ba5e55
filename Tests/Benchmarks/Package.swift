// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "wge-benchmarks",
  platforms: [.macOS(.v15)],
  traits: [
    .trait(name: "Server", description: "Local clusters over HTTPS: builds NIO and Hummingbird, which takes minutes."),
    .default(enabledTraits: ["Server"]),
  ],
  dependencies: [
    .package(name: "wge", path: "../..", traits: [.trait(name: "Server", condition: .when(traits: ["Server"]))]),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    // What is measured, once, for both executables.
    .target(
      name: "WGEWorkloads",
      dependencies: [
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "WGECore", package: "wge"),
        .product(name: "WGEGit", package: "wge"),
        .product(name: "WGEGoTemplate", package: "wge"),
        .product(name: "WGEKube", package: "wge"),
        .product(name: "WGELocalCluster", package: "wge"),
        .product(name: "WGEPipelines", package: "wge"),
        .product(name: "WGERego", package: "wge"),
      ],
      swiftSettings: settings),
    // Percentiles, baselines and thresholds of each workload alone.
    .executableTarget(
      name: "WGEBenchmarks",
      dependencies: ["WGEWorkloads", .product(name: "Benchmark", package: "benchmark")],
      path: "Benchmarks/WGEBenchmarks",
      swiftSettings: settings,
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    .target(name: "CHeapUse"),
    // A client's load on any API server: in this process, over HTTPS, or a real one.
    .executableTarget(
      name: "wge-kube-bench",
      dependencies: [
        "CHeapUse",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "WGECore", package: "wge"),
        .product(name: "WGEKube", package: "wge"),
        .product(name: "WGELocalCluster", package: "wge"),
      ],
      path: "Sources/WGEKubeBench",
      swiftSettings: settings),
    // A local cluster over HTTPS in a process of its own, whose memory can be read.
    .executableTarget(
      name: "wge-kube-serve",
      dependencies: [
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "WGECore", package: "wge"),
        .product(name: "WGEKube", package: "wge"),
        .product(name: "WGELocalCluster", package: "wge"),
        .product(name: "WGELocalClusterServer", package: "wge", condition: .when(traits: ["Server"])),
      ],
      path: "Sources/WGEKubeServe",
      swiftSettings: settings),
    // Workload and peer in turns: ratios.
    .executableTarget(
      name: "wge-ratios",
      dependencies: ["CHeapUse", "WGEWorkloads", .product(name: "CWGEAllocations", package: "wge")],
      path: "Sources/WGERatios", swiftSettings: settings),
  ]
)
