internal import WGECore

/// What an expression may be: what the checker computes with.
indirect enum CELType: Sendable, Hashable {
  case dyn, null, bool, int, uint, double, string, bytes, timestamp, duration
  case list(CELType)
  case map(CELType, CELType)
  case optional(CELType)
  case type
  /// A type of Kubernetes' libraries, by its name in messages.
  case opaque(String)
  /// An object whose schema names its fields.
  case object(CELObjectType)
  /// Stands for any one type within a signature.
  case variable(String)
}

/// The fields of an object, found in its schema as they are asked for.
final class CELObjectType: Sendable, Hashable {
  private let schema: JSON
  private let isResource: Bool
  let name: String

  init(_ schema: JSON, isResource: Bool, name: String) {
    self.schema = schema
    self.isResource = isResource
    self.name = name
  }

  /// Nil for a field that expressions cannot see.
  func field(_ name: String) -> CELType? {
    if isResource {
      switch name {
      case "apiVersion", "kind": return .string
      case "metadata":
        return .object(
          CELObjectType(
            ["properties": ["name": ["type": "string"], "generateName": ["type": "string"]]], isResource: false,
            name: "\(self.name).metadata"))
      default: break
      }
    }
    guard let property = schema["properties"]?[CELNames.unescape(name)] else { return nil }
    return CELType(schema: property, name: "\(self.name).\(name)")
  }

  static func == (a: CELObjectType, b: CELObjectType) -> Bool { a === b || a.name == b.name && a.schema == b.schema }
  func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension CELType {
  /// The type of the values of a schema; nil where the schema says nothing that could be typed.
  init?(schema: JSON, isRoot: Bool = false, name: String = "selfType") {
    if schema["x-kubernetes-int-or-string"]?.boolValue == true {
      self = .dyn
      return
    }
    let isResource = isRoot || schema["x-kubernetes-embedded-resource"]?.boolValue == true
    switch schema["type"]?.stringValue ?? "" {
    case "array":
      guard let items = schema["items"], let element = CELType(schema: items, name: "\(name).@idx") else { return nil }
      self = .list(element)
    case "object":
      if !isResource, case .object? = schema["additionalProperties"], let additional = schema["additionalProperties"] {
        guard let element = CELType(schema: additional, name: "\(name).@elem") else { return nil }
        self = .map(.string, element)
        return
      }
      self = .object(CELObjectType(schema, isResource: isResource, name: name))
    case "string":
      switch schema["format"]?.stringValue ?? "" {
      case "byte": self = .bytes
      case "duration": self = .duration
      case "date", "date-time": self = .timestamp
      default: self = .string
      }
    case "boolean": self = .bool
    case "integer": self = .int
    case "number": self = .double
    default: return nil
    }
  }

  /// Whether a value of the other type can stand where this one is wanted.
  func accepts(_ other: CELType, _ bindings: inout [String: CELType]) -> Bool {
    switch (self, other) {
    case (.variable(let name), _):
      guard let bound = bindings[name] else {
        bindings[name] = other
        return true
      }
      if bound.accepts(other, &bindings) { return true }
      guard other.accepts(bound, &bindings) else { return false }
      bindings[name] = other
      return true
    case (.dyn, _), (_, .dyn): return true
    case (.list(let a), .list(let b)), (.optional(let a), .optional(let b)): return a.accepts(b, &bindings)
    case (.map(let k, let v), .map(let l, let w)): return k.accepts(l, &bindings) && v.accepts(w, &bindings)
    case (.object, .null), (.null, .object), (.timestamp, .null), (.duration, .null), (.opaque, .null),
      (.optional, .null), (.null, .timestamp), (.null, .duration), (.null, .opaque), (.null, .optional):
      return true
    default: return self == other
    }
  }

  func replacing(_ bindings: [String: CELType]) -> CELType {
    switch self {
    case .variable(let name): bindings[name] ?? .dyn
    case .list(let a): .list(a.replacing(bindings))
    case .optional(let a): .optional(a.replacing(bindings))
    case .map(let k, let v): .map(k.replacing(bindings), v.replacing(bindings))
    default: self
    }
  }
}

extension CELType: CustomStringConvertible {
  /// As messages write it: `map(string, int)`.
  var description: String {
    switch self {
    case .dyn: "dyn"
    case .null: "null"
    case .bool: "bool"
    case .int: "int"
    case .uint: "uint"
    case .double: "double"
    case .string: "string"
    case .bytes: "bytes"
    case .timestamp: "timestamp"
    case .duration: "duration"
    case .list(let element): "list(\(element))"
    case .map(let key, let value): "map(\(key), \(value))"
    case .optional(let value): "optional_type(\(value))"
    case .type: "type"
    case .opaque(let name): name
    case .object(let object): object.name
    case .variable(let name): name
    }
  }

  /// Reads a signature's spelling: `list(A)`, `quantity`.
  init(spelling: Substring) {
    func inner(_ prefix: String) -> Substring? {
      spelling.hasPrefix(prefix + "(") ? spelling.dropFirst(prefix.count + 1).dropLast() : nil
    }
    if let element = inner("list") {
      self = .list(CELType(spelling: element))
    } else if let value = inner("optional") {
      self = .optional(CELType(spelling: value))
    } else if let pair = inner("map") {
      let parts = pair.split(separator: ",", maxSplits: 1)
      self = .map(CELType(spelling: parts[0]), CELType(spelling: parts.count > 1 ? parts[1] : "dyn"))
    } else {
      switch spelling {
      case "dyn": self = .dyn
      case "null": self = .null
      case "bool": self = .bool
      case "int": self = .int
      case "uint": self = .uint
      case "double": self = .double
      case "string": self = .string
      case "bytes": self = .bytes
      case "timestamp": self = .timestamp
      case "duration": self = .duration
      case "type": self = .type
      case "quantity": self = .opaque("kubernetes.Quantity")
      case "url": self = .opaque("kubernetes.URL")
      case "semver": self = .opaque("kubernetes.Semver")
      case "format": self = .opaque("kubernetes.NamedFormat")
      case "ip": self = .opaque("net.IP")
      case "cidr": self = .opaque("net.CIDR")
      default: self = .variable(String(spelling))
      }
    }
  }
}
