import Foundation
import HTTPTypes
import WGECore
import WGEKube
import WGELocalCluster

/// Writes to a local cluster's file from many tasks at once and reports each write that was
/// acknowledged, one line each:
///
///     ack OBJECT STEP VERSION UID        created or changed: data.step is STEP
///     gone OBJECT STEP VERSION           deleted by step STEP
///     refused MESSAGE                    a write got a 500
///
/// Every object has one writer, which goes on to the next step when the last one was answered; so a
/// killed process leaves at most one step per object that was made and not reported.
///
/// With a limit no file may grow beyond so many bytes, as on a full disk; the process ends when that
/// has refused writes, after one more write without the limit.
struct StorageWriter {
  let file: String
  let writers: Int
  let limit: UInt64?

  private static let maps = "/api/v1/namespaces/default/configmaps"

  func run() async throws {
    // A file that may not grow then gives an error, as a full disk does, and not a signal.
    signal(SIGXFSZ, SIG_IGN)
    let cluster = try LocalCluster(storage: .sqlite(path: file))
    report("ready")
    if let limit { Self.setFileLimit(limit) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<writers { group.addTask { try await Self.write(cluster, "w\(writer)") } }
      try await group.waitForAll()
    }
    // All writers were refused. Reads go on, and writes as soon as there is room.
    let list = try await Self.send(cluster, .get, Self.maps)
    report("list \(list.code) \(list.json["items"]?.arrayValue?.count ?? -1)")
    Self.setFileLimit(.max)
    let later = try await Self.send(cluster, .post, Self.maps, Self.body("later", 1))
    report("later \(later.code)")
    cluster.close()
  }

  private static func body(_ name: String, _ step: Int) -> [UInt8] {
    JSON.object([
      "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name)],
      "data": ["step": .string("\(step)"), "text": .string(String(repeating: "x", count: step * 37 % 3000))],
    ]).serialized()
  }

  private static func send(
    _ cluster: LocalCluster, _ method: HTTPRequest.Method, _ path: String, _ body: [UInt8] = []
  ) async throws -> (code: Int, json: JSON) {
    let answer = try await cluster.transport().send(
      KubeRequest(method: method, path: path, headers: [.contentType: "application/json"], body: body))
    return (answer.status.code, try JSON(parsing: answer.body))
  }

  /// Creates, changes four times, deletes, and again, until a write is refused.
  private static func write(_ cluster: LocalCluster, _ name: String) async throws {
    var step = 1
    let found = try await send(cluster, .get, Self.maps + "/" + name)
    var exists = found.code == 200
    if exists, let last = found.json["data"]?["step"]?.stringValue.flatMap(Int.init) { step = last + 1 }
    while true {
      let answer: (code: Int, json: JSON)
      let deletes = exists && step % 6 == 0
      if deletes {
        answer = try await send(cluster, .delete, Self.maps + "/" + name)
      } else if exists {
        answer = try await send(cluster, .put, Self.maps + "/" + name, body(name, step))
      } else {
        answer = try await send(cluster, .post, Self.maps, body(name, step))
      }
      guard answer.code < 300 else {
        report("refused \(answer.json["message"]?.stringValue ?? "\(answer.code)")")
        return
      }
      let metadata = deletes ? nil : answer.json["metadata"]
      if deletes {
        let version = try await send(cluster, .get, Self.maps).json["metadata"]?["resourceVersion"]?.stringValue ?? ""
        report("gone \(name) \(step) \(version)")
      } else {
        let version = metadata?["resourceVersion"]?.stringValue ?? ""
        report("ack \(name) \(step) \(version) \(metadata?["uid"]?.stringValue ?? "")")
      }
      exists = !deletes
      step += 1
    }
  }

  private static func setFileLimit(_ bytes: UInt64) {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(1), &limit)  // RLIMIT_FSIZE, which Glibc's module leaves out
    limit.rlim_cur = rlim_t(bytes)
    setrlimit(__rlimit_resource_t(1), &limit)
  }
}
