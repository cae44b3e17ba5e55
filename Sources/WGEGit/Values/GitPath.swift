/// The path of a file inside a repository, safe to commit and to write on any file system.
///
/// Relative, with `/` between components; no empty, `.` or `..` component, no control character, no
/// backslash, and nothing that some file system would take for `.git` (other case, ignorable code
/// points, `git~1`, trailing dots or spaces, alternate streams). The bytes are kept as given.
public struct GitPath: Sendable, CustomStringConvertible {
  /// The path as given: `clusters/prod/app.yaml`.
  public let value: String

  /// - Throws: ``GitHostError`` with code `validation` and field `path` that names the broken rule.
  public init(_ value: some StringProtocol) throws(GitHostError) {
    let text = String(value)
    if let problem = Self.problem(in: text) {
      throw GitHostError.validation(
        field: "path", "the path \(GitHostError.quote(text)) \(problem)",
        remedy: "give a relative path inside the repository, for instance apps/shop/release.yaml")
    }
    self.value = text
  }

  /// The path itself.
  public var description: String { value }

  /// The last component.
  public var name: String { String(value.split(separator: "/").last ?? "") }

  /// The folders above, outermost first: `a/b/c` gives `a` and `a/b`.
  var ancestors: [String] {
    var result: [String] = []
    var prefix = ""
    for component in value.split(separator: "/").dropLast() {
      prefix += prefix.isEmpty ? String(component) : "/" + component
      result.append(prefix)
    }
    return result
  }

  private static func problem(in text: String) -> String? {
    let bytes = Array(text.utf8)
    guard !bytes.isEmpty else { return "is empty" }
    guard bytes.count <= GitDefaults.maximumPathBytes else {
      return "is longer than \(GitDefaults.maximumPathBytes) bytes"
    }
    for byte in bytes {
      switch byte {
      case 0..<0x20, 0x7f: return "contains a control character"
      case UInt8(ascii: "\\"): return "contains a backslash"
      default: break
      }
    }
    let components = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard components.count <= GitDefaults.maximumPathDepth else {
      return "is deeper than \(GitDefaults.maximumPathDepth) folders"
    }
    for component in components {
      if component.isEmpty { return "has an empty component or an outer slash" }
      if component.count > GitDefaults.maximumPathComponentBytes {
        return "has a component longer than \(GitDefaults.maximumPathComponentBytes) bytes"
      }
      // On NTFS a name ends before its stream and before trailing dots and spaces.
      let plain = component.prefix { $0 != UInt8(ascii: ":") }
      var end = plain.endIndex
      while end > plain.startIndex, [UInt8(ascii: "."), UInt8(ascii: " ")].contains(plain[end - 1]) { end -= 1 }
      if end == plain.startIndex { return "has a component that is empty, . or .. on some file system" }
      let folded = String(decoding: plain[..<end], as: UTF8.self).unicodeScalars
        .filter { !Self.isIgnoredByHFS($0) }
        .map { $0.properties.lowercaseMapping }.joined()
      if folded == ".git" || folded == "git~1" { return "has a component that some file system takes for .git" }
    }
    return nil
  }

  private static func isIgnoredByHFS(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x200C...0x200F, 0x202A...0x202E, 0x206A...0x206F, 0xFEFF: true
    default: false
    }
  }
}

extension GitPath: Hashable, Comparable {
  /// Equal byte by byte.
  public static func == (lhs: GitPath, rhs: GitPath) -> Bool { lhs.value.utf8.elementsEqual(rhs.value.utf8) }
  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) {
    for byte in value.utf8 { hasher.combine(byte) }
  }
  /// Ordered by bytes.
  public static func < (lhs: GitPath, rhs: GitPath) -> Bool {
    lhs.value.utf8.lexicographicallyPrecedes(rhs.value.utf8)
  }
}
