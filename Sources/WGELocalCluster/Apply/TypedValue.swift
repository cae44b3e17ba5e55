internal import WGECore

/// What server-side apply does with values of a known shape: list their fields, compare two, merge
/// one into another, and take fields away.
///
/// Source: sigs.k8s.io/structured-merge-diff, typed. The three walks below follow its rules: maps and
/// structures are merged member by member, lists by their declared kind, atomic ones as a whole.
enum TypedValue {
  /// The shape that a value takes where the schema leaves it open.
  static func shape(_ schema: TypeSchema, of value: JSON) -> TypeSchema {
    let resolved = schema.resolved
    guard case .deduced = resolved else { return resolved }
    switch value {
    case .object: return .map(.deduced, atomic: false)
    case .array: return .list(.deduced, .atomic)
    default: return .any
    }
  }

  /// What tells an item of a list apart; nil for an item that has no keys.
  static func identity(of item: JSON, _ kind: TypeSchema.ListKind, _ element: TypeSchema) -> PathElement? {
    switch kind {
    case .atomic: return nil
    case .set: return .value(item)
    case .map(let keys):
      var result = JSONObject()
      for key in keys {
        if let value = item[key], !value.isNull {
          result[key] = value
        } else if case .structure(let structure) = element.resolved, let field = structure.fields[key],
          let preset = field.keyDefault ?? field.emptyKey
        {
          result[key] = preset
        }
      }
      return result.isEmpty ? nil : .key(result)
    }
  }

  // MARK: Fields of a value

  /// The fields that a configuration speaks of.
  static func fields(of value: JSON, _ schema: TypeSchema) -> FieldSet {
    var set = FieldSet()
    collect(value, schema, [], &set)
    return set
  }

  private static func collect(_ value: JSON, _ schema: TypeSchema, _ path: [PathElement], _ set: inout FieldSet) {
    switch (shape(schema, of: value), value) {
    case (.structure(let structure), .object(let object)) where !structure.atomic:
      for member in object {
        let inner = path + [.field(member.key)]
        let field = structure.fields[member.key]
        collect(member.value, field?.type ?? structure.rest ?? .deduced, inner, &set)
        if field == nil || isEmptyMap(member.value) { set.insert(inner) }
      }
    case (.map(let element, false), .object(let object)):
      for member in object {
        let inner = path + [.field(member.key)]
        collect(member.value, element, inner, &set)
        set.insert(inner)
      }
    case (.list(let element, let kind), .array(let items)) where kind != .atomic:
      let identities = items.map { identity(of: $0, kind, element) }
      let repeated = Set(Self.grouped(items, identities).filter { $0.value.count > 1 }.keys)
      for (item, identity) in zip(items, identities) {
        guard let identity else { continue }
        // What is there more than once is owned as a whole.
        if !repeated.contains(identity) { collect(item, element, path + [identity], &set) }
        set.insert(path + [identity])
      }
    case (.structure(let structure), .null) where !structure.atomic: break
    case (.map(_, false), .null), (.list(_, .set), .null), (.list(_, .map), .null): break
    default: set.insert(path)
    }
  }

  private static func grouped(_ items: [JSON], _ identities: [PathElement?]) -> [PathElement: [JSON]] {
    var result: [PathElement: [JSON]] = [:]
    for (item, identity) in zip(items, identities) {
      if let identity { result[identity, default: []].append(item) }
    }
    return result
  }

  private static func isEmptyMap(_ value: JSON) -> Bool {
    switch value {
    case .null: true
    case .object(let object): object.isEmpty
    default: false
    }
  }

  // MARK: Comparison

  struct Comparison: Sendable {
    var added = FieldSet()
    var removed = FieldSet()
    var modified = FieldSet()
    var isSame: Bool { added.isEmpty && removed.isEmpty && modified.isEmpty }
  }

  static func compare(_ old: JSON, _ new: JSON, _ schema: TypeSchema) -> Comparison {
    var result = Comparison()
    compare(old, new, schema, [], &result)
    return result
  }

