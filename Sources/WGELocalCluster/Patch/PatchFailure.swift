internal import WGECore

extension APIStatus {
  /// A patch that cannot be applied to this document.
  static let mismatch = APIStatus(
    422, "Invalid", "the server rejected our request due to an error in our request", details: Details())

  /// A patch whose result is no object of the kind.
  static func invalidPatch(_ patch: [UInt8], _ problem: String) -> APIStatus {
    invalid(
      kind: "", group: "", name: "",
      [.invalid("patch", String(decoding: patch.prefix(4096), as: UTF8.self), problem)])
  }

  init(_ error: JSONPatchError) {
    switch error {
    case .malformed(nil, _):
      self = .badRequest("error decoding patch: \(error)")
    case .tooManyOperations(let count, let limit):
      self = APIStatus(
        413, "RequestEntityTooLarge",
        "Request entity too large: The allowed maximum operations in a JSON patch is \(limit), got \(count)")
    case .tooExpensive: self = APIStatus(413, "RequestEntityTooLarge", "Request entity too large: \(error)")
    case .malformed, .testFailed, .notApplicable: self = .mismatch
    }
  }
}
