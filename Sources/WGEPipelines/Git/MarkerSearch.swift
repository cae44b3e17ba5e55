internal import WGECore
internal import WGEGit

/// Finds the files of a commit that bear the markers of a promotion, and edits them in memory.
struct MarkerSearch: Sendable {
  let host: any GitHost
  let repository: RepositoryPath
  let warn: @Sendable (PromotionRequest, String) async -> Void

  /// What is to be written; empty when every marked scalar has the revision already.
  struct Edits: Sendable {
    var changes: [FileChange] = []
    var markers = 0
  }

  /// Files are read this many at a time, so that a host over the network is not flooded.
  private static let concurrency = 8

  /// - Throws: ``PromotionFailure``: `NoPromotionMarker`, `InvalidPromotionMarker`.
  func edits(for request: PromotionRequest, at commit: GitObjectID) async throws -> Edits {
    let marker = PromotionMarker(pipeline: request.pipeline, environment: request.environment)
    let files = try await candidates(at: commit)
    var edits = Edits()
    var unattached: [String] = []
    var unreadable: [String] = []
    var unsupported: [String] = []
    var bytesRead = 0
    for start in stride(from: 0, to: files.count, by: Self.concurrency) {
      let batch = files[start..<min(start + Self.concurrency, files.count)]
      for file in try await read(batch, at: commit) {
        bytesRead += file.bytes.count
        guard bytesRead <= PipelineDefaults.markerTotalBytes else {
          throw PromotionFailure.configuration(
            "RepositoryTooLarge",
            "\(repository) has more than \(PipelineDefaults.markerTotalBytes >> 20) MiB of YAML to search for markers")
        }
        do {
          let result = try MarkerEditor.edit(file.bytes, marker: marker, revision: request.revision)
          edits.markers += result.markers
          unattached += result.unattachedLines.map { "\(file.path):\($0)" }
          if result.edits > 0 { edits.changes.append(.put(file.path, bytes: result.bytes)) }
        } catch  where error.isAboutWholeFile {
          unreadable.append("\(file.path) \(error)")
        } catch {
          unsupported.append("\(file.path): \(error)")
        }
      }
    }
    guard unsupported.isEmpty else {
      throw PromotionFailure.configuration(
        "InvalidPromotionMarker",
        "a marker for \(marker.text) cannot be set: \(unsupported.prefix(5).joined(separator: "; "))")
    }
    for problem in unreadable.prefix(20) {
      await warn(request, "the file \(problem); markers in it, if any, are not set")
    }
    for place in unattached.prefix(20) {
      await warn(request, "the marker at \(place) has no value: put it on the line of the version or directly above")
    }
    guard edits.markers > 0 else { throw noMarker(marker, request, files.count, unattached, unreadable) }
    guard edits.changes.count <= PipelineDefaults.markerEdits else {
      throw PromotionFailure.configuration(
        "TooManyMarkers", "more than \(PipelineDefaults.markerEdits) files bear \(marker.text)")
    }
    return edits
  }

  private func noMarker(
    _ marker: PromotionMarker, _ request: PromotionRequest, _ searched: Int, _ unattached: [String],
    _ unreadable: [String]
  ) -> PromotionFailure {
    var message =
      "no file on \(request.pullRequest?.baseBranch ?? "the base branch") of \(repository) bears the marker "
      + "{\"$promotion\": \"\(marker.text)\"} (\(searched) YAML files searched): add it as a comment to the line "
      + "of the version"
    if let place = unattached.first { message += "; the marker at \(place) is on no value's line" }
    if let problem = unreadable.first { message += "; \(problem)" }
    return .configuration("NoPromotionMarker", message)
  }

  private func candidates(at commit: GitObjectID) async throws -> [GitPath] {
    let entries = try await host.tree(at: .commit(commit), under: nil, recursive: true, in: repository)
    // Symbolic links are not followed: only regular files are looked at.
    let files = entries.compactMap { entry -> GitPath? in
      guard entry.kind == .file || entry.kind == .executable,
        entry.path.hasSuffix(".yaml") || entry.path.hasSuffix(".yml"),
        (entry.size ?? 0) <= Int64(PipelineDefaults.markerFileBytes)
      else { return nil }
      // A name that could not be written back safely is none of ours.
      return try? GitPath(entry.path)
    }
    guard files.count <= PipelineDefaults.markerFiles else {
      throw PromotionFailure.configuration(
        "RepositoryTooLarge",
        "\(repository) has more than \(PipelineDefaults.markerFiles) YAML files to search for markers")
    }
    return files
  }

  private func read(_ paths: ArraySlice<GitPath>, at commit: GitObjectID) async throws -> [FileContent] {
    try await withThrowingTaskGroup(of: (Int, FileContent).self) { tasks in
      for (index, path) in paths.enumerated() {
        tasks.addTask { (index, try await host.file(path, at: .commit(commit), in: repository)) }
      }
      var contents: [(Int, FileContent)] = []
      while let next = try await tasks.next() { contents.append(next) }
      return contents.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }
}
