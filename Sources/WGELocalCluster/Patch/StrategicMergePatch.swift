internal import WGECore

/// Strategic merge patch: a merge patch that knows which lists are maps.
///
/// Items of a list with a merge key are merged by that key; directives in the patch say otherwise:
/// `$patch: delete|replace`, `$retainKeys`, `$setElementOrder/FIELD`, `$deleteFromPrimitiveList/FIELD`.
/// Source: k8s.io/apimachinery, util/strategicpatch.
enum StrategicMergePatch {
  struct Failure: Error {
    let message: String
    /// The patch breaks the format of a directive; else it does not fit the object.
    var isBadRequest = false
  }

  static func apply(_ patch: JSON, to target: JSON, _ schema: TypeSchema) throws(Failure) -> JSON {
    guard case .object(let changes) = patch else { throw Failure(message: "a strategic merge patch must be an object") }
    guard let result = try merge(changes, into: target.objectValue ?? JSONObject(), schema) else { return .object([:]) }
    return .object(result)
  }

  private static let orderPrefix = "$setElementOrder/"
  private static let deletePrefix = "$deleteFromPrimitiveList/"

  /// Nil when the patch deletes the object.
  private static func merge(_ patch: JSONObject, into target: JSONObject, _ schema: TypeSchema) throws(Failure)
    -> JSONObject?
  {
    if let directive = patch["$patch"] {
      var rest = patch
      rest["$patch"] = nil
      switch directive.stringValue {
      case "replace": return rest
      case "delete": return nil
      case "merge": break
      default: throw Failure(message: "unknown patch type: \(directive.goText) in map: \(JSON.object(patch).goText)")
      }
    }
    var result = target
    if let keep = patch["$retainKeys"] {
      guard let names = keep.arrayValue?.compactMap(\.stringValue) else {
        throw Failure(message: "invalid patch format of retainKeys", isBadRequest: true)
      }
      let wanted = Set(names)
      for member in patch where !member.key.hasPrefix("$") && !member.value.isNull && !wanted.contains(member.key) {
        throw Failure(message: "invalid patch format of retainKeys", isBadRequest: true)
      }
      result = JSONObject(target.filter { wanted.contains($0.key) })
    }
    for member in patch where member.key.hasPrefix(deletePrefix) {
      let name = String(member.key.dropFirst(deletePrefix.count))
      guard case .array(let gone) = member.value else { continue }
      if case .array(let items)? = result[name] { result[name] = .array(items.filter { !gone.contains($0) }) }
    }
    var names = patch.map(\.key).filter { !$0.hasPrefix("$") }
    for member in patch where member.key.hasPrefix(orderPrefix) {
      let name = String(member.key.dropFirst(orderPrefix.count))
      if !names.contains(name) { names.append(name) }
    }
    for name in names {
      let type = fieldType(schema, name)
      if patch[name] == nil, case .structure(let structure) = schema.resolved, structure.fields[name] == nil {
        throw Failure(
          message:
            "unable to find api field in struct \(structure.name) for the json field \(FieldError.quote(name))")
      }
      let order = patch[orderPrefix + name]?.arrayValue
      guard let value = patch[name] else {
        // Only an order was given.
        if case .array(let items)? = result[name], case .list(let element, let kind) = type.resolved {
          result[name] = .array(
            arrange(items, patchItems: [], order: order, server: items, key: mergeKey(kind), element))
        }
        continue
      }
      if value.isNull {
        result[name] = nil
        continue
      }
      switch (value, type.resolved) {
      case (.object(let inner), let shape):
        let merged = try merge(inner, into: result[name]?.objectValue ?? JSONObject(), isFree(shape) ? .deduced : shape)
        result[name] = merged.map(JSON.object)
      case (.array(let items), .list(let element, let kind)) where kind != .atomic:
        let server = result[name]?.arrayValue ?? []
        result[name] = .array(try mergeList(items, into: server, kind, element, order: order))
      default: result[name] = value
      }
    }
    return result
  }

  private static func isFree(_ schema: TypeSchema) -> Bool {
    switch schema {
    case .any, .scalar, .list: true
    default: false
    }
  }

  private static func fieldType(_ schema: TypeSchema, _ name: String) -> TypeSchema {
    switch schema.resolved {
    case .structure(let structure): structure.fields[name]?.type ?? structure.rest ?? .deduced
    case .map(let element, _): element
    default: .deduced
    }
  }

