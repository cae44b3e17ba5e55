internal import ArgumentParser
internal import Foundation
internal import WGECore
internal import WGEKube
internal import WGELocalCluster

/// Which server is measured.
enum Target {
  enum Spec: Sendable, ExpressibleByArgument {
    case memory
    case sqlite
    case https
    case httpsMemory
    case kubeconfig(name: String, path: String, processes: [Int32])

    init?(argument: String) {
      switch argument {
      case "memory": self = .memory
      case "sqlite": self = .sqlite
      case "https": self = .https
      case "https-memory": self = .httpsMemory
      default:
        let pair = argument.split(separator: "=", maxSplits: 1)
        guard pair.count == 2 else { return nil }
        let parts = pair[1].split(separator: ",")
        guard let path = parts.first else { return nil }
        let processes = parts.dropFirst().compactMap { Int32($0) }
        guard processes.count == parts.count - 1 else { return nil }
        self = .kubeconfig(name: String(pair[0]), path: String(path), processes: processes)
      }
    }

    var name: String {
      switch self {
      case .memory: "memory"
      case .sqlite: "sqlite"
      case .https: "https"
      case .httpsMemory: "https-memory"
      case .kubeconfig(let name, _, _): name
      }
    }
  }
}

/// One server under measurement, with what was put there.
final class Session: Sendable {
  let name: String
  let isLocal: Bool
  let transport: any KubeTransport
  let client: KubeClient
  /// Where everything is created.
  let namespace = "wge-bench-" + String(UInt32.random(in: 0 ... .max), radix: 36)
  /// How many ConfigMaps there are.
  let seeded = Shared(0)

  private let cluster: LocalCluster?
  private let child: Process?
  private let folder: URL?
  private let processes: [Int32]

  init(_ spec: Target.Spec) async throws {
    name = spec.name
    var folder: URL?
    var child: Process?
    var cluster: LocalCluster?
    var processes: [Int32] = []
    switch spec {
    case .memory:
      cluster = try LocalCluster(storage: .memory, configuration: Self.configuration)
    case .sqlite:
      let made = try Self.makeFolder()
      folder = made
      cluster = try LocalCluster(
        storage: .sqlite(path: made.appendingPathComponent("cluster.sqlite").path), configuration: Self.configuration)
    case .https, .httpsMemory:
      let made = try Self.makeFolder()
      folder = made
      var memory = false
      if case .httpsMemory = spec { memory = true }
      child = try await ServerProcess.start(folder: made, memory: memory)
      if let child { processes = [child.processIdentifier] }
    case .kubeconfig(_, _, let given): processes = given
    }
    if let cluster {
      transport = cluster.transport()
    } else {
      var path = folder?.appendingPathComponent("kubeconfig.yaml").path ?? ""
      if case .kubeconfig(_, let given, _) = spec { path = given }
      transport = try HTTPKubeTransport(kubeconfig: try Kubeconfig.load(file: path))
    }
    self.cluster = cluster
    self.child = child
    self.folder = folder
    self.processes = processes
    isLocal = cluster != nil
    client = KubeClient(transport: transport)
    do {
      _ = try await client.create(.namespaces, DynamicObject(.namespaces, name: namespace))
    } catch {
      child?.terminate()
      throw error
    }
  }

  /// Room for the events that the informer catches up with.
  private static var configuration: LocalCluster.Configuration {
    var configuration = LocalCluster.Configuration()
    configuration.watchWindow = ServerProcess.watchWindow
    return configuration
  }

  private static func makeFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("wge-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  /// Resident memory of the server's processes, now and at its peak.
  var memory: String {
    if processes.isEmpty { return isLocal ? "shared with the benchmark" : "unknown (name its PIDs)" }
    let now = processes.map { Machine.memory($0, "VmRSS") }.reduce(0, +)
    let peak = processes.map { Machine.memory($0, "VmHWM") }.reduce(0, +)
    return "\(now / 1024) MiB, at most \(peak / 1024) MiB"
  }

  /// Nil where it cannot be told from the client's.
  var processorSeconds: Double? {
    processes.isEmpty ? nil : processes.map(Machine.processorSeconds).reduce(0, +)
  }

  /// Leaves nothing behind.
  func close() async {
    try? await client.deleteCollection(.configMaps, namespace: namespace)
    try? await client.deleteCollection(.deployments, namespace: namespace)
    _ = try? await client.delete(.namespaces, ObjectKey(namespace: nil, name: namespace))
    cluster?.close()
    child?.terminate()
    if let folder { try? FileManager.default.removeItem(at: folder) }
  }
}

/// The server that lies beside this program.
enum ServerProcess {
  /// More than any benchmark writes between a list and a watch.
  static let watchWindow = 65_536

  static func start(folder: URL, memory: Bool) async throws -> Process {
    let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent("wge-kube-serve")
    let process = Process()
    process.executableURL = program
    process.arguments = ["--directory", folder.path, "--window", "\(watchWindow)"] + (memory ? ["--memory"] : [])
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let kubeconfig = folder.appendingPathComponent("kubeconfig.yaml").path
    for _ in 0..<600 {
      if FileManager.default.fileExists(atPath: kubeconfig) { return process }
      guard process.isRunning else { break }
      try await Task.sleep(for: .milliseconds(50))
    }
    process.terminate()
    throw Failure("\(program.path) did not start")
  }
}

struct Failure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }

  static func check(_ condition: Bool, _ message: @autoclosure () -> String) throws {
    if !condition { throw Failure(message()) }
  }
}
