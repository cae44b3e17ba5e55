internal import Crypto
internal import FoundationEssentials

/// The keys by which ssh servers are known: the lines of a `known_hosts` file.
///
/// Plain and hashed names, ports (`[host]:22`), wildcards, negations and `@revoked` are understood. Lines that
/// are not (certificate authorities, unknown markers, damaged ones) admit nobody. The user's own file is never
/// read.
public struct SSHKnownHosts: Sendable, Hashable {
  struct Entry: Sendable, Hashable {
    var patterns: String
    /// `ssh-ed25519`, ...
    var type: String
    /// As it goes over the wire.
    var key: [UInt8]
    var isRevoked: Bool
  }

  /// What the list says of a server's key.
  enum Verdict: Hashable { case known, unknownHost, otherKey, revoked }

  private let entries: [Entry]

  /// - Parameter text: as in `known_hosts`, or as `ssh-keyscan` writes it. At most 1 MiB is looked at.
  public init(_ text: String) {
    var entries: [Entry] = []
    for line in String(decoding: text.utf8.prefix(1 << 20), as: UTF8.self).split(whereSeparator: \.isNewline) {
      var words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)[...]
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      var isRevoked = false
      if first.hasPrefix("@") {
        guard first == "@revoked" else { continue }
        isRevoked = true
        words = words.dropFirst()
      }
      guard words.count >= 3, let key = Data(base64Encoded: words[words.startIndex + 2]) else { continue }
      entries.append(
        Entry(
          patterns: words[words.startIndex], type: words[words.startIndex + 1], key: [UInt8](key), isRevoked: isRevoked)
      )
    }
    self.entries = entries
  }

  /// The kinds of key that are known of a server, to ask it for one of them.
  func types(host: String, port: Int) -> [String] {
    var types: [String] = []
    for entry in entries where !entry.isRevoked && Self.matches(entry.patterns, host, port) {
      if !types.contains(entry.type) { types.append(entry.type) }
    }
    return types
  }

  func verdict(host: String, port: Int, key: [UInt8]) -> Verdict {
    var verdict = Verdict.unknownHost
    for entry in entries {
      if entry.isRevoked {
        // A revoked key is refused by whatever name it comes.
        if entry.key == key, Self.matches(entry.patterns, host, port) || entry.patterns == "*" { return .revoked }
        continue
      }
      guard Self.matches(entry.patterns, host, port) else { continue }
      if entry.key == key { verdict = .known } else if verdict != .known { verdict = .otherKey }
    }
    return verdict
  }

  private static func matches(_ patterns: String, _ host: String, _ port: Int) -> Bool {
    let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    let name = port == 22 ? bare : "[\(bare)]:\(port)"
    if patterns.hasPrefix("|1|") {
      let parts = patterns.split(separator: "|", omittingEmptySubsequences: false)
      guard parts.count == 4, let salt = Data(base64Encoded: String(parts[2])),
        let hash = Data(base64Encoded: String(parts[3]))
      else { return false }
      return HMAC<Insecure.SHA1>.isValidAuthenticationCode(
        hash, authenticating: Data(name.utf8), using: SymmetricKey(data: salt))
    }
    var isMatch = false
    for pattern in patterns.lowercased().split(separator: ",") {
      if pattern.hasPrefix("!") {
        if glob(Array(pattern.dropFirst().utf8), Array(name.utf8)) { return false }
      } else if glob(Array(pattern.utf8), Array(name.utf8)) {
        isMatch = true
      }
    }
    return isMatch
  }

  /// `*` and `?`, in time linear in the product of the lengths.
  private static func glob(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
    var (p, t, star, mark) = (0, 0, -1, 0)
    while t < text.count {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        star = p
        mark = t
        p += 1
      } else if p < pattern.count, pattern[p] == UInt8(ascii: "?") || pattern[p] == text[t] {
        p += 1
        t += 1
      } else if star >= 0 {
        p = star + 1
        mark += 1
        t = mark
      } else {
        return false
      }
    }
    while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
    return p == pattern.count
  }
}
