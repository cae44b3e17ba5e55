internal import WGECore

/// Checks the fields that a version offers to field selectors.
enum SelectableFieldRules {
  static func validate(_ fields: [JSON], _ version: JSON, _ place: String) -> [FieldError] {
    var errors: [FieldError] = []
    var seen = Set<String>()
    for (index, selectable) in fields.enumerated() {
      let field = "\(place)[\(index)].jsonPath"
      let path = selectable["jsonPath"]?.stringValue ?? ""
      if path.isEmpty {
        errors.append(.required(field))
        continue
      }
      if !seen.insert(path).inserted {
        errors.append(.duplicate(field, .string(path)))
        continue
      }
      if let problem = problem(path, version["schema"]?["openAPIV3Schema"] ?? [:]) {
        errors.append(.invalid(field, path, problem))
      }
    }
    return errors
  }

  private static func problem(_ path: String, _ schema: JSON) -> String? {
    guard path.hasPrefix(".") else {
      let word = path.prefix { $0 != "." && $0 != "[" }
      return "is an invalid path: expected [ or . but got: \(word)"
    }
    var current = schema
    for key in path.dropFirst().split(separator: ".", omittingEmptySubsequences: false) {
      guard key != "metadata" || current != schema, let next = current["properties"]?[String(key)] else {
        return "is an invalid path: does not refer to a valid field"
      }
      current = next
    }
    guard ["string", "boolean", "integer"].contains(current["type"]?.stringValue ?? "") else {
      return
        "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed."
    }
    return nil
  }
}
