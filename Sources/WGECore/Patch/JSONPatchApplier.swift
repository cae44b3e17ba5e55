// Applies patch operations to a document in place.
//
// A patch from outside is hostile in three ways, and each is charged against a limit before the
// work is done: `copy` in a loop doubles the document (effort), inserting at the front of a long
// array moves all of it (effort), and nesting values into each other builds something deeper than
// recursion over it can bear (depth).

struct JSONPatchApplier {
  private(set) var document: JSON
  private let limits: JSONPatch.Limits
  private var effort: Int

  /// Why a step failed, before it is known which operation it belongs to.
  private enum Failure: Error {
    case problem(String)
    case tooDeep
    case tooMuch
    case different
  }

  init(document: JSON, limits: JSONPatch.Limits) {
    self.document = document
    self.limits = limits
    effort = limits.effort
  }

  mutating func apply(_ operation: JSONPatch.Operation, index: Int) throws(JSONPatchError) {
    let path: JSONPointer
    switch operation {
    case .add(let target, _), .remove(let target), .replace(let target, _), .test(let target, _),
      .move(_, let target), .copy(_, let target):
      path = target
    }
    do throws(Failure) {
      try perform(operation)
    } catch {
      switch error {
      case .problem(let problem):
        throw .notApplicable(operation: index, name: operation.name, path: path, problem: problem)
      case .tooDeep: throw .tooExpensive(operation: index, problem: "nested deeper than the limit of \(limits.depth)")
      case .tooMuch: throw .tooExpensive(operation: index, problem: "copies or moves more than the limit allows")
      case .different: throw .testFailed(operation: index, path: path)
      }
    }
  }

  private mutating func perform(_ operation: JSONPatch.Operation) throws(Failure) {
    switch operation {
    case .add(let path, let value):
      try checkDepth(of: value, at: path)
      try add(value, at: path)
    case .remove(let path): _ = try remove(at: path)
    case .replace(let path, let value):
      try checkDepth(of: value, at: path)
      try replace(with: value, at: path)
    case .move(let from, let path):
      if from == path {
        _ = try existing(from)
        return
      }
      if from.isPrefix(of: path) { throw .problem("a value cannot be moved into itself") }
      let value = try remove(at: from)
      try charge(value)
      try checkDepth(of: value, at: path)
      try add(value, at: path)
    case .copy(let from, let path):
      let value = try existing(from)
      try charge(value)
      try checkDepth(of: value, at: path)
      try add(value, at: path)
    case .test(let path, let value):
      guard try existing(path).isNumericallyEqual(to: value) else { throw .different }
    }
  }

  private func existing(_ path: JSONPointer) throws(Failure) -> JSON {
    guard let value = document[path] else { throw .problem("nothing is at \"\(path)\"") }
    return value
  }

  private mutating func add(_ value: JSON, at path: JSONPointer) throws(Failure) {
    try withParent(of: path, orRoot: { $0 = value }) { (parent, token) throws(Failure) -> Int in
      switch parent {
      case .object(var object):
        parent = .null
        object[token] = value
        parent = .object(object)
        return 0
      case .array(var elements):
        let index = try Self.index(token, upTo: elements.count, appending: elements.count)
        parent = .null
        elements.insert(value, at: index)
        let moved = elements.count - index
        parent = .array(elements)
        return moved
      default: throw .problem("the parent is \(parent.typePhrase), not an object or array")
      }
    }
  }

  private mutating func remove(at path: JSONPointer) throws(Failure) -> JSON {
    var removed = JSON.null
    try withParent(
      of: path,
      orRoot: {
        removed = $0
        $0 = .null
      }
    ) { (parent, token) throws(Failure) -> Int in
      switch parent {
      case .object(var object):
        guard object.contains(key: token) else { throw .problem("nothing is there") }
        parent = .null
        removed = object.removeValue(forKey: token) ?? .null
        parent = .object(object)
        return 0
      case .array(var elements):
        let index = try Self.index(token, upTo: elements.count - 1, appending: nil)
        parent = .null
        removed = elements.remove(at: index)
        let moved = elements.count - index
        parent = .array(elements)
        return moved
      default: throw .problem("the parent is \(parent.typePhrase), not an object or array")
      }
    }
    return removed
  }

  private mutating func replace(with value: JSON, at path: JSONPointer) throws(Failure) {
    try withParent(of: path, orRoot: { $0 = value }) { (parent, token) throws(Failure) -> Int in
      switch parent {
      case .object:
        guard parent[token] != nil else { throw .problem("nothing is there") }
        parent[token] = value
      case .array(var elements):
        let index = try Self.index(token, upTo: elements.count - 1, appending: nil)
        parent = .null
        elements[index] = value
        parent = .array(elements)
      default: throw .problem("the parent is \(parent.typePhrase), not an object or array")
      }
      return 0
    }
  }

  // MARK: Walking

