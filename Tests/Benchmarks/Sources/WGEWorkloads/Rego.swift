internal import Foundation
internal import WGECore
internal import WGERego

extension Workload {
  /// Prepared queries of the policy engine, against `regopy` from PyPI where Python has it. Where one evaluation takes
  /// the peer minutes, a smaller size is compared.
  static func rego() throws -> [Workload] {
    let pod: JSON = [
      "review": ["object": Fixtures.pod(1)], "parameters": ["policy": "Always", "namespaces": ["kube-system"]],
    ]
    let large: JSON = ["items": Fixtures.podList(1000)]
    return try policyLibrary() + [
      regoQuery("an admission policy on a pod", RegoFixtures.admission, input: pod, repetitions: 100),
      regoQuery("walk of 1,000 pods", RegoFixtures.walk, input: large, repetitions: 1, hasPeer: false),
      regoQuery("walk of 50 pods", RegoFixtures.walk, input: ["items": Fixtures.podList(50)], repetitions: 1),
      regoQuery(
        "10,000 rules, indexed", RegoFixtures.indexed, input: ["key": "k7777"], repetitions: 100, hasPeer: false),
      regoQuery(
        "comprehension over 300 x 300", RegoFixtures.comprehension, input: [:], repetitions: 1, hasPeer: false),
      regoQuery(
        "comprehension over 40 x 40", RegoFixtures.comprehension.replacing("300", with: "40"), input: [:],
        repetitions: 1),
    ]
  }

  /// The real policies of the shared data (`WGE_DATA_DIR`), one input each; none where they are absent.
  private static func policyLibrary() throws -> [Workload] {
    let root = ProcessInfo.processInfo.environment["WGE_DATA_DIR"] ?? "../../../shared/data"
    let folder = URL(fileURLWithPath: root).appendingPathComponent("policy-library")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    var queries: [(query: PreparedQuery, input: JSON)] = []
    var lines: [JSON] = []
    for name in names.sorted() where name.hasSuffix(".json") {
      let document = try JSON(parsing: [UInt8](Data(contentsOf: folder.appendingPathComponent(name))))
      guard let text = document["rego"]?.stringValue, let input = document["cases"]?.arrayValue?.first?["input"] else {
        continue
      }
      let program = try RegoCompiler(options: .init(dialect: .automatic)).compile([name: text])
      guard let package = program.packages.first else { continue }
      let entry = "data.\(package.joined(separator: ".")).violation"
      queries.append((try program.prepare(entry), input))
      lines.append(["policy": .string(text), "entry": .string(entry), "input": input])
    }
    if queries.isEmpty {
      print("skipped: no policy-library under WGE_DATA_DIR")
      return []
    }
    let peer = RegoPeer(lines)
    let all = peer.map { $0.usable.map { index in queries[index] } } ?? queries
    return [
      Workload(
        "Rego: \(all.count) policies of a library, one input each", repetitions: 5,
        peer: peer.map { peer in ("regopy", { try peer.run() }) }, cleanUp: { peer?.stop() }
      ) { for (query, input) in all { consume(try query.evaluate(input: input)) } }
    ]
  }

  private static func regoQuery(
    _ what: String, _ policy: String, input: JSON, repetitions: Int, hasPeer: Bool = true
  ) throws -> Workload {
    let query = try RegoCompiler().compile(["bench.rego": policy]).prepare("data.bench.result")
    let value = RegoValue(converting: input)
    try WorkloadFailure.check(query.evaluate(input: value).value != nil, "\(what): the query is undefined")
    let line: JSON = ["policy": .string(policy), "entry": "data.bench.result", "input": input]
    let peer = hasPeer ? RegoPeer([line]) : nil
    return Workload(
      "Rego: \(what)", repetitions: repetitions,
      peer: peer.map { peer in ("regopy", { try peer.run() }) }, cleanUp: { peer?.stop() }
    ) { consume(try query.evaluate(input: value)) }
  }
}

private enum RegoFixtures {
  static let admission = """
    package bench

    object := input.review.object

    containers contains c if some c in object.spec.containers

    excluded if object.metadata.namespace in input.parameters.namespaces

    violation contains msg if {
      not excluded
      some c in containers
      not c.imagePullPolicy == input.parameters.policy
      msg := sprintf("container %v: imagePullPolicy must be %v", [c.name, input.parameters.policy])
    }

    violation contains msg if {
      not excluded
      some c in containers
      not c.resources.limits
      msg := concat(" ", ["container", c.name, "has no limits"])
    }

    result := {"violations": violation}
    """

  static let walk = """
    package bench

    result := count([p | walk(input, [p, v]); is_string(v)])
    """

  static let indexed =
    "package bench\n\n" + (0..<10_000).map { "result := \($0) if input.key == \"k\($0)\"\n" }.joined()

  static let comprehension = """
    package bench

    xs := numbers.range(1, 300)

    result := count({z | some x in xs; some y in xs; z := x * y; z % 7 == 0})
    """
}

/// A Python process that evaluates the same policies when it is told.
private final class RegoPeer: Sendable {
  private let input: Pipe
  private let output: Pipe
  private let process: Process
  /// Which of the policies it can compile.
  let usable: [Int]

  private static let script = """
    import json, os, sys
    # The library writes what it finds wrong to standard output, which is for the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import regopy
    runs, usable = [], []
    for index, line in enumerate(json.loads(sys.stdin.readline())):
        try:
            build = regopy.Interpreter()
            build.add_module("bench.rego", line["policy"])
            bundle = build.build(line["entry"])
            if not bundle.ok:
                continue
            run = regopy.Interpreter()
            run.set_input(line["input"])
            # Some policies end the process; a copy of it finds out.
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    run.query_bundle(bundle)
                    code = 0
                finally:
                    os._exit(code)
            if os.waitpid(child, 0)[1] != 0:
                continue
            runs.append((run, bundle))
            usable.append(index)
        except Exception:
            pass
    print(json.dumps(usable), file=answers, flush=True)
    for line in sys.stdin:
        for run, bundle in runs:
            run.query_bundle(bundle)
        print("done", file=answers, flush=True)
    """

  /// Nil where Python or its module is not there.
  init?(_ lines: [JSON]) {
    // A peer that ended is an error of its own.
    signal(SIGPIPE, SIG_IGN)
    process = Process()
    input = Pipe()
    output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [ProcessInfo.processInfo.environment["WGE_PYTHON"] ?? "python3", "-c", Self.script]
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil,
      (try? input.fileHandleForWriting.write(contentsOf: Data(JSON.array(lines).serialized() + [10]))) != nil,
      case let indices = Self.indices(in: Self.line(of: output)), !indices.isEmpty
    else {
      if process.isRunning { process.terminate() }
      print("skipped: no peer, for python3 has no regopy that can run this")
      return nil
    }
    usable = indices
  }

  /// The numbers of a line `[0, 1, 2]`.
  private static func indices(in line: [UInt8]) -> [Int] {
    line.split { $0 < 0x30 || $0 > 0x39 }.compactMap { Int(String(decoding: $0, as: UTF8.self)) }
  }

  private static func line(of pipe: Pipe) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.last != 10 {
      let next = pipe.fileHandleForReading.availableData
      if next.isEmpty { break }
      bytes += next
    }
    return bytes
  }

  /// One evaluation of each policy.
  func run() throws {
    try input.fileHandleForWriting.write(contentsOf: Data([10]))
    try WorkloadFailure.check(!Self.line(of: output).isEmpty, "the Python peer ended")
  }

  func stop() {
    try? input.fileHandleForWriting.close()
    if process.isRunning { process.terminate() }
  }
}
