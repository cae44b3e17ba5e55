internal import WGECore

extension APIStatus {
  /// A patch that cannot be applied to this document.
  static let mismatch = APIStatus(
    422, "Invalid", "the server rejected our request due to an error in our request", details: Details())

  /// A patch whose result is no object of the kind.
  /// - Parameter shown: the text that the complaint repeats, at most 4 KiB of it.
  static func invalidPatch(_ shown: String, _ problem: String) -> APIStatus {
    let text = shown.utf8.count <= 4096 ? shown : String(decoding: shown.utf8.prefix(4096), as: UTF8.self)
    return invalid(kind: "", group: "", name: "", [.invalid("patch", text, problem)])
  }
}

extension JSON {
  /// As Go's `%v` prints the value: `map[a:1 b:[x y]]`.
  var goText: String {
    switch self {
    case .null: "<nil>"
    case .bool(let flag): "\(flag)"
    case .number(let number): JSON.number(number).description
    case .string(let text): text
    case .array(let items): "[\(items.map(\.goText).joined(separator: " "))]"
    case .object(let object): "map[\(object.map { "\($0.key):\($0.value.goText)" }.joined(separator: " "))]"
    }
  }
}

extension BodyFormat {
  /// A JSON text as Go's decoder would complain about it.
  static func goJSON(_ bytes: [UInt8]) throws(GoJSONError) -> JSON {
    do {
      return try JSON(
        parsing: bytes, options: .init(maximumDepth: Defaults.maximumDepth, maximumBytes: Defaults.maximumBody))
    } catch { throw GoJSONError(error, bytes) }
  }
}
