internal import WGECore

/// Lists in strategic merge: scalars are joined, items with a key are merged by it, and the order is the
/// patch's for what it names and the object's for the rest.
extension StrategicMergePatch {
  static func mergeField(
    _ name: String, _ patch: [JSON], into live: [JSON], _ schema: TypeSchema, isDeletion: Bool
  ) throws(Failure) -> [JSON] {
    let (element, strategy) = try lookUpList(name, schema)
    guard case .merge(let key) = strategy else {
      return isDeletion ? try mergeList(patch, into: live, key: nil, element, isDeletion: true) : patch
    }
    return try mergeList(patch, into: live, key: key, element, isDeletion: isDeletion)
  }

  private static func mergeList(
    _ patch: [JSON], into live: [JSON], key: String?, _ element: TypeSchema, isDeletion: Bool
  ) throws(Failure) -> [JSON] {
    if live.isEmpty, patch.isEmpty { return live }
    let areObjects = try elementsAreObjects(live, patch)
    var live = live
    var patch = patch
    let merged: [JSON]
    if !areObjects {
      if isDeletion { return live.filter { !patch.contains($0) } }
      merged = distinct(live + patch)
    } else {
      guard let key else {
        throw Failure(message: "cannot merge lists without merge key for \(goKind(element))")
      }
      try carryOutDirectives(&live, &patch, key)
      merged = try mergeItems(patch, into: live, key, element)
    }
    let (named, others) = try partition(merged, by: patch, key)
    return arrange(named, others, order: patch, server: live, key: areObjects ? key : nil)
  }

  private static func goKind(_ schema: TypeSchema) -> String {
    if case .structure = schema { "struct" } else { "map" }
  }

  /// All items of both lists must be of one type.
  private static func elementsAreObjects(_ live: [JSON], _ patch: [JSON]) throws(Failure) -> Bool {
    let all = live + patch
    guard let first = all.first else { throw Failure(message: "no elements in any of the given slices") }
    if first.arrayValue != nil {
      throw Failure(message: "lists of lists are not supported", kind: .unprocessable)
    }
    guard all.allSatisfy({ $0.goTypeName == first.goTypeName }) else {
      throw Failure(
        message: "list element types are not identical: [\(JSON.array(live).goText) \(JSON.array(patch).goText)]")
    }
    return first.objectValue != nil
  }

  /// Each scalar once: a later copy gives its place to the last item.
  private static func distinct(_ items: [JSON]) -> [JSON] {
    var items = items
    var seen = Set<JSON>()
    var index = 0
    while index < items.count {
      if seen.insert(items[index]).inserted {
        index += 1
      } else {
        items.swapAt(index, items.count - 1)
        items.removeLast()
      }
    }
    return items
  }

  private static func carryOutDirectives(_ live: inout [JSON], _ patch: inout [JSON], _ key: String) throws(Failure) {
    var kept: [JSON] = []
    var replaces = false
    for item in patch {
      guard let directive = item["$patch"] else {
        kept.append(item)
        continue
      }
      switch directive {
      case "delete":
        guard let value = item[key] else { throw missingKey(item, key) }
        live.removeAll { $0[key] == value }
      case "replace": replaces = true
      case "merge": throw Failure(message: "merging lists cannot yet be specified in the patch")
      default: throw unknownDirective(directive, item)
      }
    }
    (live, patch) = replaces ? (kept, []) : (live, kept)
  }

  private static func mergeItems(_ patch: [JSON], into live: [JSON], _ key: String, _ element: TypeSchema)
    throws(Failure) -> [JSON]
  {
    var merged = live
    for item in patch {
      guard case .object(let object) = item, let value = object[key] else { throw missingKey(item, key) }
      if let index = merged.firstIndex(where: { $0[key] == value }) {
        merged[index] = .object(try merge(object, into: merged[index].objectValue ?? [:], element))
      } else {
        merged.append(item)
      }
    }
    return merged
  }

  private static func missingKey(_ item: JSON, _ key: String) -> Failure {
    Failure(message: "map: \(item.goText) does not contain declared merge key: \(key)")
  }

  // MARK: Order

