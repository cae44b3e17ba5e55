/// A clone URL taken apart: which transport, which host, which path.
///
/// Accepts `https://`, `http://`, `ssh://`, `file://` and the scp form `git@host:owner/name`. What
/// a path means on a given provider (Bitbucket's `scm/`, Azure's `_git`) is not decided here.
public struct RepositoryReference: Sendable, Hashable {
  /// How the repository is reached.
  public enum Transport: String, Sendable, Hashable { case https, http, ssh, file }

  /// The URL's scheme; `ssh` for the scp form.
  public let transport: Transport
  /// Lower case; empty for `file`.
  public let host: String
  /// Nil when absent or the transport's default.
  public let port: Int?
  /// Path segments without the outer slashes and without one `.git` suffix.
  public let segments: [String]

  /// - Throws: ``GitHostError`` with code `validation` and field `url`. The message never repeats
  ///   user info, so a password in the URL stays out of it.
  public init(url text: String) throws(GitHostError) {
    let text = text.trimmed
    func refuse(_ problem: String) -> GitHostError {
      .validation(
        field: "url", "the repository URL \(problem)",
        remedy: "use https://host/owner/name.git, git@host:owner/name.git or file:///path/owner/name.git")
    }
    if text.isEmpty { throw refuse("is empty") }
    if text.utf8.count > 2048 { throw refuse("is longer than 2048 bytes") }
    if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) { throw refuse("contains a control character") }
    if text.utf8.contains(where: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\\") }) {
      throw refuse("contains a space or a backslash")
    }
    if text.hasPrefix("-") { throw refuse("starts with a dash") }
    if text.contains("?") || text.contains("#") { throw refuse("has a query or a fragment") }

    var rest: Substring
    let authority: Substring
    if let scheme = text.firstRange(of: "://") {
      switch text[..<scheme.lowerBound].lowercased() {
      case "https": transport = .https
      case "http": transport = .http
      case "ssh", "git+ssh", "ssh+git": transport = .ssh
      case "file": transport = .file
      default: throw refuse("has a scheme other than https, http, ssh and file")
      }
      rest = text[scheme.upperBound...]
      let slash = rest.firstIndex(of: "/") ?? rest.endIndex
      authority = rest[..<slash]
      rest = rest[slash...]
    } else if !text.contains("::"), let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") {
      transport = .ssh
      authority = text[..<colon]
      rest = text[text.index(after: colon)...]
    } else {
      throw refuse("has no scheme")
    }

    var place = authority
    if let at = authority.lastIndex(of: "@") {
      let user = authority[..<at]
      if user.contains(":") { throw refuse("carries a password: pass credentials apart from the URL") }
      if user.hasPrefix("-") || user.contains("@") { throw refuse("has a bad user name") }
      place = authority[authority.index(after: at)...]
    }
    let split = try Self.hostAndPort(place, transport: transport, refuse: refuse)
    (host, port) = split
    if transport == .file, !host.isEmpty, host != "localhost" { throw refuse("is file:// on another host") }
    if transport != .file, host.isEmpty { throw refuse("has no host") }

    while rest.hasPrefix("/") { rest = rest.dropFirst() }
    while rest.hasSuffix("/") { rest = rest.dropLast() }
    if rest.hasSuffix(".git") { rest = rest.dropLast(4) }
    var segments: [String] = []
    for part in rest.split(separator: "/", omittingEmptySubsequences: false) {
      guard let decoded = Self.decodePercent(part) else { throw refuse("has a bad percent escape") }
      if decoded.isEmpty { throw refuse("has an empty path segment") }
      if decoded == "." || decoded == ".." { throw refuse("has a dot segment") }
      segments.append(decoded)
    }
    self.segments = segments
  }

  /// The last segment as the name and the others as the owner.
  /// - Throws: ``GitHostError`` with code `validation` when there are fewer than two segments.
  public func repositoryPath() throws(GitHostError) -> RepositoryPath {
    try RepositoryPath(owner: segments.dropLast().joined(separator: "/"), name: segments.last ?? "")
  }

  private static func hostAndPort(
    _ place: Substring, transport: Transport, refuse: (String) -> GitHostError
  ) throws(GitHostError) -> (String, Int?) {
    var host = place
    var port: Int?
    if let colon = place.lastIndex(of: ":"), !place[colon...].contains("]") {
      host = place[..<colon]
      let digits = place[place.index(after: colon)...]
      if !digits.isEmpty {
        guard let number = Int(digits), (1...65535).contains(number), digits.utf8.count <= 5 else {
          throw refuse("has a bad port")
        }
        let standard: [Transport: Int] = [.https: 443, .http: 80, .ssh: 22]
        port = standard[transport] == number ? nil : number
      }
    }
    if host.hasSuffix(".") { host = host.dropLast() }
    if host.hasPrefix("-") { throw refuse("has a host that starts with a dash") }
    let bracketed = host.hasPrefix("[") && host.hasSuffix("]")
    let allowed = host.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
        true
      case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ":"): bracketed
      default: false
      }
    }
    guard allowed else { throw refuse("has a bad host") }
    return (host.lowercased(), port)
  }

  private static func decodePercent(_ part: Substring) -> String? {
    guard part.contains("%") else { return String(part) }
    var bytes: [UInt8] = []
    var input = Array(part.utf8)[...]
    while let byte = input.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let digits = input.prefix(2)
      guard digits.count == 2, !digits.contains(UInt8(ascii: "+")), !digits.contains(UInt8(ascii: "-")),
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16),
        value >= 0x20, value != 0x7f, value != UInt8(ascii: "/"), value != UInt8(ascii: "\\")
      else { return nil }
      bytes.append(value)
      input = input.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}

extension String {
  /// Without leading and trailing ASCII white space.
  var trimmed: String {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" || $0 == "\r\n" }
    var rest = self[...]
    while let first = rest.first, isSpace(first) { rest = rest.dropFirst() }
    while let last = rest.last, isSpace(last) { rest = rest.dropLast() }
    return String(rest)
  }
}
