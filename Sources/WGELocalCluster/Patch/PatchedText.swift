internal import WGECore

/// A patched object as refusals show it.
///
/// A real server encodes the object with its fields in the order of their declaration, and a patch
/// then reads only those members that it walks through: what it has read is written with sorted
/// keys, the rest stays as it was.
struct PatchedText {
  /// The members that the patch walked through, as paths from the root.
  let touched: Set<[String]>

  /// What the operations of a JSON patch walk through: all but the last step of each path.
  init(operations: [ServerJSONPatch.Operation]) {
    var touched: Set<[String]> = []
    for operation in operations {
      for path in [operation.path, operation.from] {
        let keys = ServerJSONPatch.steps(path ?? "")
        for count in 0..<max(1, keys.count) { touched.insert(Array(keys.prefix(count))) }
      }
    }
    self.touched = touched
  }

  /// What a merge patch walks through: the objects that it has in common with the document.
  init(merging patch: JSON) {
    var touched: Set<[String]> = []
    func walk(_ json: JSON, _ path: [String]) {
      guard case .object(let object) = json else { return }
      touched.insert(path)
      for member in object { walk(member.value, path + [member.key]) }
    }
    walk(patch, [])
    self.touched = touched
  }

  /// Nothing is walked through: all is in the order of declaration.
  init() { touched = [] }

  func text(_ json: JSON, _ schema: TypeSchema) -> String {
    var result = ""
    write(json, schema.resolved, [], into: &result)
    return result
  }

  private func write(_ json: JSON, _ schema: TypeSchema, _ path: [String], into text: inout String) {
    switch json {
    case .object(let object):
      text += "{"
      var isFirst = true
      for (key, value, type) in members(object, schema, isSorted: touched.contains(path)) {
        if !isFirst { text += "," }
        isFirst = false
        text += "\(JSON.string(key).description):"
        write(value, type, path + [key], into: &text)
      }
      text += "}"
    case .array(let items):
      var element = TypeSchema.any
      if case .list(let inner, _) = schema { element = inner.resolved }
      text += "["
      for (index, item) in items.enumerated() {
        if index > 0 { text += "," }
        write(item, element, path + [String(index)], into: &text)
      }
      text += "]"
    default: text += json.description
    }
  }

  private func members(_ object: JSONObject, _ schema: TypeSchema, isSorted: Bool) -> [(String, JSON, TypeSchema)] {
    var types: [String: TypeSchema] = [:]
    var order: [String] = []
    var rest = TypeSchema.any
    switch schema {
    case .structure(let structure):
      order = structure.order
      types = structure.fields.mapValues(\.type)
    case .map(let element, _): rest = element
    default: break
    }
    let keys = object.map(\.key).sorted()
    let known = Set(order)
    let listed = isSorted ? keys : order.filter { object[$0] != nil } + keys.filter { !known.contains($0) }
    return listed.compactMap { key in object[key].map { (key, $0, (types[key] ?? rest).resolved) } }
  }
}
