/// Arrays and objects.
enum Collections {
  static func deepUnion(_ a: RegoValue, _ b: RegoValue, depth: Int = 0) throws(BuiltinFailure) -> RegoValue {
    guard case .object(let left) = a, case .object(let right) = b else { return b }
    if depth > RegoDefaults.maximumNesting { throw .halt(.limit(.recursion)) }
    var pairs = left.pairs
    for (key, value) in right.pairs {
      if let under = left[key] {
        pairs.append((key, try deepUnion(under, value, depth: depth + 1)))
      } else {
        pairs.append((key, value))
      }
    }
    return .object(RegoObject(pairs))
  }

  /// Keys as array, set or the keys of an object, in which each key of another object is looked for.
  static func keys(
    _ context: BuiltinContext, _ operands: Operands, _ index: Int, of object: RegoObject
  ) throws(BuiltinFailure) -> RegoSet {
    let weight = try context.walk(operands[index])
    let count = operands[index].collectionCount ?? 0
    try context.work(object.count)
    // A lookup may compare with the largest key.
    if weight > 4 * count + 4 { try context.work(object.count &* (weight >> 6)) }
    switch operands[index] {
    case .array(let array): return RegoSet(array.values)
    case .set(let set): return set
    case .object(let object): return RegoSet(object.keys)
    default: throw operands.wrong(index, "{object, set, array}")
    }
  }

  static func get(_ value: RegoValue, _ path: RegoArray) -> RegoValue? {
    var current = value
    for key in path {
      guard let next = current.member(key) else { return nil }
      current = next
    }
    return current
  }

  static func isSubset(
    _ context: BuiltinContext, _ outer: RegoValue, _ inner: RegoValue, depth: Int = 0
  ) throws(BuiltinFailure) -> Bool {
    try context.work()
    if depth > RegoDefaults.maximumNesting { throw .halt(.limit(.recursion)) }
    switch (outer, inner) {
    case (.object(let a), .object(let b)):
      for index in 0..<b.count {
        guard let other = a[b.key(at: index)] else { return false }
        let value = b.value(at: index)
        switch (other, value) {
        case (.object, .object), (.array, .array), (.set, .set), (.array, .set):
          if try !isSubset(context, other, value, depth: depth + 1) { return false }
        default: if try !context.isEqual(other, value) { return false }
        }
      }
      return true
    case (.set(let a), .set(let b)):
      try context.walk(inner)
      return b.elements.allSatisfy { a.contains($0) }
    case (.array(let a), .array(let b)):
      guard b.count <= a.count else { return false }
      for start in 0...(a.count - b.count) {
        try context.work()
        var index = 0
        while index < b.count, try context.isEqual(a[start + index], b[index]) {
          try context.work()
          index += 1
        }
        if index == b.count { return true }
      }
      return false
    case (.array(let a), .set(let b)):
      try context.walk(outer)
      try context.walk(inner)
      let members = RegoSet(a.values)
      return b.elements.allSatisfy { members.contains($0) }
    default: throw .type("both arguments object.subset must be of the same type or array and set")
    }
  }

  // MARK: - json.filter and json.remove

  /// A set of paths as a tree; an empty node selects everything below.
  final class PathTree {
    var children: [RegoValue: PathTree] = [:]
    var isEnd = false

    func child(_ key: RegoValue) -> PathTree? { children[key] }

    func insert(_ path: [RegoValue]) {
      var node = self
      for key in path {
        if let child = node.child(key) {
          node = child
        } else {
          let child = PathTree()
          node.children[key] = child
          node = child
        }
      }
      node.isEnd = true
    }
  }

  static func paths(_ operands: Operands, _ index: Int) throws(BuiltinFailure) -> PathTree {
    let tree = PathTree()
    let elements: [RegoValue]
    switch operands[index] {
    case .array(let array): elements = array.values
    case .set(let set): elements = set.elements
    default: throw operands.wrong(index, "{set, array}")
    }
    // An empty path selects nothing.
    for element in elements {
      let path = try path(element)
      // No value nests deeper, and the tree is as deep as its longest path.
      if path.count > RegoDefaults.maximumValueDepth { throw .halt(.limit(.recursion)) }
      if !path.isEmpty { tree.insert(path) }
    }
    return tree
  }

  /// A path as text (`a/b/0`, with ~0 and ~1) or as an array.
  static func path(_ value: RegoValue) throws(BuiltinFailure) -> [RegoValue] {
    switch value {
    case .string(let text):
      if text.isEmpty { return [] }
      let trimmed = text.hasPrefix("/") ? text.dropFirst() : text[...]
      return trimmed.split(separator: "/", omittingEmptySubsequences: false).map {
        .string(String($0.replacing("~1", with: "/").replacing("~0", with: "~")))
      }
    case .array(let array): return array.values
    default:
      throw .type(
        "operand 2 must be one of {set, array} containing string paths or array of path segments but got \(value.typeName)"
      )
    }
  }

  private static func select(_ tree: PathTree, key: RegoValue) -> PathTree? {
    if let child = tree.child(key) { return child }
    // Indexes of arrays may be written as text.
    if case .number = key { return tree.child(.string(key.text)) }
    return nil
  }