  private static func mergeKey(_ kind: TypeSchema.ListKind) -> String? {
    if case .map(let keys) = kind { keys.first } else { nil }
  }

  private static func mergeList(
    _ patch: [JSON], into server: [JSON], _ kind: TypeSchema.ListKind, _ element: TypeSchema, order: [JSON]?
  ) throws(Failure) -> [JSON] {
    if let order { try checkOrder(patch, order, mergeKey(kind)) }
    let mixed = server + patch
    if mixed.contains(where: { $0.objectValue != nil }), mixed.contains(where: { $0.objectValue == nil }) {
      throw Failure(
        message: "list element types are not identical: [\(JSON.array(server).goText) \(JSON.array(patch).goText)]")
    }
    guard let key = mergeKey(kind) else {
      var merged = server
      for item in patch where !merged.contains(item) { merged.append(item) }
      return arrange(merged, patchItems: patch, order: order, server: server, key: nil, element)
    }
    var items: [JSON] = []
    var replaces = false
    var merged = server
    for item in patch {
      guard case .object(var object) = item else { continue }
      switch object["$patch"]?.stringValue {
      case "replace":
        replaces = true
        object["$patch"] = nil
        if !object.isEmpty { items.append(.object(object)) }
      case "delete":
        guard let value = object[key] else {
          throw Failure(message: "map: \(item.goText) does not contain declared merge key: \(key)")
        }
        merged.removeAll { $0[key] == value }
      case nil: items.append(item)
      case let other?: throw Failure(message: "unknown patch type: \(other) in map: \(item.goText)")
      }
    }
    if replaces { return items }
    for item in items {
      guard case .object(let object) = item, let value = object[key] else {
        throw Failure(message: "map: \(item.goText) does not contain declared merge key: \(key)")
      }
      if let index = merged.firstIndex(where: { $0[key] == value }) {
        if let result = try merge(object, into: merged[index].objectValue ?? JSONObject(), element.resolved) {
          merged[index] = .object(result)
        }
      } else {
        // Directives inside a new item are carried out on nothing.
        merged.append(.object(try merge(object, into: JSONObject(), element.resolved) ?? JSONObject()))
      }
    }
    return arrange(merged, patchItems: items, order: order, server: server, key: key, element)
  }

  /// The items that the patch brings must come in the order that it asks for.
  private static func checkOrder(_ patch: [JSON], _ order: [JSON], _ key: String?) throws(Failure) {
    func identity(_ item: JSON) -> JSON { key.flatMap { item[$0] } ?? item }
    let wanted = order.map(identity)
    var position = 0
    for item in patch where item["$patch"] == nil {
      while position < wanted.count, wanted[position] != identity(item) { position += 1 }
      guard position < wanted.count else {
        throw Failure(
          message:
            "The order in patch list:\n\(JSON.array(patch).goText)\n doesn't match $setElementOrder list:\n\(JSON.array(order).goText)\n"
        )
      }
      position += 1
    }
  }

  /// Puts the items that the patch names in the patch's order and weaves the server's other items
  /// in at their old places, as far as both orders allow.
  private static func arrange(
    _ merged: [JSON], patchItems: [JSON], order: [JSON]?, server: [JSON], key: String?, _ element: TypeSchema
  ) -> [JSON] {
    func identity(_ item: JSON) -> JSON { key.flatMap { item[$0] } ?? item }
    let wanted = (order ?? patchItems).map(identity)
    var rank: [JSON: Int] = [:]
    for (index, item) in wanted.enumerated() where rank[item] == nil { rank[item] = index }
    var serverRank: [JSON: Int] = [:]
    for (index, item) in server.enumerated() where serverRank[identity(item)] == nil {
      serverRank[identity(item)] = index
    }
    let right = merged.filter { rank[identity($0)] != nil }.enumerated().sorted { a, b in
      let x = rank[identity(a.element)] ?? 0
      let y = rank[identity(b.element)] ?? 0
      return x == y ? a.offset < b.offset : x < y
    }.map(\.element)
    let left = merged.filter { rank[identity($0)] == nil }
    var result: [JSON] = []
    var i = 0
    var j = 0
    while i < left.count || j < right.count {
      if i == left.count {
        result.append(right[j])
        j += 1
      } else if j == right.count {
        result.append(left[i])
        i += 1
      } else if let a = serverRank[identity(left[i])], let b = serverRank[identity(right[j])], a < b {
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
