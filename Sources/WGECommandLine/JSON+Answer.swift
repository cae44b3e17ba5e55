public import WGECore

/// Reading answers of the API, where every field is there and may be empty.
extension JSON {
  /// A text field; the fallback where it is missing or empty.
  public func text(_ field: String, or fallback: String = "") -> String {
    guard let text = self[field]?.stringValue, !text.isEmpty else { return fallback }
    return text
  }

  /// A list field; empty where it is missing.
  public func elements(_ field: String) -> [JSON] { self[field]?.arrayValue ?? [] }

  /// The element of `conditions` of that type.
  public func condition(_ type: String) -> JSON? { elements("conditions").first { $0["type"]?.stringValue == type } }
}
