/// Why a JSON Patch was refused. Nothing of it was applied.
public enum JSONPatchError: Error, Hashable, CustomStringConvertible {
  /// The patch itself is malformed: not an array, an unknown operation, a missing or wrong field.
  /// `operation` counts from 0 and is nil when the document as a whole is wrong.
  case malformed(operation: Int?, problem: String)
  /// More operations than the limit.
  case tooManyOperations(count: Int, limit: Int)
  /// A `test` operation found something else.
  case testFailed(operation: Int, path: JSONPointer)
  /// The document does not have what an operation needs.
  case notApplicable(operation: Int, name: String, path: JSONPointer, problem: String)
  /// Applying it would build a document that is deeper or costs more than the limits allow.
  case tooExpensive(operation: Int, problem: String)

  /// A sentence that names the operation and the path, never a value.
  public var description: String {
    switch self {
    case .malformed(nil, let problem): "invalid JSON patch: \(problem)"
    case .malformed(let index?, let problem): "invalid JSON patch: operation \(index): \(problem)"
    case .tooManyOperations(let count, let limit):
      "the JSON patch has \(count) operations, the limit is \(limit)"
    case .testFailed(let index, let path):
      "JSON patch operation \(index): the value at \"\(path)\" is not the tested one"
    case .notApplicable(let index, let name, let path, let problem):
      "JSON patch operation \(index) (\(name) \"\(path)\"): \(problem)"
    case .tooExpensive(let index, let problem): "JSON patch operation \(index): \(problem)"
    }
  }
}
