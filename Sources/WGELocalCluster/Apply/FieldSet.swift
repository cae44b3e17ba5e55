internal import WGECore

/// One step of a field path: a member, or an item of a list by its keys or its value.
enum PathElement: Sendable, Hashable {
  case field(String)
  case key(JSONObject)
  case value(JSON)
  case index(Int64)

  /// As FieldsV1 writes it: `f:name`, `k:{"name":"a"}`, `v:"x"`, `i:3`.
  var text: String {
    switch self {
    case .field(let name): "f:\(name)"
    case .key(let keys): "k:\(JSON.object(keys))"
    case .value(let value): "v:\(value)"
    case .index(let index): "i:\(index)"
    }
  }

  init?(text: String) {
    let rest = String(text.dropFirst(2))
    if text.hasPrefix("f:") {
      self = .field(rest)
    } else if text.hasPrefix("k:"), case .object(let keys)? = try? JSON(parsing: rest) {
      self = .key(keys)
    } else if text.hasPrefix("v:"), let value = try? JSON(parsing: rest) {
      self = .value(value)
    } else if text.hasPrefix("i:"), let index = Int64(rest) {
      self = .index(index)
    } else {
      return nil
    }
  }

  /// As conflict messages write it: `.name`, `[name="a"]`.
  var messageText: String {
    switch self {
    case .field(let name): ".\(name)"
    case .key(let keys): "[\(keys.map { "\($0.key)=\($0.value)" }.joined(separator: ","))]"
    case .value(let value): "[=\(value)]"
    case .index(let index): "[\(index)]"
    }
  }
}

/// A set of field paths, as `managedFields` records who owns what.
///
/// Source: sigs.k8s.io/structured-merge-diff, fieldpath.
struct FieldSet: Sendable, Hashable {
  /// Paths that end here.
  var members: Set<PathElement> = []
  /// Paths that go on below. Invariant: no child is empty.
  var children: [PathElement: FieldSet] = [:]

  var isEmpty: Bool { members.isEmpty && children.isEmpty }

  mutating func insert(_ path: [PathElement]) { insert(path[...]) }

  private mutating func insert(_ path: ArraySlice<PathElement>) {
    guard let first = path.first else { return }
    if path.count == 1 {
      members.insert(first)
    } else {
      children[first, default: FieldSet()].insert(path.dropFirst())
    }
  }

  init(paths: [[PathElement]]) {
    for path in paths { insert(path) }
  }

  func contains(_ path: [PathElement]) -> Bool {
    guard let first = path.first else { return false }
    if path.count == 1 { return members.contains(first) }
    return children[first]?.contains(Array(path.dropFirst())) ?? false
  }

  mutating func setChild(_ element: PathElement, _ set: FieldSet) {
    children[element] = set.isEmpty ? nil : set
  }

  func union(_ other: FieldSet) -> FieldSet {
    var result = self
    result.members.formUnion(other.members)
    for (element, set) in other.children { result.children[element] = result.children[element]?.union(set) ?? set }
    return result
  }

  /// The paths that are in both, exactly.
  func intersection(_ other: FieldSet) -> FieldSet {
    var result = FieldSet(members: members.intersection(other.members))
    for (element, set) in children {
      if let theirs = other.children[element] { result.setChild(element, set.intersection(theirs)) }
    }
    return result
  }

  /// The paths that are here and not there.
  func subtracting(_ other: FieldSet) -> FieldSet {
    var result = FieldSet(members: members.subtracting(other.members))
    for (element, set) in children {
      result.setChild(element, other.children[element].map(set.subtracting) ?? set)
    }
    return result
  }

  /// The paths that are here and neither in the other set nor below one of its paths.
  func excluding(_ other: FieldSet) -> FieldSet {
    if other.isEmpty { return self }
    var result = FieldSet(members: members.subtracting(other.members))
    for (element, set) in children where !other.members.contains(element) {
      result.setChild(element, other.children[element].map(set.excluding) ?? set)
    }
    return result
  }

  /// Makes each named field of a structure that has members below a member itself: owning a field
  /// of a structure is owning that the structure is there.
  func ensuringNamedFieldsAreMembers(_ schema: TypeSchema) -> FieldSet {
    var result = FieldSet(members: members)
    let resolved = schema.resolved
    for (element, set) in children {
      var type = TypeSchema.deduced
      switch (element, resolved) {
      case (.field(let name), .structure(let structure)):
        if let field = structure.fields[name] {
          result.members.insert(element)
          type = field.type
        } else if let rest = structure.rest {
          type = rest
        }
      case (.field, .map(let inner, _)): type = inner
      case (.key, .list(let inner, _)): type = inner
      default: break
      }
      result.setChild(element, set.ensuringNamedFieldsAreMembers(type))
    }
    return result
  }

  /// All paths, in a fixed order.
  var paths: [[PathElement]] {
    var result = members.map { [$0] }
    for (element, set) in children { result += set.paths.map { [element] + $0 } }
    return result.sorted { a, b in
      a.map(\.text).lexicographicallyPrecedes(b.map(\.text))
    }
  }

  // MARK: FieldsV1

  var json: JSON {
    var result: [(String, JSON)] = []
    for element in members where children[element] == nil { result.append((element.text, [:])) }
    for (element, set) in children {
      var inner = set.json
      if members.contains(element) { inner["."] = [:] }
      result.append((element.text, inner))
    }
    return .object(JSONObject(result))
  }

  /// - Returns: nil for what is not a FieldsV1 document.
  init?(json: JSON, depth: Int = 0) {
    guard case .object(let object) = json, depth < 128 else { return nil }
    for member in object {
      if member.key == "." { continue }
      guard let element = PathElement(text: member.key), case .object(let inner) = member.value else { return nil }
      guard let set = FieldSet(json: member.value, depth: depth + 1) else { return nil }
      if inner.isEmpty || inner.contains(key: ".") { members.insert(element) }
      setChild(element, set)
    }
  }

  init(members: Set<PathElement> = [], children: [PathElement: FieldSet] = [:]) {
    self.members = members
    self.children = children
  }
}