  static func filter(_ value: RegoValue, _ tree: PathTree) -> RegoValue? {
    if tree.isEnd || tree.children.isEmpty { return value }
    switch value {
    case .object(let object):
      var pairs: [(RegoValue, RegoValue)] = []
      for (key, inner) in object.pairs {
        if let child = select(tree, key: key), let kept = filter(inner, child) { pairs.append((key, kept)) }
      }
      return .object(RegoObject(pairs))
    case .array(let array):
      var kept: [RegoValue] = []
      for (index, inner) in array.enumerated() {
        if let child = select(tree, key: .int(index)), let value = filter(inner, child) { kept.append(value) }
      }
      return .list(kept)
    case .set(let set):
      var kept: [RegoValue] = []
      for inner in set.elements {
        if let child = select(tree, key: inner), let value = filter(inner, child) { kept.append(value) }
      }
      return .set(RegoSet(kept))
    default: return nil
    }
  }

  static func remove(_ value: RegoValue, _ tree: PathTree) -> RegoValue? {
    if tree.isEnd { return nil }
    if tree.children.isEmpty { return value }
    switch value {
    case .object(let object):
      var pairs: [(RegoValue, RegoValue)] = []
      for (key, inner) in object.pairs {
        if let child = select(tree, key: key) {
          if let kept = remove(inner, child) { pairs.append((key, kept)) }
        } else {
          pairs.append((key, inner))
        }
      }
      return .object(RegoObject(pairs))
    case .array(let array):
      var kept: [RegoValue] = []
      for (index, inner) in array.enumerated() {
        if let child = select(tree, key: .int(index)) {
          if let value = remove(inner, child) { kept.append(value) }
        } else {
          kept.append(inner)
        }
      }
      return .list(kept)
    case .set(let set):
      var kept: [RegoValue] = []
      for inner in set.elements {
        if let child = select(tree, key: inner) {
          if let value = remove(inner, child) { kept.append(value) }
        } else {
          kept.append(inner)
        }
      }
      return .set(RegoSet(kept))
    default: return value
    }
  }
}

let collectionBuiltins: [Builtin] = [
  Builtin("array.concat", 2, tier: 1) { context, o throws(BuiltinFailure) in
    let (a, b) = (try o.array(0), try o.array(1))
    try context.reserve(elements: a.count + b.count)
    return .list(a.values + b.values)
  },
  Builtin("array.slice", 3) { _, o throws(BuiltinFailure) in
    let array = try o.array(0)
    let start = min(max(try o.integer(1), 0), array.count)
    let stop = min(max(try o.integer(2), 0), array.count)
    return start >= stop ? .list([]) : .list(array[start..<stop].map(\.self))
  },
  Builtin("array.reverse", 1) { _, o throws(BuiltinFailure) in .list(try o.array(0).reversed()) },
  Builtin("array.flatten", 1) { context, o throws(BuiltinFailure) in
    var result: [RegoValue] = []
    for element in try o.array(0) {
      if case .array(let inner) = element {
        try context.reserve(elements: inner.count)
        result += inner.values
      } else {
        result.append(element)
      }
    }
    return .list(result)
  },
  Builtin("object.get", 3, tier: 1) { context, o throws(BuiltinFailure) in
    let object = try o.object(0)
    if o[1].isCollection { try context.walk(o[1]) }
    if case .array(let path) = o[1] { return Collections.get(o[0], path) ?? o[2] }
    return object[o[1]] ?? o[2]
  },
  Builtin("object.keys", 1) { _, o throws(BuiltinFailure) in .set(RegoSet(ascending: try o.object(0).keys)) },
  Builtin("object.union", 2, tier: 1) { context, o throws(BuiltinFailure) in
    let (a, b) = (try o.object(0), try o.object(1))
    try context.reserve(elements: a.count + b.count)
    return try Collections.deepUnion(.object(a), .object(b))
  },
  Builtin("object.union_n", 1) { context, o throws(BuiltinFailure) in
    var result = RegoValue.object(.empty)
    for element in try o.array(0) {
      guard case .object(let object) = element else {
        throw .type("operand 1 must be array of objects but got array containing \(element.typeName)")
      }
      try context.reserve(elements: object.count)
      result = try Collections.deepUnion(result, element)
    }
    return result
  },
  Builtin("object.remove", 2) { context, o throws(BuiltinFailure) in
    let object = try o.object(0)
    let keys = try Collections.keys(context, o, 1, of: object)
    return .object(RegoObject(object.pairs.filter { !keys.contains($0.0) }))
  },
  Builtin("object.filter", 2) { context, o throws(BuiltinFailure) in
    let object = try o.object(0)
    let keys = try Collections.keys(context, o, 1, of: object)
    return .object(RegoObject(object.pairs.filter { keys.contains($0.0) }))
  },
  Builtin("object.subset", 2) { context, o throws(BuiltinFailure) in
    .bool(try Collections.isSubset(context, o[0], o[1]))
  },
  Builtin("json.filter", 2) { _, o throws(BuiltinFailure) in
    let object = RegoValue.object(try o.object(0))
    let tree = try Collections.paths(o, 1)
    if tree.children.isEmpty { return .object(.empty) }
    return Collections.filter(object, tree) ?? .object(.empty)
  },
  Builtin("json.remove", 2) { _, o throws(BuiltinFailure) in
    Collections.remove(.object(try o.object(0)), try Collections.paths(o, 1)) ?? .object(.empty)
  },
  // `walk` is planned as an iteration; this is for calls that `with` puts in its place.
  {
    var walk = Builtin("walk", 1, tier: 1) { _, o in nil }
    walk.isRelation = true
    return walk
  }(),
]