  /// A list that comes with `$setElementOrder`; nil when there is no list to put in order.
  static func ordered(
    _ name: String, _ patched: JSON?, _ live: JSON?, order: JSON, _ schema: TypeSchema
  ) throws(Failure) -> JSON? {
    func list(_ json: JSON?) throws(Failure) -> [JSON]? {
      guard let json else { return nil }
      guard case .array(let items) = json else { throw .wrongType(wanted: "[]interface {}", json) }
      return items
    }
    let wanted = try list(order) ?? []
    let server = try list(live)
    let patch = try list(patched)
    let (_, strategy) = try lookUpList(name, schema)
    let key = strategy.key
    try checkOrder(patch ?? [], wanted, key)
    let merged: [JSON]
    switch (server, patch) {
    case (let server?, nil): merged = server
    case (nil, let patch?): merged = withoutDirectives(.array(patch))?.arrayValue ?? []
    case (let server?, let patch?): merged = try mergeField(name, patch, into: server, schema, isDeletion: false)
    case (nil, nil): return nil
    }
    let (named, others) = try partition(merged, by: wanted, key)
    let areObjects = try elementsAreObjects(server ?? [], patch ?? [])
    if areObjects, let key {
      for item in wanted {
        guard item.objectValue != nil else { throw .wrongType(wanted: "map[string]interface {}", item) }
        guard item[key] != nil else { throw missingKey(item, key) }
      }
    }
    return .array(arrange(named, others, order: wanted, server: server ?? [], key: areObjects ? key : nil))
  }

  /// The items that the patch brings must come in the order that it asks for.
  private static func checkOrder(_ patch: [JSON], _ order: [JSON], _ key: String?) throws(Failure) {
    if patch.isEmpty || order.isEmpty { return }
    func identity(_ item: JSON) throws(Failure) -> JSON {
      guard let key else { return item }
      guard item.objectValue != nil else { throw .wrongType(wanted: "map[string]interface {}", item) }
      guard let value = item[key] else { throw missingKey(item, key) }
      return value
    }
    if key != nil {
      for item in patch where item.objectValue == nil { throw .wrongType(wanted: "map[string]interface {}", item) }
    }
    let brought = patch.filter { key == nil || $0["$patch"] != "delete" }
    var index = 0
    var position = 0
    while index < brought.count, position < order.count {
      if brought[index]["$patch"] != nil {
        index += 1
        continue
      }
      if try identity(brought[index]) == identity(order[position]) { index += 1 }
      position += 1
    }
    guard index >= brought.count else {
      throw Failure(
        message:
          "The order in patch list:\n\(JSON.array(patch).goText)\n doesn't match $setElementOrder list:\n\(JSON.array(order).goText)\n"
      )
    }
  }

  /// The items that a list names, and the others.
  private static func partition(_ items: [JSON], by list: [JSON], _ key: String?) throws(Failure) -> ([JSON], [JSON]) {
    guard let key else { return (items.filter { list.contains($0) }, items.filter { !list.contains($0) }) }
    var named: [JSON] = []
    var others: [JSON] = []
    for item in items {
      guard item.objectValue != nil else { throw .wrongType(wanted: "map[string]interface {}", item) }
      guard let value = item[key] else { throw missingKey(item, key) }
      var isNamed = false
      for (index, other) in list.enumerated() {
        guard other.objectValue != nil else { throw Failure(message: "value for key \(index) is not a map") }
        if other[key] == value {
          isNamed = true
          break
        }
      }
      if isNamed { named.append(item) } else { others.append(item) }
    }
    return (named, others)
  }

  /// Puts the named items in the given order and weaves the server's other items in at their old
  /// places, as far as both orders allow.
  private static func arrange(_ named: [JSON], _ others: [JSON], order: [JSON], server: [JSON], key: String?) -> [JSON]
  {
    func identity(_ item: JSON) -> JSON { key.map { item[$0] ?? .null } ?? item }
    func ranks(_ list: [JSON]) -> [JSON: Int] {
      Dictionary(list.enumerated().map { (identity($0.element), $0.offset) }) { first, _ in first }
    }
    func sorted(_ items: [JSON], _ ranks: [JSON: Int]) -> [JSON] {
      items.enumerated().sorted { a, b in
        guard let x = ranks[identity(a.element)], let y = ranks[identity(b.element)], x != y else {
          return a.offset < b.offset
        }
        return x < y
      }.map(\.element)
    }
    let serverRanks = ranks(server)
    let right = sorted(named, ranks(order))
    let left = sorted(others, serverRanks)
    var result: [JSON] = []
    var i = 0
    var j = 0
    while i < left.count || j < right.count {
      if j == right.count {
        result.append(left[i])
        i += 1
      } else if i < left.count, let a = serverRanks[identity(left[i])], let b = serverRanks[identity(right[j])], a < b {
        result.append(left[i])
        i += 1
      } else {
        result.append(right[j])
        j += 1
      }
    }
    return result
  }
}