  private static func compare(
    _ old: JSON?, _ new: JSON?, _ schema: TypeSchema, _ path: [PathElement], _ result: inout Comparison
  ) {
    if old == nil, new == nil { return }
    if let old, let new, old == new { return }
    let shapes: [TypeSchema]
    let oldShape = old.map { shape(schema, of: $0) }
    let newShape = new.map { shape(schema, of: $0) }
    switch (oldShape, newShape) {
    case (let shape?, nil): shapes = [shape]
    case (nil, let shape?): shapes = [shape]
    case (let a?, let b?): shapes = a.sameShape(b) ? [b] : [a, b]
    default: return
    }
    var isLeaf = false
    for shape in shapes { isLeaf = descend(old, new, shape, path, &result) || isLeaf }
    if isLeaf {
      if old == nil {
        result.added.insert(path)
      } else if new == nil {
        result.removed.insert(path)
      } else {
        result.modified.insert(path)
      }
    } else if old == nil {
      result.added.insert(path)
    } else if new == nil {
      result.removed.insert(path)
    }
  }

  /// Compares what is below; true when there is nothing below and the value is a leaf.
  private static func descend(
    _ old: JSON?, _ new: JSON?, _ shape: TypeSchema, _ path: [PathElement], _ result: inout Comparison
  ) -> Bool {
    switch shape {
    case .structure(let structure) where !structure.atomic:
      return descendObject(old, new, path, &result) { structure.fields[$0]?.type ?? structure.rest ?? .deduced }
    case .map(let element, false):
      return descendObject(old, new, path, &result) { _ in element }
    case .list(let element, let kind) where kind != .atomic:
      let before = old?.arrayValue ?? []
      let after = new?.arrayValue ?? []
      if before.isEmpty, after.isEmpty { return true }
      let left = grouped(before, before.map { identity(of: $0, kind, element) })
      let right = grouped(after, after.map { identity(of: $0, kind, element) })
      for identity in Set(left.keys).union(right.keys) {
        let (old, new) = (left[identity] ?? [], right[identity] ?? [])
        let inner = path + [identity]
        // What is there more than once counts as a whole.
        switch (old.count > 1, new.count > 1) {
        case (false, false): compare(old.first, new.first, element, inner, &result)
        case (true, true): if old != new { result.modified.insert(inner) }
        case (true, false):
          compare(nil, new.first, element, inner, &result)
          result.removed.insert(inner)
        case (false, true):
          compare(old.first, nil, element, inner, &result)
          result.added.insert(inner)
        }
      }
      return false
    default: return true
    }
  }

  private static func descendObject(
    _ old: JSON?, _ new: JSON?, _ path: [PathElement], _ result: inout Comparison, _ type: (String) -> TypeSchema
  ) -> Bool {
    let before = old?.objectValue ?? JSONObject()
    let after = new?.objectValue ?? JSONObject()
    if before.isEmpty, after.isEmpty { return true }
    for member in before {
      compare(member.value, after[member.key], type(member.key), path + [.field(member.key)], &result)
    }
    for member in after where !before.contains(key: member.key) {
      compare(nil, member.value, type(member.key), path + [.field(member.key)], &result)
    }
    return false
  }

  // MARK: Merge

  /// The live value with a configuration laid over it.
  static func merge(_ live: JSON?, _ config: JSON?, _ schema: TypeSchema) -> JSON? {
    guard let config else { return live }
    guard let live else { return config }
    switch (shape(schema, of: config), live, config) {
    case (.structure(let structure), .object(let a), .object(let b)) where !structure.atomic:
      return mergeObjects(a, b) { structure.fields[$0]?.type ?? structure.rest ?? .deduced }
    case (.map(let element, false), .object(let a), .object(let b)):
      return mergeObjects(a, b) { _ in element }
    case (.list(let element, let kind), .array(let a), .array(let b)) where kind != .atomic:
      return .array(mergeLists(a, b, kind, element))
    // Null says nothing of what is in a container.
    case (.structure(let structure), .object, .null) where !structure.atomic: return live
    case (.map(_, false), .object, .null), (.list(_, .set), .array, .null), (.list(_, .map), .array, .null):
      return live
    default: return config
    }
  }

  private static func mergeObjects(_ live: JSONObject, _ config: JSONObject, _ type: (String) -> TypeSchema) -> JSON {
    var members = live.map { ($0.key, $0.value) }
    members += config.compactMap { member in
      merge(live[member.key], member.value, type(member.key)).map { (member.key, $0) }
    }
    return .object(JSONObject(members))
  }

