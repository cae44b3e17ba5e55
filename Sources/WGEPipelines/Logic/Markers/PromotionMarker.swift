public import WGECore

/// The comment that says: this scalar is the version of an application in an environment.
///
/// ```yaml
/// version: 6.2.0 # {"$promotion": "delivery:shop:prod"}
/// ```
public struct PromotionMarker: Sendable, Hashable {
  /// `<namespace>:<pipeline>:<environment>`.
  public let text: String

  /// The marker of one environment of one pipeline.
  public init(pipeline: ObjectKey, environment: String) {
    text = "\(pipeline.namespace ?? ""):\(pipeline.name):\(environment)"
  }

  /// The marker that a comment holds, nil for an ordinary comment. A marker is one JSON object, all
  /// of whose values are texts, and nothing else.
  init?(comment: ArraySlice<UInt8>) {
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    let body = comment.drop { $0 == UInt8(ascii: "#") }.drop(while: isSpace)
    guard body.first == UInt8(ascii: "{"), body.count <= 4096,
      case .object(let members)? = try? JSON(parsing: Array(body), options: JSONParseOptions(maximumDepth: 8)),
      members.allSatisfy({ $0.value.stringValue != nil }), let text = members["$promotion"]?.stringValue
    else { return nil }
    self.text = text
  }

  /// A file without these bytes has no marker and need not be read as YAML.
  static let token = Array("\"$promotion\"".utf8)
}
