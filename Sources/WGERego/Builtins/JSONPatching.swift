/// RFC 6902 on Rego values, which also knows sets.
enum JSONPatching {
  /// The patched value, or nil when an operation does not apply.
  static func apply(_ context: BuiltinContext, _ value: RegoValue, _ operations: RegoArray) throws(BuiltinFailure)
    -> RegoValue?
  {
    var document: RegoValue = value
    try context.walk(value)
    for operation in operations {
      guard case .object(let object) = operation else { return nil }
      guard case .string(let name)? = object["op"] else { return nil }
      guard let path = try object["path"].map({ (value) throws(BuiltinFailure) in try pointer(value) }) else {
        return nil
      }
      try context.work(path.count + 1)
      // Copying a document into itself doubles it.
      do throws(RegoError) { try context.admit(document) } catch { throw .halt(error) }
      switch name {
      case "add":
        guard let value = object["value"] else { return nil }
        guard let next = add(document, path[...], value) else { return nil }
        document = next
      case "remove":
        guard let next = remove(document, path[...]) else { return nil }
        document = next
      case "replace":
        guard let value = object["value"] else { return nil }
        if path.isEmpty {
          document = value
        } else {
          guard get(document, path[...]) != nil, let without = remove(document, path[...]),
            let next = add(without, path[...], value)
          else { return nil }
          document = next
        }
      case "move", "copy":
        guard let from = try object["from"].map({ (value) throws(BuiltinFailure) in try pointer(value) }) else {
          return nil
        }
        guard let moved = get(document, from[...]) else { return nil }
        var base = document
        if name == "move" {
          if from == path { continue }
          guard let without = from.isEmpty ? .null : remove(document, from[...]) else { return nil }
          base = without
        }
        guard let next = add(base, path[...], moved) else { return nil }
        document = next
      case "test":
        guard let value = object["value"] else { return nil }
        guard let found = get(document, path[...]), try context.isEqual(found, value) else { return nil }
      default: return nil
      }
    }
    return document
  }

  private static func pointer(_ value: RegoValue) throws(BuiltinFailure) -> [RegoValue] {
    switch value {
    case .string(let text):
      if text.isEmpty { return [] }
      let trimmed = text.hasPrefix("/") ? text.dropFirst() : text[...]
      return trimmed.split(separator: "/", omittingEmptySubsequences: false).map {
        .string(String($0.replacing("~1", with: "/").replacing("~0", with: "~")))
      }
    case .array(let array): return array.values
    case .set(let set) where set.count == 0: return []
    default:
      throw .type(
        "must be one of {set, array} containing string paths or array of path segments but got \(value.typeName)")
    }
  }

  /// The position that a step names; `end` allows the one past the last.
  private static func index(_ key: RegoValue, _ count: Int, end: Bool) -> Int? {
    switch key {
    case .number(let number):
      guard let index = number.exactInt, index >= 0, index < count || (end && index == count) else { return nil }
      return index
    case .string(let text):
      if end, text == "-" { return count }
      guard text == "0" || !text.hasPrefix("0"), text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
        let index = Int(text),
        index < count || (end && index == count)
      else { return nil }
      return index
    default: return nil
    }
  }

  private static func get(_ value: RegoValue, _ path: ArraySlice<RegoValue>) -> RegoValue? {
    var current = value
    for key in path {
      switch current {
      case .array(let array):
        guard let index = index(key, array.count, end: false) else { return nil }
        current = array[index]
      default:
        guard let next = current.member(key) else { return nil }
        current = next
      }
    }
    return current
  }

  private static func add(_ value: RegoValue, _ path: ArraySlice<RegoValue>, _ new: RegoValue) -> RegoValue? {
    guard let key = path.first else { return new }
    let rest = path.dropFirst()
    switch value {
    case .object(let object):
      if rest.isEmpty { return .object(object.setting(key, new)) }
      guard let inner = object[key], let changed = add(inner, rest, new) else { return nil }
      return .object(object.setting(key, changed))
    case .array(let array):
      var values = array.values
      if rest.isEmpty {
        guard let index = index(key, values.count, end: true) else { return nil }
        values.insert(new, at: index)
        return .list(values)
      }
      guard let index = index(key, values.count, end: false), let changed = add(values[index], rest, new) else {
        return nil
      }
      values[index] = changed
      return .list(values)
    case .set(let set):
      if rest.isEmpty {
        // The step names the element that is added.
        guard ValueOrder.equal(key, new) else { return nil }
        return .set(set.union(RegoSet([new])))
      }
      guard set.contains(key), let changed = add(key, rest, new) else { return nil }
      return .set(set.subtracting(RegoSet([key])).union(RegoSet([changed])))
    default: return nil
    }
  }

  private static func remove(_ value: RegoValue, _ path: ArraySlice<RegoValue>) -> RegoValue? {
    guard let key = path.first else { return nil }
    let rest = path.dropFirst()
    switch value {
    case .object(let object):
      guard let inner = object[key] else { return nil }
      if rest.isEmpty { return .object(object.removing(key)) }
      guard let changed = remove(inner, rest) else { return nil }
      return .object(object.setting(key, changed))
    case .array(let array):
      guard let index = index(key, array.count, end: false) else { return nil }
      var values = array.values
      if rest.isEmpty {
        values.remove(at: index)
      } else {
        guard let changed = remove(values[index], rest) else { return nil }
        values[index] = changed
      }
      return .list(values)
    case .set(let set):
      guard set.contains(key) else { return nil }
      if rest.isEmpty { return .set(set.subtracting(RegoSet([key]))) }
      guard let changed = remove(key, rest) else { return nil }
      return .set(set.subtracting(RegoSet([key])).union(RegoSet([changed])))
    default: return nil
    }
  }
}

let patchBuiltins: [Builtin] = [
  Builtin("json.patch", 2) { context, o throws(BuiltinFailure) in
    try JSONPatching.apply(context, o[0], try o.array(1))
  }
]
