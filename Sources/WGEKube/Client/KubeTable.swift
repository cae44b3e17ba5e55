internal import HTTPTypes
public import WGECore

/// Objects as the server prints them for people: the columns of `kubectl get` (`meta.k8s.io/v1 Table`).
public struct KubeTable: Sendable, Hashable {
  /// A column: what it is called and how its cells are to be read.
  public struct Column: Sendable, Hashable {
    /// `Name`, `Ready`; for people, and unique in a table.
    public var name: String
    /// The OpenAPI type of the cells: `string`, `integer`, `number`, `boolean`, `date`.
    public var type: String
    /// The OpenAPI format, `name` for the one column that names the object; empty for none.
    public var format: String
    /// What the column means.
    public var description: String
    /// 0 is shown always; more is shown where there is room (`kubectl get -o wide`).
    public var priority: Int

    /// With these values; the properties say what they mean.
    public init(name: String, type: String, format: String = "", description: String = "", priority: Int = 0) {
      self.name = name
      self.type = type
      self.format = format
      self.description = description
      self.priority = priority
    }
  }

  /// One object.
  public struct Row: Sendable, Hashable {
    /// In the order of the columns.
    public var cells: [JSON]
    /// The object, as much of it as was asked for; nil for none.
    public var object: DynamicObject?
    /// Such as `Completed` for a pod that has finished: a hint for people.
    public var conditions: [Condition]

    /// With these values; the properties say what they mean.
    public init(cells: [JSON], object: DynamicObject? = nil, conditions: [Condition] = []) {
      self.cells = cells
      self.object = object
      self.conditions = conditions
    }
  }

  /// How much of each object comes with its row.
  public enum IncludeObject: String, Sendable, Hashable {
    case none = "None"
    case metadata = "Metadata"
    case object = "Object"
  }

  /// The columns. Empty in the later events of a watch, whose columns are those of the first.
  public var columns: [Column]
  /// In the server's order.
  public var rows: [Row]
  /// The state that the table shows.
  public var resourceVersion: String
  /// Present when there are more rows.
  public var continueToken: String?
  /// How many rows follow in later pages, when the server knows.
  public var remainingItemCount: Int64?

  /// With these values; the properties say what they mean.
  public init(
    columns: [Column], rows: [Row], resourceVersion: String = "", continueToken: String? = nil,
    remainingItemCount: Int64? = nil
  ) {
    self.columns = columns
    self.rows = rows
    self.resourceVersion = resourceVersion
    self.continueToken = continueToken
    self.remainingItemCount = remainingItemCount
  }

  /// The cell of a row in the column of that name; nil when there is no such column.
  public func cell(_ row: Row, _ column: String) -> JSON? {
    guard let index = columns.firstIndex(where: { $0.name == column }), index < row.cells.count else { return nil }
    return row.cells[index]
  }

  /// What a column holds, row by row.
  public func values(_ column: String) -> [JSON] { rows.compactMap { cell($0, column) } }
}

extension KubeTable {
  static let accepts = "application/json;as=Table;g=meta.k8s.io;v=v1"

  /// - Throws: ``KubeError/decoding(what:problem:)`` for anything but a table.
  init(_ json: JSON, what: String, resource: ResourceType) throws {
    guard json["kind"]?.stringValue == "Table" else {
      let found = json["kind"]?.stringValue ?? json.typeName
      throw KubeError.decoding(what: what, problem: "expected a Table, found \"\(found.prefix(64))\"")
    }
    let columns: [Column] = (json["columnDefinitions"]?.arrayValue ?? []).map { definition in
      func text(_ key: String) -> String { definition[key]?.stringValue ?? "" }
      return Column(
        name: text("name"), type: text("type"), format: text("format"), description: text("description"),
        priority: definition["priority"]?.intValue.map { Int(clamping: $0) } ?? 0)
    }
    let rows = (json["rows"]?.arrayValue ?? []).map { row in
      var object = row["object"].flatMap { DynamicObject($0) }
      if let given = object, given.kind == "PartialObjectMetadata" || given.kind.isEmpty {
        object = ObjectForm.metadata.shaped(given, resource)
      }
      return Row(
        cells: row["cells"]?.arrayValue ?? [], object: object,
        conditions: (row["conditions"]?.arrayValue ?? []).compactMap { try? $0.decode(Condition.self) })
    }
    let metadata = json["metadata"]
    self.init(
      columns: columns, rows: rows, resourceVersion: metadata?["resourceVersion"]?.stringValue ?? "",
      continueToken: metadata?["continue"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 },
      remainingItemCount: metadata?["remainingItemCount"]?.intValue)
  }
}

extension KubeClient {
  /// One page of a list in the server's printed form.
  public func table(
    _ resource: ResourceType, namespace: String? = nil, options: ListOptions = ListOptions(),
    includeObject: KubeTable.IncludeObject = .metadata
  ) async throws -> KubeTable {
    try await table(
      resource, path: try ResourcePath.collection(resource, namespace: listNamespace(namespace)),
      query: options.query(), includeObject)
  }

  /// One object in the server's printed form: a table of one row.
  public func table(
    _ resource: ResourceType, _ key: ObjectKey, includeObject: KubeTable.IncludeObject = .metadata
  ) async throws -> KubeTable {
    try await table(
      resource,
      path: try ResourcePath.object(resource, namespace: namespace(key.namespace, resource), name: key.name),
      query: [], includeObject)
  }

  /// Opens a watch whose events carry tables of one row. The first event alone has the columns.
  public func watchTable(
    _ resource: ResourceType, namespace: String? = nil, options: WatchOptions = WatchOptions(),
    includeObject: KubeTable.IncludeObject = .metadata
  ) async throws -> WatchStream<KubeTable> {
    let what = "watch of the table of \(resource.groupResource)"
    return try await watch(
      resource, namespace: namespace, options: options, accept: KubeTable.accepts,
      query: [("includeObject", includeObject.rawValue)]
    ) { try KubeTable($0.json, what: what, resource: resource) }
  }

  private func table(
    _ resource: ResourceType, path: String, query: [(name: String, value: String)],
    _ includeObject: KubeTable.IncludeObject
  ) async throws -> KubeTable {
    let call = Call(
      method: .get, path: path, query: query + [("includeObject", includeObject.rawValue)], accept: KubeTable.accepts,
      isIdempotent: true)
    return try KubeTable(
      try await sender.json(call), what: "table of \(resource.groupResource)", resource: resource)
  }
}
