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
  dependencies: [
    .package(name: "wge", path: "../..", traits: []),
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
        .product(name: "WGEKube", package: "wge"),
        .product(name: "WGELocalCluster", package: "wge"),
        .product(name: "WGEPipelines", package: "wge"),
      ],
      swiftSettings: settings),
    // Percentiles, baselines and thresholds of each workload alone.
    .executableTarget(
      name: "WGEBenchmarks",
      dependencies: ["WGEWorkloads", .product(name: "Benchmark", package: "benchmark")],
      path: "Benchmarks/WGEBenchmarks",
      swiftSettings: settings,
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    // Workload and peer in turns: ratios.
    .executableTarget(
      name: "wge-ratios", dependencies: ["WGEWorkloads"], path: "Sources/WGERatios", swiftSettings: settings),
  ]
)
