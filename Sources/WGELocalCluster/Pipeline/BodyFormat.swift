internal import HTTPTypes
internal import WGECore

/// A body, read: the document, and the complaints that only the text itself shows.
struct ParsedBody: Sendable {
  var json: JSON
  /// Keys that occur twice, in strict decoding's words.
  var duplicates: [String] = []
  /// The JSON text, for complaints in its own order; nil for other formats.
  var text: [UInt8]?
}

/// Reads and writes bodies in the formats that the API speaks.
enum BodyFormat {
  static let mediaTypes = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"]

  /// The document of a body.
  /// - Parameters:
  ///   - schema: the kind that the protobuf form, which names no fields, is read as.
  ///   - kind: the kind that is expected, for complaints.
  static func parse(_ body: [UInt8], mediaType: String, _ schema: TypeSchema, kind: String) throws(APIStatus)
    -> ParsedBody
  {
    func unrecognized(_ problem: String) -> APIStatus { self.unrecognized(problem, body, kind) }
    switch mediaType {
    case "", "application/json":
      let parsed = try json(body) { unrecognized("couldn't get version/kind; json parse error: \($0)") }
      return try checkShape(parsed, unrecognized)
    case "application/yaml", "text/yaml", "application/x-yaml":
      let parsed = try yaml(body, unrecognized)
      return try checkShape(parsed, unrecognized)
    case "application/vnd.kubernetes.protobuf":
      // Custom resources have no protobuf form.
      guard case .reference = schema, case .structure(let structure) = schema.resolved else {
        throw .unsupportedMediaType(Array(mediaTypes.prefix(2)))
      }
      do { return ParsedBody(json: try ProtobufReader.object(body, as: structure)) } catch {
        throw unrecognized(error.description)
      }
    default: throw .unsupportedMediaType(mediaTypes)
    }
  }

  /// A body that cannot even be asked for its kind.
  static func unrecognized(_ problem: String, _ body: [UInt8], _ kind: String) -> APIStatus {
    .badRequest("the object provided is unrecognized (must be of type \(kind)): \(problem) (\(summary(body)))")
  }

  private static let typeMetaType =
    #"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#

  private static func checkShape(_ parsed: ParsedBody, _ unrecognized: (String) -> APIStatus) throws(APIStatus)
    -> ParsedBody
  {
    switch parsed.json {
    case .object(let object):
      for name in ["apiVersion", "kind"] {
        guard let value = object[name], !value.isNull, value.stringValue == nil else { continue }
        throw unrecognized(
          "couldn't get version/kind; json parse error: json: cannot unmarshal \(TypedDecoder.goKind(value)) into Go struct field .\(name) of type string"
        )
      }
    case .null: break
    default:
      throw unrecognized(
        "couldn't get version/kind; json parse error: json: cannot unmarshal \(TypedDecoder.goKind(parsed.json)) into Go value of type \(typeMetaType)"
      )
    }
    return parsed
  }

  /// The start of a body: as text where it looks like JSON, else in hexadecimal digits.
  private static func summary(_ body: [UInt8]) -> String {
    guard let first = body.first else { return "<empty>" }
    let start = body.prefix(30)
    let more = body.count > 30 ? " ..." : ""
    if first == UInt8(ascii: "{") { return String(decoding: start, as: UTF8.self) + more }
    return start.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + more
  }

  static func json(_ body: [UInt8], _ refuse: (String) -> APIStatus) throws(APIStatus) -> ParsedBody {
    var options = JSONParseOptions(
      maximumDepth: Defaults.maximumDepth, maximumBytes: Defaults.maximumBody, duplicateKeys: .reject)
    do { return ParsedBody(json: try JSON(parsing: body, options: options), text: body) } catch {
      guard case .duplicateKey = error.reason else { throw refuse(GoJSONError(error, body).description) }
    }
    options.duplicateKeys = .lastWins
    do {
      let json = try JSON(parsing: body, options: options)
      return ParsedBody(json: json, duplicates: StrictScan.problems(in: body, nil), text: body)
    } catch { throw refuse(GoJSONError(error, body).description) }
  }

  static func yaml(_ body: [UInt8], _ refuse: (String) -> APIStatus) throws(APIStatus) -> ParsedBody {
    // JSON is YAML; most clients of the YAML media types send JSON.
    if let first = body.first(where: { $0 > 0x20 }), first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
      if let json = try? json(body, refuse) { return json }
    }
    guard let text = String(validating: body, as: UTF8.self) else {
      throw refuse("yaml: control characters are not allowed")
    }
    var options = YAML.Options(maximumDepth: Defaults.maximumDepth, maximumBytes: Defaults.maximumBody)
    let strict: YAMLParseError
    do { return ParsedBody(json: try YAML.parseFirst(text, options: options)) } catch { strict = error }
    options.duplicateKeys = .lastWins
    do {
      let json = try YAML.parseFirst(text, options: options)
      let key = strict.problem.split(separator: "\"", omittingEmptySubsequences: false).dropFirst().first ?? ""
      return ParsedBody(
        json: json,
        duplicates: ["yaml: unmarshal errors:\n  line \(strict.line): key \"\(key)\" already set in map"])
    } catch {
      let problem = error.problem.replacing(" while parsing a flow sequence", with: "")
        .replacing(" while parsing a flow mapping", with: "").replacing(" while scanning for the next token", with: "")
        .replacing(" while parsing a block mapping", with: "")
      throw refuse("yaml: line \(error.line): \(problem)")
    }
  }

  static func yaml(_ json: JSON) -> [UInt8] { Array(YAML.serialize(json).utf8) }
}
