internal import WGECore

/// Prints objects as `meta.k8s.io/v1 Table`, which is what `kubectl get` shows.
struct TablePrinter: Sendable {
  let resource: Resource
  let clock: PrintClock
  var includes = Includes.metadata

  /// What a row shows of its object, as the parameter `includeObject` names it.
  enum Includes: String, Sendable {
    case none = "None"
    case metadata = "Metadata"
    case object = "Object"
  }

  func table(_ objects: [JSON], metadata: JSON) -> JSON {
    [
      "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
      "columnDefinitions": .array(resource.columns.map(definition)),
      // What has no printer of its own lists no rows at all where there are none.
      "rows": objects.isEmpty && resource.hasPlainColumns ? .null : .array(objects.map(row)),
    ]
  }

  private func definition(_ column: PrinterColumn) -> JSON {
    [
      "name": .string(column.name), "type": .string(column.type), "format": .string(column.format),
      "description": .string(column.description), "priority": .number(.int(Int64(column.priority))),
    ]
  }

  private func row(_ object: JSON) -> JSON {
    var row: JSON = ["cells": .array(resource.columns.map { cell($0, object) })]
    switch includes {
    case .none: row["object"] = .null
    case .metadata: row["object"] = Presentation.metadataOnly(object)
    case .object: row["object"] = object
    }
    return row
  }

  private func cell(_ column: PrinterColumn, _ object: JSON) -> JSON {
    switch column.content {
    case .name: return object["metadata"]?["name"] ?? ""
    case .age: return .string(clock.age(of: object["metadata"]?["creationTimestamp"]))
    case .computed(let compute): return compute(object, clock)
    case .path(let path):
      guard let value = ColumnPath(path)?.value(in: object) else { return .null }
      if column.type == "date" { return resource.isCustom ? .string(clock.age(of: value)) : value }
      switch (column.type, value) {
      case ("string", .string), ("integer", .number), ("number", .number), ("boolean", .bool): return value
      case ("string", .object), ("string", .array): return .string(value.description)
      case ("string", _): return .string(value.description)
      default: return .null
      }
    }
  }
}

/// The JSON paths that printer columns use: members, quoted members, indexes, wild cards and
/// equality filters.
struct ColumnPath {
  private enum Step {
    case member(String)
    case index(Int)
    case all
    case filter(path: [String], equals: String)
  }

  private var steps: [Step] = []

  init?(_ text: String) {
    guard text.utf8.count <= 1024 else { return nil }
    var rest = text[...]
    if rest.hasPrefix("{"), rest.hasSuffix("}") { rest = rest.dropFirst().dropLast() }
    if rest.hasPrefix("$") { rest = rest.dropFirst() }
    while let first = rest.first {
      switch first {
      case ".":
        rest = rest.dropFirst()
        var name = ""
        while let character = rest.first, character != ".", character != "[" {
          rest = rest.dropFirst()
          if character == "\\", let escaped = rest.first {
            name.append(escaped)
            rest = rest.dropFirst()
          } else {
            name.append(character)
          }
        }
        if name == "*" { steps.append(.all) } else if !name.isEmpty { steps.append(.member(name)) }
      case "[":
        guard let close = Self.closing(rest) else { return nil }
        let inner = rest[rest.index(after: rest.startIndex)..<close]
        rest = rest[rest.index(after: close)...]
        guard let step = Self.bracket(inner) else { return nil }
        steps.append(step)
      default: return nil
      }
    }
  }

  private static func closing(_ text: Substring) -> Substring.Index? {
    var quote: Character?
    var depth = 0
    for index in text.indices {
      let character = text[index]
      if let open = quote {
        if character == open { quote = nil }
      } else if character == "'" || character == "\"" {
        quote = character
      } else if character == "[" {
        depth += 1
      } else if character == "]" {
        depth -= 1
        if depth == 0 { return index }
      }
    }
    return nil
  }

  private static func bracket(_ inner: Substring) -> Step? {
    if inner == "*" { return .all }
    if let index = Int(inner) { return .index(index) }
    if let quote = inner.first, quote == "'" || quote == "\"", inner.last == quote, inner.count >= 2 {
      return .member(String(inner.dropFirst().dropLast()))
    }
    guard inner.hasPrefix("?("), inner.hasSuffix(")") else { return nil }
    let condition = inner.dropFirst(2).dropLast()
    guard let equals = condition.firstIndex(of: "=") else { return nil }
    let left = condition[..<equals].filter { $0 != " " }
    let right = condition[equals...].drop { $0 == "=" || $0 == " " }
    guard left.hasPrefix("@."), let quote = right.first, quote == "'" || quote == "\"" else { return nil }
    let value = right.dropFirst().prefix { $0 != quote }
    return .filter(path: left.dropFirst(2).split(separator: ".").map(String.init), equals: String(value))
  }

  func value(in json: JSON) -> JSON? {
    var current = [json]
    for step in steps {
      current = current.flatMap { value -> [JSON] in
        switch (step, value) {
        case (.member(let name), .object(let object)): return object[name].map { [$0] } ?? []
        case (.index(let index), .array(let items)):
          let position = index < 0 ? items.count + index : index
          return items.indices.contains(position) ? [items[position]] : []
        case (.all, .array(let items)): return items
        case (.all, .object(let object)): return Array(object.values)
        case (.filter(let path, let equals), .array(let items)):
          return items.filter { $0.value(at: path)?.stringValue == equals }
        default: return []
        }
      }
    }
    if current.count > 1 { return .string(current.map { $0.stringValue ?? $0.description }.joined(separator: " ")) }
    return current.first
  }
}
