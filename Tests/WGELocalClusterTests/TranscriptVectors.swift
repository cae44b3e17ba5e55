import Testing
import WGECore
import WGETestSupport

/// The conversations recorded from a real API server, played against a local one.
@Suite struct TranscriptVectors {
  /// Scenarios that must pass. New ones are added as they do; none is taken away.
  static let required: Set<String> = [
    "authentication.json", "crd-cluster-scope.json", "crd-delete-removes-objects.json",
    "crd-invalid-definitions.json", "crd-multi-version.json", "crd-no-status-subresource.json",
    "crd-scale-subresource.json", "crd-validation.json", "crd-cel-rules.json", "create-get-delete.json",
    "create-in-missing-namespace.json", "create-invalid-names.json", "create-kind-mismatch.json",
    "delete-collection.json", "discovery-api-groups.json", "discovery-api-versions.json", "discovery-resources.json",
    "dry-run.json", "field-validation.json", "finalizers.json", "generate-name.json", "health.json",
    "immutable-configmap.json", "json-patch.json", "leases.json", "list-empty-and-all-namespaces.json",
    "list-resource-version.json", "list-selectors.json", "namespace-basics.json", "noop-update-keeps-rv.json",
    "owner-references.json", "pod-defaults.json", "rbac-forbidden-messages.json", "rbac-reviews.json",
    "rbac-role-binding.json", "service-accounts.json", "ssa-basic.json", "ssa-conflict.json", "ssa-dry-run.json",
    "ssa-managed-fields-shape.json", "strategic-merge.json", "unknown-paths.json",
    "watch-all-namespaces-deprecated-path.json", "watch-finalizer-delete.json", "watch-from-now.json",
    "watch-initial-added.json", "watch-name.json", "watch-too-old.json", "yaml-body.json", "yaml-boolean-names.json",
  ]

  @Test func recordedConversations() async throws {
    let files = Vectors.files(in: "kube-transcripts", ext: "json")
    guard !files.isEmpty else {
      print(Vectors.skipMessage("kube-transcripts"))
      return
    }
    let report = SuiteReport("kube-transcripts")
    let outcomes = try await Self.play(files, comparesOwners: false)
    for (name, problem) in outcomes.sorted(by: { $0.name < $1.name }) {
      print(problem == nil ? "passed \(name)" : "FAILED \(name)")
      if let problem { report.fail(name, problem) } else { report.pass() }
    }
    print(report.finish(limit: 60))
    let failed = Set(report.failures)
    #expect(Self.required.intersection(failed).isEmpty)
  }

  /// The same, holding also the recorded owners of fields against ours.
  @Test func recordedOwners() async throws {
    let files = Vectors.files(in: "kube-transcripts", ext: "json")
    guard !files.isEmpty else { return }
    let report = SuiteReport("kube-transcripts with managedFields")
    for (name, problem) in try await Self.play(files, comparesOwners: true) {
      if let problem { report.fail(name, problem) } else { report.pass() }
    }
    print(report.finish(limit: 60))
    #expect(Self.required.intersection(report.failures).isEmpty)
  }

  /// Conversations about corners, recorded by the project in the same way. All of them must pass.
  @Test func recordedCorners() async throws {
    let files = Vectors.fixtures(in: "kube-transcripts", ext: "json")
    #expect(!files.isEmpty)
    let report = SuiteReport("kube-transcripts of corners")
    for (name, problem) in try await Self.play(files, comparesOwners: true) {
      if let problem { report.fail(name, problem) } else { report.pass() }
    }
    print(report.finish(limit: 60))
    #expect(report.failures.isEmpty)
  }

  private static func play(_ files: [Vectors.File], comparesOwners: Bool) async throws -> [(
    name: String, problem: String?
  )] {
    // A few at a time: the recordings wait in real seconds for what a server does in the background.
    let width = 8
    return try await withThrowingTaskGroup(of: (String, String?).self) { group in
      var outcomes: [(String, String?)] = []
      for (index, file) in files.enumerated() {
        if index >= width, let outcome = try await group.next() { outcomes.append(outcome) }
        group.addTask {
          let transcript = try JSON(parsing: file.read())
          let id = String(0xABC000 + index, radix: 16)
          var runner = try TranscriptRunner(transcript, id: id, comparesOwners: comparesOwners)
          do { try await runner.run() } catch { return (file.name, "\(error)") }
          return (file.name, nil)
        }
      }
      for try await outcome in group { outcomes.append(outcome) }
      return outcomes
    }
  }
}
