internal import HTTPTypes
internal import WGECore

/// Opens watches.
struct WatchService: Sendable {
  let cluster: Cluster

  func watch(_ context: inout RequestContext, _ resource: Resource) throws(APIStatus) -> Reply {
    context.form = try OutputForm(context, resource)
    let query = context.query
    let filter = try Reader.Filter(query, resource, isWatch: true)
    let reader = Reader(cluster: cluster)
    if !context.info.name.isEmpty, !filter.fields.terms.isEmpty,
      filter.fields.exactValue(of: "metadata.name") != context.info.name
    {
      throw .badRequest("fieldSelector metadata.name doesn't match requested name")
    }
    let version: UInt64?
    do { version = try query.resourceVersion() } catch { throw APIStatus(500, "", error.problem) }
    let bookmarks = query.flag("allowWatchBookmarks")
    let sends = query.has("sendInitialEvents") ? query.flag("sendInitialEvents") : nil
    // A state that is not reached yet cannot be sent. Changes after it can: they come when it is passed.
    if sends == true {
      do { try reader.checkNotTooNew(version) } catch { return .bytes(200, Presentation.errorLine(error), context) }
    }
    let timeout = try query.integer("timeoutSeconds").flatMap { $0 > 0 ? Duration.seconds(min($0, 86_400)) : nil }
    var presentation = reader.presentation(context, resource)
    presentation.header = TableHeader()
    let info = context.info
    let exact =
      info.name.isEmpty
      ? nil
      : resource.isNamespaced && info.namespace.isEmpty
        ? nil : resource.storageKey(namespace: info.namespace, name: info.name)
    let prefix = Reader.prefix(info, resource)
    var start = version ?? 0
    var initial: InitialEvents?
    if sends ?? (start == 0) {
      let reading = cluster.store.read(resource.storageName)
      start = reading.revision
      try Conversion(effects: context.effects).prepare(resource) { reading.objects.values(prefix: prefix) }
      // Where no version was asked for, upstream answers from another layer, which writes the empty time.
      let end =
        sends == true && bookmarks
        ? presentation.bookmark(start, initialEventsEnd: true, isTyped: version == nil && !resource.isCustom) : nil
      initial = InitialEvents(
        objects: reading.objects, prefix: prefix, exact: exact, filter: filter, presentation: presentation,
        end: end)
    } else if start == 0 {
      start = cluster.store.revision
    }
    let cursor = WatchCursor(
      store: cluster.store, resource: resource.storageName, prefix: prefix, exact: exact, revision: start,
      initial: initial, encoder: Self.encoder(filter, presentation, cluster))
    cursor.schedule(
      timeout: timeout ?? Defaults.watchTimeout, bookmarks: bookmarks ? cluster.configuration.bookmarkInterval : nil,
      clock: cluster.configuration.clock)
    return .watch(cursor)
  }

  private static func encoder(_ filter: Reader.Filter, _ presentation: Presentation, _ cluster: Cluster)
    -> WatchCursor.Encoder
  {
    var prepare: (@Sendable ([LogEvent]) async -> [UInt8]?)?
    let resource = presentation.resource
    if resource.custom?.webhook != nil {
      prepare = { events in
        let objects = events.flatMap { [$0.previous, $0.object].compactMap(\.self) }
        return await Conversion.prepare(objects, resource, cluster).map(Presentation.errorLine)
      }
    }
    return WatchCursor.Encoder(
      prepare: prepare,
      event: { event, lines in
        // A selector sees objects come and go as they begin and cease to match.
        let matches = event.kind != .deleted && filter.matches(event.object)
        let was = event.previous.map(filter.matches) ?? false
        switch (was, matches) {
        case (false, true): presentation.appendLine("ADDED", event.object, to: &lines)
        case (true, true): presentation.appendLine("MODIFIED", event.object, to: &lines)
        case (true, false):
          presentation.appendLine(
            "DELETED", event.kind == .deleted ? event.object : presentation.departed(event), to: &lines)
        case (false, false): break
        }
      },
      bookmark: { presentation.bookmark($0) },
      expired: { revision, oldest in
        Presentation.errorLine(.expired("too old resource version: \(revision) (\(oldest))"))
      })
  }
}

/// The state that a watch begins with, as ADDED events, made chunk by chunk as they are asked for: the
/// snapshot is shared, so many watches that begin at once cost no more than one.
struct InitialEvents: Sendable {
  var objects: ChunkedMap<StoredObject>
  let prefix: String
  let exact: String?
  let filter: Reader.Filter
  let presentation: Presentation
  /// The line after the last event.
  var end: [UInt8]?
  /// The last key that was looked at.
  private var after: String?
  private var isDone = false

  init(
    objects: ChunkedMap<StoredObject>, prefix: String, exact: String?, filter: Reader.Filter,
    presentation: Presentation, end: [UInt8]?
  ) {
    self.objects = objects
    self.prefix = prefix
    self.exact = exact
    self.filter = filter
    self.presentation = presentation
    self.end = end
  }

  /// The next lines; nil after the last.
  mutating func next() -> [UInt8]? {
    if isDone { return nil }
    var chunk: [UInt8] = []
    var last = after
    objects.scan(prefix: prefix, after: after) { entry in
      last = entry.key
      guard exact == nil || entry.key == exact, filter.matches(entry.value) else { return true }
      presentation.appendLine("ADDED", entry.value, to: &chunk)
      return chunk.count < Defaults.watchChunkBytes
    }
    after = last
    if chunk.count >= Defaults.watchChunkBytes { return chunk }
    isDone = true
    objects = ChunkedMap()
    if let end { chunk += end }
    return chunk.isEmpty ? nil : chunk
  }
}
