/// Why a text is not a JSON Pointer.
public struct JSONPointerError: Error, Hashable, CustomStringConvertible {
  /// What is wrong, as a sentence.
  public let description: String
}

/// A JSON Pointer (RFC 6901): `/spec/containers/0/image`, with `~1` for a slash and `~0` for a tilde
/// inside a token.
public struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
  /// Most tokens that a pointer may have: nothing lies deeper than a JSON text may be.
  public static let maximumTokens = 512

  /// The unescaped reference tokens; empty for the whole document.
  public let tokens: [String]

  /// A pointer made of unescaped tokens.
  public init(_ tokens: [String]) { self.tokens = tokens }

  /// Reads the escaped text.
  public init(parsing text: String) throws(JSONPointerError) {
    if text.isEmpty {
      tokens = []
      return
    }
    guard text.utf8.first == UInt8(ascii: "/") else {
      throw JSONPointerError(description: "a JSON pointer must be empty or start with '/'")
    }
    let parts = text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count <= Self.maximumTokens else {
      throw JSONPointerError(description: "a JSON pointer must not have more than \(Self.maximumTokens) tokens")
    }
    var tokens: [String] = []
    for part in parts { tokens.append(try Self.unescape(part)) }
    self.tokens = tokens
  }

  private static func unescape(_ token: Substring.UTF8View) throws(JSONPointerError) -> String {
    var bytes: [UInt8] = []
    var rest = token.makeIterator()
    while let byte = rest.next() {
      guard byte == UInt8(ascii: "~") else {
        bytes.append(byte)
        continue
      }
      switch rest.next() {
      case UInt8(ascii: "0"): bytes.append(UInt8(ascii: "~"))
      case UInt8(ascii: "1"): bytes.append(UInt8(ascii: "/"))
      default: throw JSONPointerError(description: "'~' in a JSON pointer must be followed by 0 or 1")
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The escaped text.
  public var description: String {
    var bytes: [UInt8] = []
    for token in tokens {
      bytes.append(UInt8(ascii: "/"))
      for byte in token.utf8 {
        switch byte {
        case UInt8(ascii: "~"): bytes.append(contentsOf: "~0".utf8)
        case UInt8(ascii: "/"): bytes.append(contentsOf: "~1".utf8)
        default: bytes.append(byte)
        }
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// True when the other pointer leads into what this one leads to, or to the same place.
  public func isPrefix(of other: JSONPointer) -> Bool {
    tokens.count <= other.tokens.count && zip(tokens, other.tokens).allSatisfy { UTF8Order.equal($0, $1) }
  }

  /// An array index as RFC 6901 spells it: digits without a leading zero.
  static func arrayIndex(_ token: String) -> Int? {
    guard let first = token.utf8.first, token.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      first != UInt8(ascii: "0") || token.utf8.count == 1
    else { return nil }
    return Int(token)
  }
}

extension JSON {
  /// What a pointer leads to; nil when it leads nowhere.
  public subscript(pointer: JSONPointer) -> JSON? {
    var current = self
    for token in pointer.tokens {
      switch current {
      case .object(let object):
        guard let next = object[token] else { return nil }
        current = next
      case .array(let elements):
        guard let index = JSONPointer.arrayIndex(token), index < elements.count else { return nil }
        current = elements[index]
      default: return nil
      }
    }
    return current
  }
}
