/// A JSON Patch (RFC 6902): a list of operations that apply one after the other, all or none.
///
/// ```swift
/// let patch = try JSONPatch(JSON(parsing: body))
/// object = try patch.apply(to: object)
/// ```
public struct JSONPatch: Sendable, Hashable {
  /// One step of a patch.
  public enum Operation: Sendable, Hashable {
    /// Inserts into an array, or sets a member of an object.
    case add(JSONPointer, JSON)
    /// Removes what must be there.
    case remove(JSONPointer)
    /// Replaces what must be there.
    case replace(JSONPointer, JSON)
    /// Removes from one place and adds at another.
    case move(from: JSONPointer, to: JSONPointer)
    /// Adds a copy of what is at another place.
    case copy(from: JSONPointer, to: JSONPointer)
    /// Fails the whole patch unless the value is equal; numbers compare by value, not by spelling.
    case test(JSONPointer, JSON)
  }

  /// What a patch from outside may cost.
  public struct Limits: Sendable, Hashable {
    /// Most operations. Default 10,000, as the Kubernetes API server has it.
    public var operations: Int
    /// Deepest nesting that an operation may create. Default 512, as for texts.
    public var depth: Int
    /// Most values that all `copy` operations together may add, counting arrays and objects by
    /// their contents, and 64 bytes of text as one. Also bounds the work of moving array elements.
    /// Default 1,000,000.
    public var effort: Int

    /// The defaults, or others.
    public init(operations: Int = 10_000, depth: Int = 512, effort: Int = 1_000_000) {
      self.operations = operations
      self.depth = depth
      self.effort = effort
    }
  }

  /// The steps in order.
  public var operations: [Operation]

  /// A patch of the given steps.
  public init(_ operations: [Operation]) { self.operations = operations }

  /// Reads the JSON form: an array of objects with `op`, `path` and, depending on `op`, `value` or
  /// `from`. Other members are ignored, as the RFC demands.
  /// - Throws: ``JSONPatchError/malformed(operation:problem:)`` and
  ///   ``JSONPatchError/tooManyOperations(count:limit:)``.
  public init(_ json: JSON, limits: Limits = Limits()) throws(JSONPatchError) {
    guard case .array(let elements) = json else {
      throw .malformed(operation: nil, problem: "expected an array of operations, found \(json.typePhrase)")
    }
    guard elements.count <= limits.operations else {
      throw .tooManyOperations(count: elements.count, limit: limits.operations)
    }
    operations = []
    for (index, element) in elements.enumerated() {
      operations.append(try OperationReader(index: index, json: element).operation())
    }
  }

  /// The JSON form.
  public var json: JSON { .array(operations.map(\.json)) }

  /// The document with all operations applied.
  /// - Throws: ``JSONPatchError`` of the first operation that cannot be applied; the document given
  ///   is a value and stays as it was.
  public func apply(to document: JSON, limits: Limits = Limits()) throws(JSONPatchError) -> JSON {
    guard operations.count <= limits.operations else {
      throw .tooManyOperations(count: operations.count, limit: limits.operations)
    }
    var applier = JSONPatchApplier(document: document, limits: limits)
    for (index, operation) in operations.enumerated() { try applier.apply(operation, index: index) }
    return applier.document
  }
}

extension JSONPatch.Operation {
  /// The value of `op`.
  public var name: String {
    switch self {
    case .add: "add"
    case .remove: "remove"
    case .replace: "replace"
    case .move: "move"
    case .copy: "copy"
    case .test: "test"
    }
  }

  fileprivate var json: JSON {
    var members: JSONObject = ["op": .string(name)]
    switch self {
    case .add(let path, let value), .replace(let path, let value), .test(let path, let value):
      members["path"] = .string(path.description)
      members["value"] = value
    case .remove(let path): members["path"] = .string(path.description)
    case .move(let from, let path), .copy(let from, let path):
      members["from"] = .string(from.description)
      members["path"] = .string(path.description)
    }
    return .object(members)
  }
}

extension JSONPatch: Codable {
  /// Reads the JSON form.
  public init(from decoder: any Decoder) throws { try self.init(JSON(from: decoder)) }

  /// Writes the JSON form.
  public func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
}

/// Reads one operation of a patch document.
private struct OperationReader {
  let index: Int
  let json: JSON

  func operation() throws(JSONPatchError) -> JSONPatch.Operation {
    guard case .object = json else { throw malformed("expected an object, found \(json.typePhrase)") }
    let name = try text("op")
    switch name {
    case "add": return .add(try pointer("path"), try value())
    case "remove": return .remove(try pointer("path"))
    case "replace": return .replace(try pointer("path"), try value())
    case "move": return .move(from: try pointer("from"), to: try pointer("path"))
    case "copy": return .copy(from: try pointer("from"), to: try pointer("path"))
    case "test": return .test(try pointer("path"), try value())
    default: throw malformed("unknown op \"\(name.prefix(64))\": use add, remove, replace, move, copy or test")
    }
  }

  private func text(_ field: String) throws(JSONPatchError) -> String {
    guard let value = json[field] else { throw malformed("\"\(field)\" is missing") }
    guard let text = value.stringValue else {
      throw malformed("\"\(field)\" must be a string, not \(value.typePhrase)")
    }
    return text
  }

  private func pointer(_ field: String) throws(JSONPatchError) -> JSONPointer {
    do {
      return try JSONPointer(parsing: try text(field))
    } catch let error as JSONPointerError {
      throw malformed("\"\(field)\": \(error)")
    } catch let error as JSONPatchError {
      throw error
    } catch {
      throw malformed("\"\(field)\": \(error)")
    }
  }

  private func value() throws(JSONPatchError) -> JSON {
    guard let value = json["value"] else { throw malformed("\"value\" is missing") }
    return value
  }

  private func malformed(_ problem: String) -> JSONPatchError { .malformed(operation: index, problem: problem) }
}
