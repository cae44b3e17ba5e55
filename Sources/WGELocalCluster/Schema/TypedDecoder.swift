internal import WGECore

/// Reads a document as Go's decoder reads it into a built-in type, and gives back what encoding that
/// type would write: unknown fields dropped (and reported), null and empty fields normalised, types
/// checked with the decoder's own sentences.
struct TypedDecoder {
  /// Paths of fields that the type does not have: `spec.containers[0].imagee`.
  private(set) var unknownFields: [String] = []

  /// A value of the wrong type; `problem` is the decoder's sentence.
  struct Failure: Error {
    let problem: String
    /// The same as upstream's field-by-field conversion puts it.
    var restoreProblem: String

    init(problem: String, restoring: String? = nil) {
      self.problem = problem
      restoreProblem = restoring ?? problem
    }
  }

  /// Where the decoder is: the innermost structure's name and the JSON path from the root.
  private struct Place {
    var structure: String
    /// For messages: field names only, as Go prints them.
    var fields: String
    /// For unknown fields: with indexes.
    var path: String
    /// What Go calls the type of what is here, where the shape does not tell.
    var goName: String?
  }

  mutating func decode(_ json: JSON, as structure: Structure) throws -> JSON {
    guard case .object(let object) = json else {
      throw Failure(
        problem:
          "json: cannot unmarshal \(Self.goKind(json)) into Go value of type \(structure.version).\(structure.name)")
    }
    return try decode(object, as: structure, at: Place(structure: structure.name, fields: "", path: ""))
  }

  private mutating func decode(_ object: JSONObject, as structure: Structure, at place: Place) throws -> JSON {
    var members: [(String, JSON)] = []
    members.reserveCapacity(object.count)
    for member in object {
      let known = structure.fields[member.key]
      let inner = Place(
        structure: structure.name,
        fields: Self.join(place.fields, known?.embedding.map { "\($0).\(member.key)" } ?? member.key),
        path: Self.join(place.path, member.key), goName: known?.goName)
      guard let field = known else {
        if let rest = structure.rest {
          members.append((member.key, try decode(member.value, as: rest, at: inner)))
        } else {
          unknownFields.append(inner.path)
        }
        continue
      }
      if member.value.isNull { continue }
      let value = try decode(member.value, as: field.type, at: inner)
      if !field.pointer, !field.always, Self.isOmitted(value, field.type) { continue }
      members.append((member.key, value))
    }
    for name in structure.order {
      guard let field = structure.fields[name], field.always, object[name] == nil || object[name]?.isNull == true else {
        continue
      }
      if let zero = try zero(field.type) { members.append((name, zero)) }
    }
    return .object(JSONObject(members))
  }

  private mutating func decode(_ json: JSON, as type: TypeSchema, at place: Place) throws -> JSON {
    switch type {
    case .reference:
      switch type.resolved {
      case .structure(let structure): return try decode(json, as: .structure(structure), at: place)
      default: return json
      }
    case .structure(let structure):
      guard case .object(let object) = json else {
        throw mismatch(json, "\(structure.version).\(structure.name)", place)
      }
      return try decode(object, as: structure, at: place)
    case .any, .deduced: return json
    case .map(let element, _):
      guard case .object(let object) = json else { throw mismatch(json, place.goName ?? Self.goType(type), place) }
      var members: [(String, JSON)] = []
      members.reserveCapacity(object.count)
      for member in object {
        let inner = Place(
          structure: place.structure, fields: place.fields, path: "\(place.path).\(member.key)",
          goName: place.goName.flatMap { Self.elementName($0) })
        let value = member.value.isNull ? try zero(element) ?? .null : try decode(member.value, as: element, at: inner)
        members.append((member.key, value))
      }
      return .object(JSONObject(members))
    case .list(let element, _):
      guard case .array(let array) = json else { throw mismatch(json, place.goName ?? Self.goType(type), place) }
      var result: [JSON] = []
      result.reserveCapacity(array.count)
      for (index, item) in array.enumerated() {
        let inner = Place(
          structure: place.structure, fields: place.fields, path: "\(place.path)[\(index)]",
          goName: place.goName.flatMap { Self.elementName($0) })
        result.append(item.isNull ? try zero(element) ?? .null : try decode(item, as: element, at: inner))
      }
      return .array(result)
    case .scalar(let scalar): return try decode(json, as: scalar, at: place)
    }
  }

  private func decode(_ json: JSON, as scalar: TypeSchema.Scalar, at place: Place) throws -> JSON {
    switch scalar {
    case .string:
      guard case .string = json else { throw mismatch(json, place.goName ?? "string", place, shape: "string") }
    case .bool:
      guard case .bool = json else { throw mismatch(json, "bool", place) }
    case .int32, .int64:
      guard case .number(let number) = json else { throw mismatch(json, scalar.rawValue, place) }
      guard case .int(let value) = number, scalar == .int64 || Int32(exactly: value) != nil else {
        throw mismatch(json, scalar.rawValue, place, kind: "number \(json)")
      }
    case .float64:
      guard case .number = json else { throw mismatch(json, "float64", place) }
    case .bytes:
      guard case .string(let text) = json else { throw mismatch(json, "[]uint8", place) }
      do { _ = try Base64.bytes(of: Array(text.utf8)) } catch {
        throw Failure(problem: "illegal base64 data at input byte \(error.offset)")
      }
    case .quantity:
      switch json {
      case .string(let text): return .string(try canonicalQuantity(text))
      case .number: return .string(try canonicalQuantity(json.description))
      default: throw Failure(problem: Self.quantityProblem)
      }
    case .intstr:
      switch json {
      case .string, .number(.int): break
      default: throw mismatch(json, "int32", place)
      }
    case .time, .microtime:
      guard case .string(let text) = json else { throw mismatch(json, "string", place) }
      guard let time = try? Timestamp(parsing: text) else {
        throw Failure(problem: GoTime.complaint(about: text, scalar))
      }
      return .string(scalar == .time ? time.rfc3339 : time.rfc3339Micro)
    }
    return json
  }

