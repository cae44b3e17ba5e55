internal import WGECore

/// A JSON web token in compact form (RFC 7519), not verified.
struct Token {
  var header: JSON
  var payload: JSON
  var signature: [UInt8]
  /// What the signature is over.
  var signed: [UInt8]

  /// A token whose payload is another token.
  var isNested: Bool { header["cty"]?.stringValue?.uppercased() == "JWT" }

  init(_ text: String) throws {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3 else { throw TokenError("encoded JWT must have 3 sections, found \(parts.count)") }
    header = try Self.json(String(parts[0]), "header")
    if header["enc"] != nil { throw TokenError("JWT is a JWE object, which is not supported") }
    let bytes = try Self.bytes(String(parts[1]), "payload")
    if header["cty"]?.stringValue?.uppercased() == "JWT" {
      // Either the inner token itself, or a JSON string of it.
      let inner = (try? JSON(parsing: bytes))?.stringValue
      payload = .string(inner ?? String(decoding: bytes, as: UTF8.self))
    } else {
      guard let value = try? JSON(parsing: bytes) else {
        throw TokenError("JWT payload had invalid encoding: not JSON")
      }
      payload = value
    }
    signature = try Self.bytes(String(parts[2]), "signature")
    signed = Array((String(parts[0]) + "." + String(parts[1])).utf8)
  }

  private static func json(_ text: String, _ what: String) throws -> JSON {
    let bytes = try bytes(text, what)
    guard let value = try? JSON(parsing: bytes), case .object = value else {
      throw TokenError("JWT \(what) had invalid encoding: not a JSON object")
    }
    return value
  }

  private static func bytes(_ text: String, _ what: String) throws -> [UInt8] {
    do {
      return try Base64.bytes(of: Array(text.utf8), as: text.hasSuffix("=") ? .paddedURL : .url)
    } catch {
      throw TokenError("JWT \(what) had invalid encoding: illegal base64 data at input byte \(error.offset)")
    }
  }
}
