internal import WGECore

/// How large the values of a schema may be in one request, and how small they can be written.
/// Source: k8s.io/apiserver, cel/common.
final class CELDeclaredSize {
  /// Of one request, in bytes.
  static let maximumRequest: Int64 = 3 * 1024 * 1024

  /// Characters, items or entries; 0 for what has none.
  let maximumElements: UInt64
  /// The fewest bytes that a value takes as JSON.
  let minimumBytes: Int64
  private let schema: JSON
  private let isResource: Bool
  private let element: CELDeclaredSize?
  private let isMap: Bool

  /// How often values like this one can be in one request.
  var maximumCount: UInt64 { UInt64(clamping: Self.maximumRequest / (minimumBytes + 1)) }

  private init(
    elements: Int64 = 0, bytes: Int64, schema: JSON = [:], isResource: Bool = false, element: CELDeclaredSize? = nil,
    isMap: Bool = false
  ) {
    maximumElements = UInt64(clamping: elements)
    minimumBytes = bytes
    self.schema = schema
    self.isResource = isResource
    self.element = element
    self.isMap = isMap
  }

  /// Nil where the schema says nothing that could be typed.
  static func of(_ schema: JSON, isResource: Bool = false) -> CELDeclaredSize? {
    func limit(_ name: String) -> Int64? { schema[name]?.intValue.map { max($0, 0) } }
    let wholeRequest = maximumRequest - 2
    if schema["x-kubernetes-int-or-string"]?.boolValue == true {
      return CELDeclaredSize(
        elements: limit("maxLength").map { $0.multipliedClamping(by: 4) } ?? wholeRequest, bytes: 1)
    }
    func inner(_ schema: JSON) -> CELDeclaredSize? {
      of(schema, isResource: schema["x-kubernetes-embedded-resource"]?.boolValue == true)
    }
    switch schema["type"]?.stringValue ?? "" {
    case "array":
      guard let items = schema["items"], let element = inner(items) else { return nil }
      return CELDeclaredSize(
        elements: limit("maxItems") ?? wholeRequest / (element.minimumBytes + 1), bytes: 2, element: element)
    case "object":
      if case .object? = schema["additionalProperties"], let values = schema["additionalProperties"] {
        guard let element = inner(values) else { return nil }
        return CELDeclaredSize(
          elements: limit("maxProperties") ?? wholeRequest / (element.minimumBytes + 6), bytes: 2, element: element,
          isMap: true)
      }
      var bytes: Int64 = 2
      for name in Set((schema["required"]?.arrayValue ?? []).compactMap(\.stringValue)) {
        guard let property = schema["properties"]?[name], property["default"] == nil, let size = inner(property) else {
          continue
        }
        bytes = bytes.addingClamping(Int64(name.utf8.count)).addingClamping(size.minimumBytes).addingClamping(4)
      }
      return CELDeclaredSize(bytes: bytes, schema: schema, isResource: isResource)
    case "string":
      switch schema["format"]?.stringValue ?? "" {
      case "byte": return CELDeclaredSize(elements: limit("maxLength") ?? wholeRequest, bytes: 2)
      case "duration": return CELDeclaredSize(elements: 32, bytes: 3)
      case "date": return CELDeclaredSize(elements: 12, bytes: 12)
      case "date-time": return CELDeclaredSize(elements: 32, bytes: 21)
      default: break
      }
      if let maximum = limit("maxLength") {
        return CELDeclaredSize(elements: maximum.multipliedClamping(by: 4), bytes: 2)
      }
      let choices = schema["enum"]?.arrayValue ?? []
      if choices.isEmpty { return CELDeclaredSize(elements: wholeRequest, bytes: 2) }
      return CELDeclaredSize(
        elements: Int64(choices.compactMap { $0.stringValue?.utf8.count }.max() ?? 0), bytes: 2)
    case "boolean": return CELDeclaredSize(bytes: 4)
    case "number", "integer": return CELDeclaredSize(bytes: 1)
    default: return nil
    }
  }

  /// What a step of a path leads to: a field, or the items, values or keys.
  func step(_ name: String) -> CELDeclaredSize? {
    switch name {
    case "@items", "@values": return element
    case "@keys": return isMap ? CELDeclaredSize(bytes: 2) : nil
    default: break
    }
    if isResource {
      let text: JSON = ["type": "string"]
      switch name {
      case "apiVersion", "kind": return Self.of(text)
      case "metadata":
        return Self.of(["type": "object", "properties": ["name": text, "generateName": text]])
      default: break
      }
    }
    guard let property = schema["properties"]?[CELNames.unescape(name)] else { return nil }
    return Self.of(property, isResource: property["x-kubernetes-embedded-resource"]?.boolValue == true)
  }
}

extension Int64 {
  fileprivate func multipliedClamping(by other: Int64) -> Int64 {
    let (result, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : result
  }

  fileprivate func addingClamping(_ other: Int64) -> Int64 {
    let (result, overflow) = addingReportingOverflow(other)
    return overflow ? .max - 1024 : result
  }
}
