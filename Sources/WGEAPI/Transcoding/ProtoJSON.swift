public import SwiftProtobuf
internal import WGECore

/// The JSON of the contract: proto3 JSON in which every field is present.
public enum ProtoJSON {
  /// Deepest nesting of a request body.
  public static let maximumDepth = 32

  /// An answer as JSON text: lowerCamelCase keys, zero values written, unset messages `null`,
  /// 64-bit integers as strings.
  public static func encode(_ message: some Message) throws -> [UInt8] {
    let json = try JSON(parsing: try message.jsonUTF8Bytes() as [UInt8])
    let name = type(of: message).protoMessageName
    return (MessageShape.all[name]?.completing(json) ?? json).serialized()
  }

  /// A message from a body, a query and path fields; path fields win over the body's.
  ///
  /// Keys may be lowerCamelCase or snake_case; unknown ones are dropped. An empty body is `{}`.
  ///
  /// - Throws: ``RequestShapeError`` that names the field and says what it must be.
  static func decode<Input: Message>(
    _ type: Input.Type, rule: HTTPRule, path: [String: String], query: [(name: String, value: String)], body: [UInt8]
  ) throws -> Input {
    guard let shape = MessageShape.all[rule.input] else {
      throw RequestShapeError("message \(rule.input) is not part of the contract")
    }
    var object: JSONObject
    switch rule.body {
    case .none:
      object = try shape.object(fromQuery: query)
    case .whole:
      object = try members(body, shape)
    case .field(let name):
      object = try shape.object(fromQuery: query)
      if !body.isEmpty, let field = shape.field(name) { object[field.json] = try parse(body) }
    }
    for (name, value) in path {
      guard let field = shape.field(name) else { continue }
      object.removeValue(forKey: field.name)
      object[field.json] = .string(value)
    }
    let json = JSON.object(object)
    try shape.check(json)
    var options = JSONDecodingOptions()
    options.ignoreUnknownFields = true
    do {
      return try Input(jsonUTF8Bytes: json.serialized(), options: options)
    } catch {
      // The shape check has named every mistake that it knows; what is left is for the runtime.
      throw RequestShapeError("the request does not fit \(rule.input): \(error)")
    }
  }

  /// Refuses a message whose required fields are not all set.
  static func requireFields(_ message: some Message) throws {
    guard let shape = MessageShape.all[type(of: message).protoMessageName],
      shape.fields.contains(where: \.isRequired)
    else { return }
    let json = try JSON(parsing: try message.jsonUTF8Bytes() as [UInt8])
    if let missing = shape.missingField(in: json) {
      throw RequestShapeError("field \(missing) is required")
    }
  }

  private static func members(_ body: [UInt8], _ shape: MessageShape) throws -> JSONObject {
    guard body.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }) else { return JSONObject() }
    guard case .object(let members) = try parse(body) else {
      throw RequestShapeError("the body must be a JSON object")
    }
    return members
  }

  private static func parse(_ body: [UInt8]) throws -> JSON {
    do {
      return try JSON(parsing: body, options: JSONParseOptions(maximumDepth: maximumDepth))
    } catch {
      throw RequestShapeError("the body is not JSON: \(error)")
    }
  }
}