  /// Items that only the live list has keep their place before what follows them; shared and new
  /// items come in the order of the configuration. What the live list has more than once is replaced.
  private static func mergeLists(_ live: [JSON], _ config: [JSON], _ kind: TypeSchema.ListKind, _ element: TypeSchema)
    -> [JSON]
  {
    let left = live.compactMap { item in identity(of: item, kind, element).map { ($0, item) } }
    let right = config.compactMap { item in identity(of: item, kind, element).map { ($0, item) } }
    var liveItems: [PathElement: JSON] = [:]
    var repeated = Set<PathElement>()
    for (identity, item) in left {
      if liveItems.updateValue(item, forKey: identity) != nil { repeated.insert(identity) }
    }
    let configured = Set(right.map(\.0))
    func merged(_ entry: (PathElement, JSON)) -> JSON? {
      merge(repeated.contains(entry.0) ? nil : liveItems[entry.0], entry.1, element)
    }
    var result: [JSON] = []
    var done = Set<PathElement>()
    var shared = right.map(\.0).filter { liveItems[$0] != nil }[...]
    var next = shared.popFirst()
    var l = 0
    var r = 0
    while l < left.count || r < right.count {
      if l < left.count, r < right.count {
        let identity = left[l].0
        if identity == right[r].0 {
          done.insert(identity)
          if let item = merged(right[r]) { result.append(item) }
          l += 1
          r += 1
          next = shared.popFirst()
          continue
        }
        if configured.contains(identity), let next, next != identity {
          // A shared item, but not the one whose turn it is.
          l += 1
          continue
        }
      }
      if l < left.count {
        let identity = left[l].0
        if !configured.contains(identity) {
          result.append(left[l].1)
          l += 1
          continue
        }
        if done.contains(identity) { l += 1 }
      }
      if r < right.count {
        done.insert(right[r].0)
        if let item = merged(right[r]) { result.append(item) }
        if let wanted = next, wanted == right[r].0 { next = shared.popFirst() }
        r += 1
      }
    }
    return result
  }

  // MARK: Removal

  /// The value without the fields of the set; nil when nothing is left of it.
  static func removing(_ set: FieldSet, from value: JSON, _ schema: TypeSchema) -> JSON? {
    if set.isEmpty { return value }
    switch (shape(schema, of: value), value) {
    case (.structure(let structure), .object(let object)) where !structure.atomic:
      return removing(set, from: object) { structure.fields[$0]?.type ?? structure.rest ?? .deduced }
    case (.map(let element, false), .object(let object)):
      return removing(set, from: object) { _ in element }
    case (.list(let element, let kind), .array(let items)) where kind != .atomic:
      if items.isEmpty { return value }
      var kept: [JSON] = []
      var hadMatches = false
      for item in items {
        guard let identity = identity(of: item, kind, element) else {
          kept.append(item)
          continue
        }
        if set.members.contains(identity) { continue }
        guard let below = set.children[identity] else {
          kept.append(item)
          continue
        }
        hadMatches = true
        kept.append(removing(below, from: item, element) ?? emptied(item))
      }
      return kept.isEmpty && !hadMatches ? nil : .array(kept)
    default: return value
    }
  }

  private static func removing(_ set: FieldSet, from object: JSONObject, _ type: (String) -> TypeSchema) -> JSON? {
    if object.isEmpty { return .object(object) }
    var members: [(String, JSON)] = []
    var hadMatches = false
    for member in object {
      let element = PathElement.field(member.key)
      if set.members.contains(element) { continue }
      guard let below = set.children[element] else {
        members.append((member.key, member.value))
        continue
      }
      hadMatches = true
      members.append((member.key, removing(below, from: member.value, type(member.key)) ?? emptied(member.value)))
    }
    return members.isEmpty && !hadMatches ? nil : .object(JSONObject(members))
  }

  /// What is left of a container whose content was taken: it is still there.
  private static func emptied(_ value: JSON) -> JSON {
    switch value {
    case .object: [:]
    case .array: []
    default: .null
    }
  }
}

extension TypeSchema {
  /// Whether two resolved shapes are walked alike.
  fileprivate func sameShape(_ other: TypeSchema) -> Bool {
    switch (self, other) {
    case (.scalar, .scalar), (.any, .any), (.map, .map), (.list, .list), (.structure, .structure): true
    default: false
    }
  }
}
