/// A clone URL taken apart: which transport, which host, which path.
///
/// Accepts `https://`, `http://`, `ssh://`, `git://`, `file://`, the scp form `git@host:owner/name`
/// and `git@host/owner/name`. What a path means on a given provider (Bitbucket's `scm/`, Azure's
/// `_git`) and which hosts are known is decided by ``RepositoryURL``.
public struct RepositoryReference: Sendable, Hashable {
  /// How the repository is reached.
  public enum Transport: String, Sendable, Hashable { case https, http, ssh, git, file }

  /// The URL's scheme; `ssh` for the scp form.
  public let transport: Transport
  /// The user before the `@`; nil when absent. Never a password.
  public let user: String?
  /// Lower case; empty for `file`.
  public let host: String
  /// Nil when absent or the transport's default.
  public let port: Int?
  /// Path segments, percent-decoded, without the outer slashes and without one `.git` suffix.
  public let segments: [String]
  /// The path as written, without outer slashes: still percent-encoded, `.git` still there.
  let writtenPath: String

  /// - Throws: ``GitHostError`` with code `validation`, field `url` and a reason such as `emptySegment`
  ///   that names the broken rule. The message never repeats user info, so a password in the URL stays
  ///   out of it.
  public init(url text: String) throws(GitHostError) {
    let text = text.trimmed
    try Self.checkCharacters(text)
    var rest: Substring
    let authority: Substring
    if let scheme = text.firstRange(of: "://"), !text[..<scheme.lowerBound].contains("/") {
      transport = try Self.transport(ofScheme: text[..<scheme.lowerBound])
      rest = text[scheme.upperBound...]
      let slash = rest.firstIndex(of: "/") ?? rest.endIndex
      authority = rest[..<slash]
      rest = rest[slash...]
    } else {
      if text.hasPrefix("/") || text.hasPrefix("./") || text.hasPrefix("../") || text.hasPrefix("~") {
        throw RepositoryURLProblem.schemeNotAllowed.error("is a local path")
      }
      transport = .ssh
      let slash = text.firstIndex(of: "/") ?? text.endIndex
      if let colon = text.firstIndex(of: ":"), colon < slash {
        if text[colon...].hasPrefix("::") {
          throw RepositoryURLProblem.unsupportedScheme.error("names a transport helper")
        }
        if text[..<colon].utf8.count == 1 {
          throw RepositoryURLProblem.schemeNotAllowed.error("looks like a path of Windows")
        }
        authority = text[..<colon]
        rest = text[text.index(after: colon)...]
      } else if text[..<slash].contains("@") {
        authority = text[..<slash]
        rest = text[slash...]
      } else {
        throw RepositoryURLProblem.missingScheme.error("has no scheme")
      }
    }
    if text.contains("?") || text.contains("#") {
      throw RepositoryURLProblem.unsupportedParts.error("has a query or a fragment")
    }
    let place: Substring
    (user, place) = try Self.userAndPlace(authority)
    // The scp form has no port: what follows the colon is the path.
    (host, port) = try Self.hostAndPort(place, transport: transport)
    if transport == .file, !host.isEmpty, host != "localhost" {
      throw RepositoryURLProblem.invalidHost.error("is file:// on another host")
    }
    if transport != .file, host.isEmpty { throw RepositoryURLProblem.invalidHost.error("has no host") }

    while rest.hasPrefix("/") { rest = rest.dropFirst() }
    while rest.hasSuffix("/") { rest = rest.dropLast() }
    writtenPath = String(rest)
    segments = try Self.segments(rest)
  }

  /// The last segment as the name and the others as the owner.
  /// - Throws: ``GitHostError`` with code `validation` when there are fewer than two segments.
  public func repositoryPath() throws(GitHostError) -> RepositoryPath {
    try RepositoryPath(owner: segments.dropLast().joined(separator: "/"), name: segments.last ?? "")
  }

  /// `host` or `host:port`.
  var place: String { port.map { "\(host):\($0)" } ?? host }

