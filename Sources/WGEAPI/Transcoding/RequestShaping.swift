internal import WGECore

/// Why a request is not a message: text for the caller, which names the field.
public struct RequestShapeError: Error, Hashable, CustomStringConvertible {
  /// One sentence without a stop.
  public let description: String

  init(_ description: String) { self.description = description }
}

extension MessageShape {
  /// Refuses values of the wrong type, by the name of the field. Unknown fields pass.
  func check(_ json: JSON, at path: String = "") throws {
    guard case .object(let members) = json else {
      throw RequestShapeError(
        path.isEmpty ? "the body must be a JSON object" : "field \(path) must be an object")
    }
    var seen: Set<String> = []
    for member in members {
      guard let field = field(member.key) else { continue }
      let here = path.isEmpty ? member.key : "\(path).\(member.key)"
      guard seen.insert(field.json).inserted else {
        throw RequestShapeError("field \(here) is given twice, as \(field.json) and as \(field.name)")
      }
      try Self.check(member.value, field.kind, at: here)
    }
  }

  private static func check(_ json: JSON, _ kind: Kind, at path: String) throws {
    let fits: Bool
    switch (kind, json) {
    case (_, .null): fits = true
    case (.string, .string), (.bytes, .string), (.bool, .bool): fits = true
    case (.int, .number(let number)): fits = number.int64.flatMap { Int32(exactly: $0) } != nil
    case (.int, .string(let text)): fits = Int32(text) != nil
    case (.long, .number(let number)): fits = number.int64 != nil
    case (.long, .string(let text)): fits = Int64(text) != nil
    case (.double, .number): fits = true
    case (.double, .string(let text)): fits = Double(text) != nil
    case (.message(let name), .object):
      try all[name]?.check(json, at: path)
      fits = true
    case (.list(let element), .array(let values)):
      for (index, value) in values.enumerated() {
        guard !value.isNull else { throw RequestShapeError("field \(path)[\(index)] must be \(element.article)") }
        try check(value, element, at: "\(path)[\(index)]")
      }
      fits = true
    case (.map(let element), .object(let members)):
      for member in members {
        guard !member.value.isNull else {
          throw RequestShapeError("field \(path).\(member.key) must be \(element.article)")
        }
        try check(member.value, element, at: "\(path).\(member.key)")
      }
      fits = true
    default: fits = false
    }
    guard fits else { throw RequestShapeError("field \(path) must be \(kind.article)") }
  }

  /// The first required field that has its zero value in a message's JSON.
  func missingField(in json: JSON) -> String? {
    fields.first { $0.isRequired && (json[$0.json] ?? $0.kind.zero) == $0.kind.zero }?.json
  }

  /// A message's JSON from query parameters: `involvedObject.name=a` sets a field of a message,
  /// a repeated parameter fills a list. Unknown parameters are dropped.
  func object(fromQuery query: [(name: String, value: String)]) throws -> JSONObject {
    var object = JSON.object(JSONObject())
    var seen: Set<[String]> = []
    for (name, value) in query {
      guard let (path, kind) = resolve(name) else { continue }
      if case .list(let element) = kind {
        let leaf = try Self.leaf(value, element, parameter: name)
        object.setValue(.array((object.value(at: path)?.arrayValue ?? []) + [leaf]), at: path)
      } else {
        guard seen.insert(path).inserted else {
          throw RequestShapeError("parameter \(name) is given more than once")
        }
        object.setValue(try Self.leaf(value, kind, parameter: name), at: path)
      }
    }
    return object.objectValue ?? JSONObject()
  }

  /// The JSON path and kind of a parameter; nil when no field that a query can carry has that name.
  private func resolve(_ parameter: String) -> (path: [String], kind: Kind)? {
    let parts = parameter.split(separator: ".", maxSplits: 8, omittingEmptySubsequences: false)
    var shape = self
    var path: [String] = []
    for (index, part) in parts.enumerated() {
      guard let field = shape.field(String(part)) else { return nil }
      path.append(field.json)
      if index == parts.count - 1 {
        return field.kind.holdsMessage || field.kind.isMap ? nil : (path, field.kind)
      }
      guard case .message(let name) = field.kind, let next = Self.all[name] else { return nil }
      shape = next
    }
    return nil
  }

  private static func leaf(_ value: String, _ kind: Kind, parameter: String) throws -> JSON {
    let wrong = RequestShapeError("parameter \(parameter) must be \(kind.article)")
    switch kind {
    case .bool:
      switch value {
      case "true", "1", "t", "T", "TRUE", "True": return .bool(true)
      case "false", "0", "f", "F", "FALSE", "False": return .bool(false)
      default: throw wrong
      }
    case .int:
      guard let number = Int32(value) else { throw wrong }
      return .number(.int(Int64(number)))
    case .long:
      guard Int64(value) != nil else { throw wrong }
      return .string(value)
    case .double:
      guard let number = Double(value), let json = JSONNumber(number) else { throw wrong }
      return .number(json)
    default:
      return .string(value)
    }
  }
}

extension MessageShape.Kind {
  fileprivate var isMap: Bool {
    if case .map = self { true } else { false }
  }
}