  /// Calls `change` with the container that holds what the pointer names, in place. The closure
  /// returns how many array elements it had to move.
  private mutating func withParent(
    of path: JSONPointer, orRoot root: (inout JSON) -> Void,
    _ change: (inout JSON, String) throws(Failure) -> Int
  ) throws(Failure) {
    guard let last = path.tokens.last else {
      root(&document)
      return
    }
    let moved = try Self.descend(path.tokens.dropLast(), in: &document) { (parent) throws(Failure) in
      try change(&parent, last)
    }
    // Moving an element costs a small part of what copying one costs.
    try spend(moved / 16)
  }

  private static func descend(
    _ tokens: ArraySlice<String>, in value: inout JSON, _ change: (inout JSON) throws(Failure) -> Int
  ) throws(Failure) -> Int {
    guard let token = tokens.first else { return try change(&value) }
    let rest = tokens.dropFirst()
    switch value {
    case .object(var object):
      guard var child = object[token] else { throw .problem("\"\(token.prefix(64))\" on the way does not exist") }
      // Both are taken out while the child changes, so that no buffer is copied; an error leaves
      // a torn document behind, which the caller throws away.
      value = .null
      object[token] = JSON.null
      let moved = try descend(rest, in: &child, change)
      object[token] = child
      value = .object(object)
      return moved
    case .array(var elements):
      let index = try index(token, upTo: elements.count - 1, appending: nil)
      value = .null
      var child = elements[index]
      elements[index] = .null
      let moved = try descend(rest, in: &child, change)
      elements[index] = child
      value = .array(elements)
      return moved
    default: throw .problem("\"\(token.prefix(64))\" on the way is looked up in \(value.typePhrase)")
    }
  }

  private static func index(_ token: String, upTo last: Int, appending end: Int?) throws(Failure) -> Int {
    if token == "-" {
      guard let end else { throw .problem("\"-\" names the element after the last one, which does not exist") }
      return end
    }
    guard let index = JSONPointer.arrayIndex(token) else {
      throw .problem("\"\(token.prefix(64))\" is not an array index")
    }
    guard index <= last else { throw .problem("the index \(index) is outside the array") }
    return index
  }

  // MARK: Limits

  private mutating func spend(_ amount: Int) throws(Failure) {
    effort -= amount
    if effort < 0 { throw .tooMuch }
  }

  private mutating func charge(_ value: JSON) throws(Failure) {
    guard let cost = value.weight(limit: effort) else { throw .tooMuch }
    try spend(cost)
  }

  private func checkDepth(of value: JSON, at path: JSONPointer) throws(Failure) {
    guard value.isNested(atMost: limits.depth - path.tokens.count) else { throw .tooDeep }
  }
}

extension JSON {
  /// How many values this one is made of, 64 bytes of text counting as one; nil past the limit.
  fileprivate func weight(limit: Int) -> Int? {
    var total = 0
    var pending = [self]
    while let value = pending.popLast() {
      total += 1
      switch value {
      case .string(let text): total += text.utf8.count / 64
      case .number(.literal(let text)): total += text.utf8.count / 64
      case .array(let elements): pending.append(contentsOf: elements)
      case .object(let object):
        for member in object {
          total += member.key.utf8.count / 64
          pending.append(member.value)
        }
      default: break
      }
      // What is pending will count at least one each.
      if total + pending.count > limit { return nil }
    }
    return total
  }

  /// True when arrays and objects are nested at most that deep; scalars have depth 0.
  func isNested(atMost limit: Int) -> Bool {
    var pending: [(JSON, Int)] = [(self, 1)]
    while let (value, depth) = pending.popLast() {
      switch value {
      case .array(let elements):
        if depth > limit { return false }
        for element in elements where element.isContainer { pending.append((element, depth + 1)) }
      case .object(let object):
        if depth > limit { return false }
        for member in object where member.value.isContainer { pending.append((member.value, depth + 1)) }
      default: break
      }
    }
    return limit >= 0
  }

  private var isContainer: Bool {
    switch self {
    case .array, .object: true
    default: false
    }
  }

  /// Equality as RFC 6902 section 4.6 has it for `test`: numbers are equal when their values are.
  public func isNumericallyEqual(to other: JSON) -> Bool {
    switch (self, other) {
    case (.number(let a), .number(let b)):
      if a == b { return true }
      if let x = a.int64, let y = b.int64 { return x == y }
      // Past 64 bits a double decides, unless both are out of its range too.
      return a.double.isFinite && a.double == b.double && (a.int64 == nil) == (b.int64 == nil)
    case (.array(let a), .array(let b)):
      return a.count == b.count && zip(a, b).allSatisfy { $0.isNumericallyEqual(to: $1) }
    case (.object(let a), .object(let b)):
      return a.count == b.count
        && zip(a, b).allSatisfy { UTF8Order.equal($0.key, $1.key) && $0.value.isNumericallyEqual(to: $1.value) }
    default: return self == other
    }
  }
}