  private static let quantityProblem =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

  private func canonicalQuantity(_ text: String) throws -> String {
    do { return try Quantity(parsing: text).description } catch { throw Failure(problem: error.description) }
  }

  /// The value of a field that was not given but is always written; nil for none.
  private mutating func zero(_ type: TypeSchema) throws -> JSON? {
    switch type.resolved {
    case .scalar(.string), .scalar(.quantity): return type.isQuantity ? "0" : ""
    case .scalar(.bool): return false
    case .scalar(.int32), .scalar(.int64), .scalar(.float64), .scalar(.intstr): return 0
    case .scalar(.time), .scalar(.microtime): return .null
    case .scalar(.bytes): return ""
    case .structure(let structure):
      return try decode(JSONObject(), as: structure, at: Place(structure: structure.name, fields: "", path: ""))
    case .list, .map: return .null
    case .any, .deduced, .reference: return nil
    }
  }

  private static func isOmitted(_ value: JSON, _ type: TypeSchema) -> Bool {
    // Free values are held as they came.
    switch type {
    case .any, .deduced: return value.isNull
    default: break
    }
    switch value {
    case .string(let text): return text.isEmpty
    case .bool(let flag): return !flag
    case .number(let number): return number.int64 == 0
    case .array(let array): return array.isEmpty
    case .object(let object):
      if case .map = type { return object.isEmpty }
      return false
    case .null: return true
    }
  }

  /// What Go calls the elements of a list or map type; nil where the type's own name hides them.
  private static func elementName(_ type: String) -> String? {
    if type.hasPrefix("[]") { return String(type.dropFirst(2)) }
    guard type.hasPrefix("map["), let close = type.firstIndex(of: "]") else { return nil }
    return String(type[type.index(after: close)...])
  }

  /// - Parameter shape: the type without the name that Go gives it.
  private func mismatch(_ json: JSON, _ type: String, _ place: Place, kind: String? = nil, shape: String? = nil)
    -> Failure
  {
    let found = Self.goKind(json)
    let reflected = Self.reflectKind(json)
    let shape = shape ?? (type == "v1.ResourceList" ? "map[" : type)
    let restoring =
      shape.hasPrefix("[]")
      ? "cannot restore slice from \(reflected)"
      : shape.hasPrefix("map[")
        ? "cannot restore map from \(reflected)"
        : shape.hasPrefix("v1.")
          ? "cannot restore struct from: \(reflected)"
          : Self.isConvertible(reflected, shape)
            ? "cannot convert \(reflected) to \(type)" : "unrecognized type: \(shape)"
    return Failure(
      problem:
        "json: cannot unmarshal \(kind ?? found) into Go struct field \(place.structure).\(place.fields) of type \(type)",
      restoring: restoring)
  }

  /// Go could convert the one into the other, but not in JSON's sense.
  private static func isConvertible(_ kind: String, _ shape: String) -> Bool {
    kind == "int64" && shape == "string" || kind == "float64" && shape.hasPrefix("int")
  }

  /// The word that Go's reflection has for the value.
  private static func reflectKind(_ json: JSON) -> String {
    switch json {
    case .null: "invalid"
    case .bool: "bool"
    case .number(.int): "int64"
    case .number: "float64"
    case .string: "string"
    case .array: "slice"
    case .object: "map"
    }
  }

  /// The word that Go's decoder has for a JSON value.
  static func goKind(_ json: JSON) -> String {
    switch json {
    case .null: "null"
    case .bool: "bool"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }

  /// The Go type that a map's or list's decoder names: a map of strings complains about its element.
  private static func goType(_ type: TypeSchema) -> String {
    switch type {
    case .scalar(.bytes): "[]uint8"
    case .scalar(.quantity): "resource.Quantity"
    case .scalar(.time): "v1.Time"
    case .scalar(.microtime): "v1.MicroTime"
    case .scalar(.intstr): "intstr.IntOrString"
    case .scalar(let scalar): scalar.rawValue
    case .any, .deduced: "interface {}"
    case .map(let element, _): "map[string]\(goType(element))"
    case .list(let element, _): "[]\(goType(element))"
    case .structure(let structure): "\(structure.version).\(structure.name)"
    case .reference:
      if case .structure(let structure) = type.resolved { goType(.structure(structure)) } else { "interface {}" }
    }
  }

  private static func join(_ path: String, _ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}

extension TypeSchema {
  var isQuantity: Bool { if case .scalar(.quantity) = self { true } else { false } }
}
