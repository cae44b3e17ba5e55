internal import HTTPTypes
internal import WGECore

/// Opens watches.
struct WatchService: Sendable {
  let cluster: Cluster

  func watch(_ context: inout RequestContext, _ resource: Resource) throws(APIStatus) -> Reply {
    context.form = try OutputForm(accept: context.accept)
    let query = context.query
    let filter = try Reader.Filter(query, resource)
    let reader = Reader(cluster: cluster)
    let version = try Reader.resourceVersion(query)
    let bookmarks = try query.flag("allowWatchBookmarks")
    let match = query.text("resourceVersionMatch")
    let sends = query.has("sendInitialEvents") ? try query.flag("sendInitialEvents") : nil
    if let sends {
      if match != "NotOlderThan" {
        throw .listOptions(
          .forbidden("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"))
      }
      if sends, !bookmarks {
        throw .listOptions(
          .forbidden("allowWatchBookmarks", "sendInitialEvents requires allowWatchBookmarks to be set to true"))
      }
    } else if !match.isEmpty {
      throw .listOptions(
        .forbidden(
          "resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"))
    }
    try reader.checkNotTooNew(version)
    let timeout = try query.integer("timeoutSeconds").flatMap { $0 > 0 ? Duration.seconds(min($0, 86_400)) : nil }
    let presentation = reader.presentation(context, resource)
    let info = context.info
    let exact =
      info.name.isEmpty
      ? nil
      : resource.isNamespaced && info.namespace.isEmpty
        ? nil : resource.storageKey(namespace: info.namespace, name: info.name)
    let prefix = resource.isNamespaced && !info.namespace.isEmpty ? "\(info.namespace)/" : ""
    var start = version ?? 0
    var initial: [[UInt8]] = []
    if sends ?? (start == 0) {
      let reading = cluster.store.read(resource.storageName)
      start = reading.revision
      initial = Self.initialEvents(reading, prefix: prefix, exact: exact, filter, presentation)
      if sends == true { initial.append(presentation.bookmark(start, initialEventsEnd: true)) }
    } else if start == 0 {
      start = cluster.store.revision
    }
    let cursor = WatchCursor(
      store: cluster.store, resource: resource.storageName, prefix: prefix, exact: exact, revision: start,
      initial: initial,
      encoder: Self.encoder(filter, presentation))
    cursor.schedule(
      timeout: timeout ?? Defaults.watchTimeout, bookmarks: bookmarks ? cluster.configuration.bookmarkInterval : nil,
      clock: cluster.configuration.clock)
    return .watch(cursor)
  }

  /// The state as ADDED events, in chunks of about 64 KiB.
  private static func initialEvents(
    _ reading: Store.Reading, prefix: String, exact: String?, _ filter: Reader.Filter, _ presentation: Presentation
  ) -> [[UInt8]] {
    var chunks: [[UInt8]] = []
    var chunk: [UInt8] = []
    reading.objects.scan(prefix: prefix) { entry in
      guard exact == nil || entry.key == exact, filter.matches(entry.value) else { return true }
      chunk += presentation.line("ADDED", entry.value)
      if chunk.count > 65_536 {
        chunks.append(chunk)
        chunk = []
      }
      return true
    }
    if !chunk.isEmpty { chunks.append(chunk) }
    return chunks
  }

  private static func encoder(_ filter: Reader.Filter, _ presentation: Presentation) -> WatchCursor.Encoder {
    WatchCursor.Encoder(
      event: { event in
        // A selector sees objects come and go as they begin and cease to match.
        let matches = event.kind != .deleted && filter.matches(event.object)
        let was = event.previous.map(filter.matches) ?? false
        switch (was, matches) {
        case (false, true): return presentation.line("ADDED", event.object)
        case (true, true): return presentation.line("MODIFIED", event.object)
        case (true, false): return presentation.line("DELETED", event.kind == .deleted ? event.object : event.departed)
        case (false, false): return nil
        }
      },
      bookmark: { presentation.bookmark($0) },
      expired: { revision, oldest in
        Presentation.errorLine(.expired("too old resource version: \(revision) (\(oldest))"))
      })
  }
}

extension LogEvent {
  /// The last matching state, bearing the revision at which it ceased to match.
  fileprivate var departed: StoredObject {
    guard let previous else { return object }
    var json = previous.json
    json.setValue(.string(String(revision)), at: ["metadata", "resourceVersion"])
    return StoredObject(json: json, revision: revision)
  }
}
