/// `metav1.ListMeta`: what a list says of itself.
public struct ListMeta: Sendable, Hashable, Codable {
  /// The version of the collection, from which a watch goes on.
  public var resourceVersion: String?
  /// The token for the next page; nil or empty on the last one.
  public var continueToken: String?
  /// How many items follow this page, where the server knows.
  public var remainingItemCount: Int64?

  private enum CodingKeys: String, CodingKey {
    case resourceVersion
    case continueToken = "continue"
    case remainingItemCount
  }

  /// Metadata made of its fields.
  public init(resourceVersion: String? = nil, continueToken: String? = nil, remainingItemCount: Int64? = nil) {
    self.resourceVersion = resourceVersion
    self.continueToken = continueToken
    self.remainingItemCount = remainingItemCount
  }

  /// True when there is another page.
  public var hasMore: Bool { !(continueToken ?? "").isEmpty }
}

/// A list of typed objects, `WidgetList`.
public struct ObjectList<Item: KubeObject>: Sendable {
  /// Version and paging.
  public var metadata: ListMeta
  /// In the order of the server: by namespace and name.
  public var items: [Item]

  /// A list of the given items.
  public init(metadata: ListMeta = ListMeta(), items: [Item]) {
    self.metadata = metadata
    self.items = items
  }
}

extension ObjectList: Equatable where Item: Equatable {}
extension ObjectList: Hashable where Item: Hashable {}

extension ObjectList: Codable {
  private enum CodingKeys: String, CodingKey {
    case apiVersion
    case kind
    case metadata
    case items
  }

  /// Reads a list. `items` may be null or absent for none. A `kind` other than the item's kind with
  /// `List` at its end, or another version, is an error.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let expected = TypeMeta(listOf: Item.resource)
    for (key, text) in [(CodingKeys.kind, expected.kind), (.apiVersion, expected.apiVersion)] {
      if let found = try container.decodeIfPresent(String.self, forKey: key), found != text {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container, debugDescription: "expected \"\(text)\", found \"\(found.prefix(128))\"")
      }
    }
    metadata = try container.decodeIfPresent(ListMeta.self, forKey: .metadata) ?? ListMeta()
    items = try container.decodeIfPresent([Item].self, forKey: .items) ?? []
  }

  /// Writes the list with its own and every item's `apiVersion` and `kind`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    let type = TypeMeta(listOf: Item.resource)
    try container.encode(type.apiVersion, forKey: .apiVersion)
    try container.encode(type.kind, forKey: .kind)
    try container.encode(metadata, forKey: .metadata)
    try container.encode(items.map { try DynamicObject(encoding: $0) }, forKey: .items)
  }
}

/// A list of objects of any kind.
public struct DynamicList: Sendable, Hashable {
  /// Of the list itself, `v1` and `PodList`.
  public var typeMeta: TypeMeta
  /// Version and paging.
  public var metadata: ListMeta
  /// In the order of the server: by namespace and name.
  public var items: [DynamicObject]

  /// A list of the given items.
  public init(typeMeta: TypeMeta, metadata: ListMeta = ListMeta(), items: [DynamicObject]) {
    self.typeMeta = typeMeta
    self.metadata = metadata
    self.items = items
  }

  /// Reads a list.
  ///
  /// Servers leave `apiVersion` and `kind` out of the items of built-in lists; they are filled in
  /// from the list's own (`PodList` gives `Pod`), so that every item says what it is.
  /// - Throws: ``JSONDecodingError`` when the value is not a list.
  public init(_ json: JSON) throws(JSONDecodingError) {
    guard case .object(let members) = json else {
      throw JSONDecodingError(path: "", problem: "expected a list, found \(json.typePhrase)")
    }
    typeMeta = TypeMeta(
      apiVersion: members["apiVersion"]?.stringValue ?? "", kind: members["kind"]?.stringValue ?? "")
    do {
      metadata = try (members["metadata"] ?? .object([:])).decode(ListMeta.self)
    } catch {
      throw JSONDecodingError(path: error.path.isEmpty ? "metadata" : "metadata.\(error.path)", problem: error.problem)
    }
    items = []
    switch members["items"] {
    case nil, .null: break
    case .array(let elements):
      items.reserveCapacity(elements.count)
      let itemKind = typeMeta.kind.hasSuffix("List") ? String(typeMeta.kind.dropLast(4)) : ""
      for (index, element) in elements.enumerated() {
        guard var object = DynamicObject(element) else {
          throw JSONDecodingError(path: "items[\(index)]", problem: "expected an object, found \(element.typePhrase)")
        }
        if object["kind"] == nil, !itemKind.isEmpty { object.kind = itemKind }
        if object["apiVersion"] == nil, !itemKind.isEmpty { object.apiVersion = typeMeta.apiVersion }
        items.append(object)
      }
    case let other?: throw JSONDecodingError(path: "items", problem: "expected an array, found \(other.typePhrase)")
    }
  }

  /// The list in its JSON form.
  public var json: JSON {
    var meta: JSONObject = [:]
    if let version = metadata.resourceVersion { meta["resourceVersion"] = .string(version) }
    if let token = metadata.continueToken { meta["continue"] = .string(token) }
    if let count = metadata.remainingItemCount { meta["remainingItemCount"] = .number(.int(count)) }
    return [
      "apiVersion": .string(typeMeta.apiVersion), "kind": .string(typeMeta.kind), "metadata": .object(meta),
      "items": .array(items.map(\.json)),
    ]
  }
}

extension DynamicList: Codable {
  /// Reads a list. See ``init(_:)``.
  public init(from decoder: any Decoder) throws { try self.init(JSON(from: decoder)) }

  /// Writes ``json``.
  public func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
}
