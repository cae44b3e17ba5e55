#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
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
    guard let bytes = Base64URL.decode(text) else {
      let good: (UInt8) -> Bool = {
        ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == UInt8(ascii: "-")
          || $0 == UInt8(ascii: "_")
      }
      let position = Array(text.utf8).firstIndex { !good($0) } ?? text.utf8.count
      throw TokenError("JWT \(what) had invalid encoding: illegal base64 data at input byte \(position)")
    }
    return bytes
  }
}

/// Base64 with `-` and `_`, with or without padding.
enum Base64URL {
  static func decode(_ text: String) -> [UInt8]? {
    guard text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "/") }) else { return nil }
    var plain = text.replacing("-", with: "+").replacing("_", with: "/")
    while plain.hasSuffix("=") { plain.removeLast() }
    while plain.utf8.count % 4 != 0 { plain += "=" }
    return Data(base64Encoded: plain).map { [UInt8]($0) }
  }

  static func encode(_ bytes: [UInt8]) -> String {
    var text = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
    while text.hasSuffix("=") { text.removeLast() }
    return text
  }
}