  private static func checkCharacters(_ text: String) throws(GitHostError) {
    if text.isEmpty { throw RepositoryURLProblem.empty.error("is empty") }
    if text.utf8.count > 2048 { throw RepositoryURLProblem.tooLong.error("is longer than 2048 bytes") }
    if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) {
      throw RepositoryURLProblem.controlCharacter.error("contains a control character")
    }
    if text.utf8.contains(where: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\\") }) {
      throw RepositoryURLProblem.invalidCharacter.error("contains a space or a backslash")
    }
    // Git and ssh would take it for an option.
    if text.hasPrefix("-") { throw RepositoryURLProblem.optionInjection.error("starts with a dash") }
  }

  private static func transport(ofScheme scheme: Substring) throws(GitHostError) -> Transport {
    switch scheme.lowercased() {
    case "https": return .https
    case "http": return .http
    case "ssh", "git+ssh", "ssh+git": return .ssh
    case "git": return .git
    case "file": return .file
    default:
      throw RepositoryURLProblem.unsupportedScheme.error("has a scheme other than https, http, ssh, git and file")
    }
  }

  private static func userAndPlace(_ authority: Substring) throws(GitHostError) -> (String?, Substring) {
    guard let at = authority.lastIndex(of: "@") else { return (nil, authority) }
    let user = authority[..<at]
    if user.contains(":") {
      throw RepositoryURLProblem.embeddedCredentials.error("carries a password: pass credentials apart from the URL")
    }
    if user.hasPrefix("-") { throw RepositoryURLProblem.optionInjection.error("has a user that starts with a dash") }
    let allowed = user.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "%"):
        true
      default: false
      }
    }
    guard allowed, !user.isEmpty else { throw RepositoryURLProblem.invalidUserInfo.error("has a bad user name") }
    return (String(user), authority[authority.index(after: at)...])
  }

  private static func hostAndPort(
    _ place: Substring, transport: Transport
  ) throws(GitHostError) -> (String, Int?) {
    var host = place
    var port: Int?
    if let colon = place.lastIndex(of: ":"), !place[colon...].contains("]") {
      host = place[..<colon]
      let digits = place[place.index(after: colon)...]
      if !digits.isEmpty {
        guard digits.utf8.count <= 5, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
          let number = Int(digits), (1...65535).contains(number)
        else { throw RepositoryURLProblem.invalidPort.error("has a bad port") }
        let standard: [Transport: Int] = [.https: 443, .http: 80, .ssh: 22, .git: 9418]
        port = standard[transport] == number ? nil : number
      }
    }
    if host.hasPrefix("-") { throw RepositoryURLProblem.optionInjection.error("has a host that starts with a dash") }
    if host.hasSuffix(".") { host = host.dropLast() }
    let lower = host.lowercased()
    guard isHost(lower) || (transport == .file && lower.isEmpty) else {
      throw RepositoryURLProblem.invalidHost.error("has a bad host")
    }
    return (lower, port)
  }

  /// DNS labels, or an IPv6 address in brackets.
  static func isHost(_ host: String) -> Bool {
    if host.hasPrefix("["), host.hasSuffix("]") {
      let inner = host.dropFirst().dropLast()
      return inner.contains(":")
        && inner.utf8.allSatisfy { byte in
          switch byte {
          case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"),
            UInt8(ascii: "."):
            true
          default: false
          }
        }
    }
    guard !host.isEmpty, host.utf8.count <= 253 else { return false }
    return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      !label.isEmpty && label.utf8.count <= 63 && !label.hasPrefix("-") && !label.hasSuffix("-")
        && label.utf8.allSatisfy { byte in
          switch byte {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
          default: false
          }
        }
    }
  }

  private static func segments(_ path: Substring) throws(GitHostError) -> [String] {
    if path.isEmpty { return [] }
    var segments: [String] = []
    for part in path.split(separator: "/", omittingEmptySubsequences: false) {
      guard let decoded = decodePercent(part) else {
        throw RepositoryURLProblem.invalidEscape.error("has a bad percent escape")
      }
      if decoded.isEmpty { throw RepositoryURLProblem.emptySegment.error("has an empty path segment") }
      if decoded == "." || decoded == ".." { throw RepositoryURLProblem.dotSegment.error("has a dot segment") }
      segments.append(decoded)
    }
    if let last = segments.last, last.hasSuffix(".git") {
      let name = String(last.dropLast(4))
      if name.isEmpty { throw RepositoryURLProblem.missingRepository.error("names no repository") }
      // Dropping the suffix must not make a segment that was refused above.
      if name == "." || name == ".." { throw RepositoryURLProblem.dotSegment.error("has a dot segment") }
      segments[segments.count - 1] = name
    }
    return segments
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

/// The rules that a repository URL can break, by the words that errors carry as their reason.
enum RepositoryURLProblem: String {
  case empty, tooLong, controlCharacter, invalidCharacter, optionInjection, unsupportedScheme, schemeNotAllowed
  case missingScheme, unsupportedParts, invalidUserInfo, embeddedCredentials, invalidHost, invalidPort, emptySegment
  case invalidEscape, dotSegment, unknownProvider, missingOwner, missingRepository, invalidPath, webPageURL

  /// The refusal; `problem` continues "the repository URL …" and must not quote the URL.
  func error(_ problem: String, remedy: String? = nil) -> GitHostError {
    var error = GitHostError.validation(
      field: "url", "the repository URL \(problem)",
      remedy: remedy ?? "use https://host/owner/name.git, git@host:owner/name.git or file:///path/owner/name.git")
    error.reason = rawValue
    return error
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
