// Turns YAML events into JSON values.
//
// What YAML has and JSON has not is resolved here: anchors and aliases, merge keys, keys that are
// not strings. An alias shares the storage of the value that it names, so reading is cheap whatever
// it expands to; what makes an expansion bomb dangerous is everybody who walks or prints the value
// later. So each anchor remembers the weight of its value (16 per value plus its text) and every
// use of it is charged against a limit, and depth is counted through aliases.

struct YAMLReader {
  private let events: YAMLEvents
  private let options: YAML.Options
  private var document = 0
  private var anchors: [String: Node] = [:]
  /// Anchors of collections that are still being read, which must not contain themselves.
  private var open: Set<String> = []
  private var aliasBytes = 0
  private(set) var position = YAMLPosition(line: 1, column: 1)

  /// A value, and what it would cost to have it again.
  private struct Node {
    var value: JSON
    var weight: Int
    /// 0 for scalars, 1 for a list of them.
    var height: Int
  }

  private enum Key {
    case name(String, Int)
    case merge
  }

  init(_ bytes: [UInt8], options: YAML.Options) throws(YAMLParseError) {
    self.options = options
    guard bytes.count <= options.maximumBytes else {
      throw YAMLParseError(
        document: 1, line: 1, column: 1, problem: "larger than the limit of \(options.maximumBytes) bytes")
    }
    do {
      events = try YAMLEvents(bytes)
    } catch {
      throw YAMLParseError(document: 1, line: 1, column: 1, problem: error.problem)
    }
  }

  /// The next document; nil at the end of the text. Not to be called again after an error.
  mutating func nextDocument() throws(YAMLParseError) -> JSON? {
    anchors = [:]
    open = []
    aliasBytes = 0
    while true {
      let event = try next()
      switch event.kind {
      case .streamStart, .documentEnd: continue
      case .documentStart: break
      default: return nil
      }
      guard document <= options.maximumDocuments else {
        throw error("more than the limit of \(options.maximumDocuments) documents")
      }
      return try node(try next(), depth: 0).value
    }
  }

  private mutating func next() throws(YAMLParseError) -> YAMLEvent {
    do {
      let event = try events.next()
      position = event.position
      if case .documentStart = event.kind { document += 1 }
      return event
    } catch {
      position = error.position
      let isTooDeep = error.problem.hasPrefix("Maximum nesting level")
      throw self.error(isTooDeep ? "nested deeper than the limit of \(options.maximumDepth)" : error.problem)
    }
  }

  private func error(_ problem: String) -> YAMLParseError {
    YAMLParseError(document: max(1, document), line: position.line, column: position.column, problem: problem)
  }

  // MARK: Nodes

  private mutating func node(_ event: YAMLEvent, depth: Int) throws(YAMLParseError) -> Node {
    let node: Node
    switch event.kind {
    case .alias(let name): return try alias(name, depth: depth)
    case .scalar(let scalar): node = try value(of: scalar)
    case .sequenceStart:
      try enter(event, depth: depth)
      node = try sequence(depth: depth + 1)
    case .mappingStart:
      try enter(event, depth: depth)
      node = try mapping(depth: depth + 1)
    default: throw error("expected a value")
    }
    if let anchor = event.anchor {
      open.remove(anchor)
      anchors[anchor] = node
    }
    return node
  }

  private mutating func enter(_ event: YAMLEvent, depth: Int) throws(YAMLParseError) {
    guard depth < options.maximumDepth else { throw error("nested deeper than the limit of \(options.maximumDepth)") }
    if let anchor = event.anchor { open.insert(anchor) }
  }

  private mutating func alias(_ name: String, depth: Int) throws(YAMLParseError) -> Node {
    if open.contains(name) { throw error("the anchor \"\(name.prefix(64))\" contains itself") }
    guard let node = anchors[name] else { throw error("the anchor \"\(name.prefix(64))\" does not exist") }
    guard depth + node.height <= options.maximumDepth else {
      throw error("nested deeper than the limit of \(options.maximumDepth)")
    }
    // Saturates: weights of nested aliases multiply.
    aliasBytes = aliasBytes.saturatingAdd(node.weight)
    guard aliasBytes <= options.maximumAliasBytes else {
      throw error("aliases expand to more than the limit of \(options.maximumAliasBytes) bytes")
    }
    return node
  }

  private mutating func sequence(depth: Int) throws(YAMLParseError) -> Node {
    var elements: [JSON] = []
    var weight = 16
    var height = 1
    while true {
      let event = try next()
      if case .sequenceEnd = event.kind { break }
      let element = try node(event, depth: depth)
      elements.append(element.value)
      weight = weight.saturatingAdd(element.weight)
      height = max(height, element.height + 1)
    }
    return Node(value: .array(elements), weight: weight, height: height)
  }

