internal import HTTPTypes
internal import WGECore

/// Gets and lists.
struct Reader: Sendable {
  let cluster: Cluster

  func presentation(_ context: RequestContext, _ resource: Resource) -> Presentation {
    Presentation(
      resource: resource, form: context.form, clock: PrintClock(now: cluster.now),
      includes: TablePrinter.Includes(rawValue: context.query.text("includeObject")) ?? .metadata)
  }

  func get(_ context: inout RequestContext, _ resource: Resource) throws(APIStatus) -> Reply {
    context.form = try OutputForm(context, resource)
    let key = resource.storageKey(namespace: context.info.namespace, name: context.info.name)
    let version: UInt64?
    do { version = try context.query.resourceVersion() } catch { throw APIStatus(500, "", error.problem) }
    try checkNotTooNew(version)
    guard let stored = cluster.store.object(resource.storageName, key) else {
      throw .notFound(resource, context.info.name)
    }
    try Conversion(effects: context.effects).prepare([stored], resource)
    return .bytes(200, presentation(context, resource).whole(stored), context)
  }

  /// Refuses a version that the cluster has not reached.
  func checkNotTooNew(_ version: UInt64?) throws(APIStatus) {
    guard let version, version > cluster.store.revision else { return }
    throw APIStatus(
      504, "Timeout", "Timeout: Too large resource version: \(version), current: \(cluster.store.revision)",
      details: .init(
        causes: [.init(reason: "ResourceVersionTooLarge", message: "Too large resource version")], retryAfterSeconds: 1)
    )
  }

  // MARK: Lists

  func list(_ context: inout RequestContext, _ resource: Resource) throws(APIStatus) -> Reply {
    context.form = try OutputForm(context, resource)
    let page = try page(context, resource)
    let body = presentation(context, resource).list(
      page.items, revision: page.revision, next: page.next, remaining: page.remaining)
    return .bytes(200, body, context)
  }

  struct Page {
    var items: [StoredObject]
    var revision: UInt64
    var next: String?
    var remaining: Int?
  }

  /// What selects the objects of a list or watch.
  struct Filter: Sendable {
    var labels: LabelSelector
    var fields: FieldSelector
    let resource: Resource

    /// Reads and checks everything that the query says, in upstream's order: of several mistakes the
    /// client is told the same one.
    init(_ query: QueryOptions, _ resource: Resource, isWatch: Bool) throws(APIStatus) {
      for name in ["timeoutSeconds", "limit"] { _ = try query.integer(name) }
      labels = try LabelSelector(query: query.text("labelSelector"))
      fields = try FieldSelector(query: query.text("fieldSelector"))
      self.resource = resource
      try query.checkListOptions(isWatch: isWatch)
      try fields.check(against: resource)
    }

    var isEmpty: Bool { labels.isEmpty && fields.terms.isEmpty }

    func matches(_ stored: StoredObject) -> Bool {
      if isEmpty { return true }
      // A webhook may make other labels and fields of an object.
      let json = resource.custom?.webhook == nil ? stored.json : Presentation.present(stored, resource)
      return labels.matches(json) && fields.matches(json, resource)
    }
  }

  func page(_ context: RequestContext, _ resource: Resource) throws(APIStatus) -> Page {
    let query = context.query
    let filter = try Filter(query, resource, isWatch: false)
    let limit = try query.integer("limit") ?? 0
    let token = query.text("continue")
    let match = query.text("resourceVersionMatch")
    var start: ContinueToken?
    if !token.isEmpty {
      do { start = try ContinueToken(token) } catch {
        throw .badRequest("invalid continue token: continue key is not valid: \(error.problem)")
      }
    }
    let version: UInt64?
    do { version = try query.resourceVersion() } catch {
      throw .badRequest("invalid resource version: \(error.problem)")
    }
    var reading: Store.Reading
    var after: String?
    if let start {
      if let version, version != 0 {
        throw .badRequest("specifying resource version is not allowed when using continue")
      }
      if !start.isLatest { try checkNotTooNew(start.revision) }
      guard
        let past = start.isLatest
          ? cluster.store.read(resource.storageName) : cluster.store.read(resource.storageName, at: start.revision)
      else {
        var status = APIStatus.expired(
          "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list."
        )
        status.continueToken = ContinueToken(revision: ContinueToken.latest, key: start.key).text
        throw status
      }
      reading = past
      after = start.key
    } else if let version, version > 0, match == "Exact" || (match.isEmpty && limit > 0) {
      try checkNotTooNew(version)
      guard let past = cluster.store.read(resource.storageName, at: version) else {
        throw .expired("The resourceVersion for the provided list is too old.")
      }
      reading = past
    } else {
      try checkNotTooNew(version)
      reading = cluster.store.read(resource.storageName)
    }
    let conversion = Conversion(effects: context.effects)
    if !filter.isEmpty {
      try conversion.prepare(resource) { reading.objects.values(prefix: Self.prefix(context.info, resource)) }
    }
    let page = collect(
      reading, context.info, resource, filter, limit: limit, after: after, isUnlimited: version == 0,
      isPast: !token.isEmpty || match == "Exact")
    try conversion.prepare(page.items, resource)
    return page
  }

  /// What the keys of the objects begin with that a request concerns.
  static func prefix(_ info: RequestInfo, _ resource: Resource) -> String {
    resource.isNamespaced && !info.namespace.isEmpty ? "\(info.namespace)/" : ""
  }

  private func collect(
    _ reading: Store.Reading, _ info: RequestInfo, _ resource: Resource, _ filter: Filter, limit: Int64, after: String?,
    isUnlimited: Bool, isPast: Bool
  ) -> Page {
    let prefix = Self.prefix(info, resource)
    // "0" follows "/", so it ends the keys of a namespace.
    let end = prefix.isEmpty ? nil : "\(info.namespace)0"
    var page = Page(items: [], revision: reading.revision)
    // The watch cache, which serves resourceVersion=0, ignores limits.
    let bound = limit > 0 && !isUnlimited ? Int(clamping: limit) : Int.max
    var lastKey: String?
    var more = 0
    reading.objects.scan(prefix: prefix, after: after) { entry in
      guard filter.matches(entry.value) else {
        // Reads of an older revision go by keys, and do not look ahead for one that matches.
        if isPast, page.items.count == bound { more += 1 }
        return true
      }
      if page.items.count < bound {
        page.items.append(entry.value)
        lastKey = entry.key
        return true
      }
      more = filter.isEmpty ? reading.objects.count(from: entry.key, to: end) : 1
      return false
    }
    if more > 0, let lastKey {
      page.next = ContinueToken(revision: reading.revision, key: lastKey).text
      page.remaining = filter.isEmpty ? more : nil
    }
    return page
  }
}
