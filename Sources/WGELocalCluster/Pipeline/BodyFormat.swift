internal import HTTPTypes
internal import WGECore

/// Reads and writes bodies in the formats that the API speaks.
enum BodyFormat {
  static let mediaTypes = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"]

  /// The document of a body.
  /// - Parameter schema: the kind that the protobuf form, which names no fields, is read as.
  static func parse(_ body: [UInt8], mediaType: String, _ schema: TypeSchema, duplicates: inout [String])
    throws(APIStatus)
    -> JSON
  {
    switch mediaType {
    case "", "application/json": return try json(body, duplicates: &duplicates)
    case "application/yaml", "text/yaml", "application/x-yaml": return try yaml(body)
    case "application/vnd.kubernetes.protobuf":
      // Custom resources have no protobuf form.
      guard case .reference = schema, case .structure(let structure) = schema.resolved else {
        throw .unsupportedMediaType(Array(mediaTypes.prefix(2)))
      }
      do { return try ProtobufReader.object(body, as: structure) } catch { throw .badRequest(error.description) }
    default: throw .unsupportedMediaType(mediaTypes)
    }
  }

  static func json(_ body: [UInt8], duplicates: inout [String]) throws(APIStatus) -> JSON {
    var options = JSONParseOptions(
      maximumDepth: Defaults.maximumDepth, maximumBytes: Defaults.maximumBody, duplicateKeys: .reject)
    do {
      return try JSON(parsing: body, options: options)
    } catch let error as JSONParseError {
      guard case .duplicateKey = error.reason else {
        throw .badRequest("the object provided is unrecognized (must be of type JSON): \(error)")
      }
      duplicates.append(String(error.path.description.drop { $0 == "$" || $0 == "." }))
    } catch {
      throw .badRequest("\(error)")
    }
    options.duplicateKeys = .lastWins
    do { return try JSON(parsing: body, options: options) } catch { throw .badRequest("\(error)") }
  }

  static func yaml(_ body: [UInt8]) throws(APIStatus) -> JSON {
    // JSON is YAML; most clients of the YAML media types send JSON.
    if let first = body.first(where: { $0 > 0x20 }), first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
      var duplicates: [String] = []
      if let json = try? json(body, duplicates: &duplicates) { return json }
    }
    guard let text = String(validating: body, as: UTF8.self) else {
      throw .badRequest("error converting YAML to JSON: yaml: invalid UTF-8")
    }
    do {
      return try YAML.parseFirst(
        text, options: .init(maximumDepth: Defaults.maximumDepth, maximumBytes: Defaults.maximumBody))
    } catch {
      throw .badRequest("error converting YAML to JSON: \(error)")
    }
  }

  static func yaml(_ json: JSON) -> [UInt8] { Array(YAML.serialize(json).utf8) }
}