  private mutating func mapping(depth: Int) throws(YAMLParseError) -> Node {
    var members: [JSONObject.Member] = []
    var positions: [YAMLPosition] = []
    var merged: [JSONObject] = []
    var weight = 16
    var height = 1
    while true {
      let event = try next()
      if case .mappingEnd = event.kind { break }
      let keyPosition = event.position
      let key = try key(event, depth: depth)
      let valueEvent = try next()
      let value = try node(valueEvent, depth: depth)
      weight = weight.saturatingAdd(value.weight)
      switch key {
      case .name(let name, let keyWeight):
        members.append(JSONObject.Member(key: name, value: value.value))
        positions.append(keyPosition)
        weight = weight.saturatingAdd(keyWeight)
        height = max(height, value.height + 1)
      case .merge:
        position = valueEvent.position
        merged += try mergedObjects(value.value)
        height = max(height, value.height)
      }
    }
    let object = JSONObject(members)
    if object.count != members.count, options.duplicateKeys == .reject { try refuseDuplicate(members, positions) }
    if merged.isEmpty { return Node(value: .object(object), weight: weight, height: height) }
    // The last one wins in an object, so what counts most comes last: the earliest of the merged
    // ones, then the mapping's own.
    let all = merged.reversed().flatMap { Array($0) } + members
    return Node(value: .object(JSONObject(all)), weight: weight, height: height)
  }

  private mutating func refuseDuplicate(
    _ members: [JSONObject.Member], _ positions: [YAMLPosition]
  ) throws(YAMLParseError) {
    var seen: Set<[UInt8]> = []
    for (member, position) in zip(members, positions) where !seen.insert(Array(member.key.utf8)).inserted {
      self.position = position
      throw error("the key \"\(member.key.prefix(64))\" occurs twice")
    }
  }

  private func mergedObjects(_ value: JSON) throws(YAMLParseError) -> [JSONObject] {
    switch value {
    case .object(let object): return [object]
    case .array(let elements):
      var objects: [JSONObject] = []
      for element in elements {
        guard case .object(let object) = element else { break }
        objects.append(object)
      }
      if objects.count == elements.count { return objects }
    default: break
    }
    throw error("a merge key (<<) needs a mapping or a list of mappings")
  }

  // MARK: Scalars and keys

  private func value(of scalar: YAMLScalar) throws(YAMLParseError) -> Node {
    let weight = 16 + scalar.text.utf8.count
    switch try resolve(scalar) {
    case .null: return Node(value: .null, weight: weight, height: 0)
    case .bool(let value): return Node(value: .bool(value), weight: weight, height: 0)
    case .int(let value): return Node(value: .number(.int(value)), weight: weight, height: 0)
    case .uint(let value): return Node(value: .number(JSONNumber(value)), weight: weight, height: 0)
    case .float(let value):
      guard let number = JSONNumber(value) else {
        throw error("\(scalar.text.prefix(8)) is not a number that JSON has")
      }
      return Node(value: .number(number), weight: weight, height: 0)
    case .string(let text): return Node(value: .string(text), weight: weight, height: 0)
    }
  }

  private func resolve(_ scalar: YAMLScalar) throws(YAMLParseError) -> YAMLValue {
    do {
      return try YAMLValue(scalar)
    } catch {
      throw self.error(error.problem)
    }
  }

  private mutating func key(_ event: YAMLEvent, depth: Int) throws(YAMLParseError) -> Key {
    guard case .scalar(let scalar) = event.kind else {
      let keyPosition = event.position
      let node = try node(event, depth: depth)
      position = keyPosition
      switch node.value {
      case .string(let text): return .name(text, node.weight)
      case .number(let number): return .name(number.description, node.weight)
      case .bool(let value): return .name(value ? "true" : "false", node.weight)
      case .null: throw error("null is not a key that JSON has")
      // Most often a template that was not rendered: {{ .name }} is a mapping in a mapping.
      case .array, .object: throw error("\(node.value.typePhrase) cannot be a key; are quotes missing around {{ }}?")
      }
    }
    if scalar.isPlain && scalar.text == "<<" || scalar.tag == YAMLValue.tagPrefix + "merge" { return .merge }
    let text: String
    switch try resolve(scalar) {
    case .string(let value): text = value
    case .bool(let value): text = value ? "true" : "false"
    case .int(let value): text = String(value)
    case .float(let value): text = Self.key(value)
    case .uint, .null: throw error("\(scalar.text.isEmpty ? "null" : scalar.text) is not a key that JSON has")
    }
    if let anchor = event.anchor {
      anchors[anchor] = Node(value: .string(text), weight: 16 + text.utf8.count, height: 0)
    }
    return .name(text, 16 + text.utf8.count)
  }

  /// sigs.k8s.io/yaml prints float keys with the digits of a 32-bit float.
  private static func key(_ value: Double) -> String {
    let narrow = Float(value)
    if narrow.isNaN { return ".nan" }
    if narrow.isInfinite { return narrow < 0 ? "-.inf" : ".inf" }
    return GoFloat.general(narrow)
  }
}

extension Int {
  fileprivate func saturatingAdd(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
