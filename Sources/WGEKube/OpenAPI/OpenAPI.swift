internal import HTTPTypes
internal import Synchronization
public import WGECore

/// The OpenAPI documents of a server: which fields its kinds have, and what they mean.
///
/// Version 3 is a document per group version; each is fetched when it is asked for and kept until
/// the server's index names another hash for it. Servers without version 3 give one document for
/// all, of version 2. The index is asked for at most every ``KubeDefaults/discoveryLifetime``, and
/// sooner for a kind that is not known. Concurrent callers share one attempt.
public final class OpenAPI: Sendable {
  private struct Index: Sendable {
    /// Path of a group version, `apis/apps/v1`, to where its document is. Nil for a server that has
    /// version 2 alone.
    var documents: [String: String]?
    var age: Elapsed
    /// Counts the indexes that were read.
    var generation: UInt64 = 0
  }

  private struct Document: Sendable {
    /// Where it came from, its hash included, or the tag that the server gave it.
    var origin: String
    var json: JSON
  }

  private struct State: Sendable {
    var index: Index?
    var documents: [String: Document] = [:]
    var second: Document?
    var generations: UInt64 = 0
  }

  private let sender: RequestSender
  private let state = Mutex(State())
  private let indexFlight = SingleFlight<Index>()

  init(sender: RequestSender) { self.sender = sender }

  /// The paths that have a document, sorted: `api/v1`, `apis/apps/v1`, `version`. Empty for servers
  /// that have version 2 alone.
  public func paths() async throws -> [String] { (try await index().documents ?? [:]).keys.sorted() }

  /// The document of a group version (OpenAPI 3).
  /// - Throws: ``KubeError`` with `isNotFound` when the server has none.
  public func document(group: String, version: String) async throws -> JSON {
    try await document(path: group.isEmpty ? "api/\(version)" : "apis/\(group)/\(version)")
  }

  /// The document of a path as ``paths()`` names it (OpenAPI 3).
  /// - Throws: ``KubeError`` with `isNotFound` when the server has none.
  public func document(path: String) async throws -> JSON {
    var index = try await index()
    if index.documents?[path] == nil, index.age.duration >= KubeDefaults.discoveryMissInterval {
      index = try await refreshIndex()
    }
    guard let location = index.documents?[path] else {
      throw KubeError.status(
        KubeStatus(
          code: 404, reason: .notFound,
          message: index.documents == nil
            ? "the server has no OpenAPI v3 documents" : "the server has no OpenAPI v3 document for \(path)"))
    }
    // An address without a hash says nothing about the content: it stands for as long as the index.
    let origin = location.contains("hash=") ? location : "\(location)#\(index.generation)"
    if let kept = state.withLock({ $0.documents[path] }), kept.origin == origin { return kept.json }
    let json = try await sender.json(try Self.call(location))
    state.withLock { state in
      if state.documents.count >= KubeDefaults.maximumOpenAPIDocuments { state.documents = [:] }
      state.documents[path] = Document(origin: origin, json: json)
    }
    return json
  }

  /// The whole document of version 2. The server is asked each time whether it changed.
  public func secondVersion() async throws -> JSON {
    let kept = state.withLock { $0.second }
    let call = Call(
      method: .get, path: "/openapi/v2", ifNoneMatch: kept?.origin, isIdempotent: true)
    let response = try await sender.send(call)
    if response.status == .notModified, let kept { return kept.json }
    let json = try sender.json(call, response)
    let tag = response.headers[.eTag]
    state.withLock { $0.second = tag.map { Document(origin: $0, json: json) } }
    return json
  }

  /// The schema of a kind, from version 3 or, where the server lacks it, from version 2. References
  /// to other schemas in it are as the document has them.
  /// - Returns: Nil when the server has the group version, but no schema for the kind.
  public func schema(for kind: GroupVersionKind) async throws -> JSON? {
    let schemas: JSON?
    if try await index().documents != nil {
      schemas = try await document(group: kind.group, version: kind.version)["components"]?["schemas"]
    } else {
      schemas = try await secondVersion()["definitions"]
    }
    for member in schemas?.objectValue ?? JSONObject() {
      let kinds = member.value["x-kubernetes-group-version-kind"]?.arrayValue ?? []
      let isMatch = kinds.contains {
        ($0["group"]?.stringValue ?? "") == kind.group && $0["version"]?.stringValue == kind.version
          && $0["kind"]?.stringValue == kind.kind
      }
      if isMatch { return member.value }
    }
    return nil
  }

  /// Forgets the index, so that the next call asks for it. Documents whose hash is the same are
  /// not fetched again.
  public func invalidate() { state.withLock { $0.index = nil } }

  // MARK: The index

  private func index() async throws -> Index {
    if let kept = state.withLock({ $0.index }), kept.age.duration < KubeDefaults.discoveryLifetime { return kept }
    return try await refreshIndex()
  }

  private func refreshIndex() async throws -> Index {
    try await indexFlight.run { [self] in
      let age = Elapsed(sender.clock)
      var index = Index(documents: nil, age: age)
      do {
        let json = try await sender.json(Call(method: .get, path: "/openapi/v3", isIdempotent: true))
        var documents: [String: String] = [:]
        for member in json["paths"]?.objectValue ?? JSONObject() {
          documents[member.key] = member.value["serverRelativeURL"]?.stringValue
        }
        index.documents = documents
      } catch let error as KubeError where error.isNotFound || error.isNotAcceptable {
        // A server before 1.24.
      }
      return state.withLock { state in
        state.generations &+= 1
        index.generation = state.generations
        state.index = index
        if let documents = index.documents { state.documents = state.documents.filter { documents[$0.key] != nil } }
        return index
      }
    }
  }

  /// The call for an address that the server gave: a path of its own, with a query.
  private static func call(_ location: String) throws -> Call {
    let parts = location.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    // Another host would get this client's credentials.
    guard parts[0].hasPrefix("/openapi/v3/"), !parts[0].contains("/../"), !parts[0].contains("//") else {
      throw KubeError.decoding(what: "GET /openapi/v3", problem: "an address is no path below /openapi/v3")
    }
    var query: [(name: String, value: String)] = []
    if parts.count > 1 {
      for pair in parts[1].split(separator: "&") {
        let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        // Hashes are hexadecimal; what would need decoding is passed on as it is.
        query.append((halves[0], halves.count > 1 ? halves[1] : ""))
      }
    }
    return Call(method: .get, path: parts[0], query: query, isIdempotent: true)
  }
}
