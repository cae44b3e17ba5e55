internal import WGEGoFormat

// URLs as Go's net/url reads and writes them.

extension Sprig {
  static let urlFunctions: [Function] = {
    var all: [Function] = []
    all.append(
      Function("urlParse", .string) { _, arguments in
        let url: GoURL
        do { url = try GoURL(bytes(arguments[0])) } catch {
          // Go has taken the fragment off.
          let address = string(arguments[0]).prefix { $0 != "#" }
          throw TemplateFunctionError("unable to parse url: parse \(GoQuote.quote(String(address))): \(error)")
        }
        return .map(
          GoMap([
            ("fragment", .text(url.fragment)), ("host", .text(url.host)), ("hostname", .text(url.hostname)),
            ("opaque", .text(url.opaque)), ("path", .text(url.path)), ("query", .text(url.query)),
            ("scheme", .text(url.scheme)), ("userinfo", .text(url.userinfo.map { $0.text } ?? [])),
          ]))
      })
    all.append(
      Function("urlJoin", .dictionary) { context, arguments in
        func part(_ key: String) throws -> [UInt8] {
          guard let value = arguments[0].member(key) else { return [] }
          guard let bytes = value.stringBytes else {
            throw TemplateFunctionError(
              "unable to parse \(key) key, must be of type string, but \(value.kind.rawValue) found")
          }
          try context.charge(bytes.count * 3)
          return bytes
        }
        var url = GoURL()
        url.scheme = try part("scheme")
        url.host = try part("host")
        url.path = try part("path")
        url.query = try part("query")
        url.opaque = try part("opaque")
        url.fragment = try part("fragment")
        let user = try part("userinfo")
        if !user.isEmpty {
          do { url.userinfo = try GoURL(Array("proto://".utf8) + user + Array("@host".utf8)).userinfo } catch {
            throw TemplateFunctionError("unable to parse userinfo in dict: \(error)")
          }
        }
        return .text(url.text)
      })
    return all
  }()
}

struct GoURL {
  struct UserInfo {
    var name: [UInt8]
    var password: [UInt8]?

    var text: [UInt8] {
      GoURL.escape(name, .user) + (password.map { [0x3A] + GoURL.escape($0, .user) } ?? [])
    }
  }

  struct Failure: Error, CustomStringConvertible { let description: String }

  enum Part { case path, host, user, fragment }

  var scheme: [UInt8] = []
  var opaque: [UInt8] = []
  var userinfo: UserInfo?
  var host: [UInt8] = []
  /// Without escapes.
  var path: [UInt8] = []
  var rawPath: [UInt8] = []
  var query: [UInt8] = []
  var fragment: [UInt8] = []
  var hasEmptyQuery = false

  init() {}

  init(_ text: [UInt8]) throws {
    if text.prefix(while: { $0 != 0x23 }).contains(where: { $0 < 0x20 || $0 == 0x7F }) {
      throw Failure(description: "net/url: invalid control character in URL")
    }
    var rest = text[...]
    if let hash = rest.firstIndex(of: 0x23) {
      fragment = try Self.unescape(Array(rest[(hash + 1)...]), .fragment)
      rest = rest[..<hash]
    }
    if rest.isEmpty, text.isEmpty { return }
    if rest.elementsEqual([0x2A]) {
      path = [0x2A]
      return
    }
    rest = try takeScheme(rest)
    if rest.last == 0x3F, rest.filter({ $0 == 0x3F }).count == 1 {
      hasEmptyQuery = true
      rest = rest.dropLast()
    } else if let mark = rest.firstIndex(of: 0x3F) {
      query = Array(rest[(mark + 1)...])
      rest = rest[..<mark]
    }
    if rest.first != 0x2F {
      if !scheme.isEmpty {
        opaque = Array(rest)
        return
      }
      if let colon = rest.firstIndex(of: 0x3A), !rest[..<colon].contains(0x2F) {
        throw Failure(description: "first path segment in URL cannot contain colon")
      }
    }
    if rest.starts(with: [0x2F, 0x2F]), !scheme.isEmpty || !rest.starts(with: [0x2F, 0x2F, 0x2F]) {
      rest = rest.dropFirst(2)
      let end = rest.firstIndex(of: 0x2F) ?? rest.endIndex
      try setAuthority(rest[..<end])
      rest = rest[end...]
    }
    rawPath = Array(rest)
    path = try Self.unescape(rawPath, .path)
  }

  private mutating func takeScheme(_ text: ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
    for (offset, byte) in text.enumerated() {
      switch byte {
      case 0x61...0x7A, 0x41...0x5A: continue
      case 0x30...0x39, 0x2B, 0x2D, 0x2E: if offset == 0 { return text }
      case 0x3A:
        if offset == 0 { throw Failure(description: "missing protocol scheme") }
        scheme = text.prefix(offset).map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
        return text.dropFirst(offset + 1)
      default: return text
      }
    }
    return text
  }

  private mutating func setAuthority(_ authority: ArraySlice<UInt8>) throws {
    var hostText = authority
    if let at = authority.lastIndex(of: 0x40) {
      let info = authority[..<at]
      hostText = authority[(at + 1)...]
      guard
        info.allSatisfy({
          $0 >= 0x80 ? false : $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 || "-._:~!$&'()*+,;=%@".utf8.contains($0)
        })
      else { throw Failure(description: "net/url: invalid userinfo") }
      if let colon = info.firstIndex(of: 0x3A) {
        userinfo = UserInfo(
          name: try Self.unescape(Array(info[..<colon]), .user),
          password: try Self.unescape(Array(info[(colon + 1)...]), .user))
      } else {
        userinfo = UserInfo(name: try Self.unescape(Array(info), .user))
      }
    }
    if hostText.first == 0x5B {
      guard let close = hostText.lastIndex(of: 0x5D) else { throw Failure(description: "missing ']' in host") }
      try Self.checkPort(hostText[(close + 1)...])
    } else if let colon = hostText.lastIndex(of: 0x3A) {
      try Self.checkPort(hostText[colon...])
    }
    host = try Self.unescape(Array(hostText), .host)
  }

  private static func checkPort(_ text: ArraySlice<UInt8>) throws {
    if text.isEmpty || (text.first == 0x3A && text.dropFirst().allSatisfy { $0 &- 0x30 < 10 }) { return }
    throw Failure(description: "invalid port \(GoQuote.quote(String(decoding: text, as: UTF8.self))) after host")
  }

  /// The host without its port and brackets.
  var hostname: [UInt8] {
    if host.first == 0x5B, let close = host.firstIndex(of: 0x5D) { return Array(host[1..<close]) }
    if let colon = host.firstIndex(of: 0x3A), host[(colon + 1)...].allSatisfy({ $0 &- 0x30 < 10 }) {
      return Array(host[..<colon])
    }
    return host
  }

  var text: [UInt8] {
    var out: [UInt8] = []
    if !scheme.isEmpty { out += scheme + [0x3A] }
    if !opaque.isEmpty {
      out += opaque
    } else {
      if !scheme.isEmpty || !host.isEmpty || userinfo != nil {
        if !host.isEmpty || !path.isEmpty || userinfo != nil { out += [0x2F, 0x2F] }
        if let userinfo { out += userinfo.text + [0x40] }
        out += Self.escape(host, .host)
      }
      let escaped = Self.escape(path, .path)
      if !escaped.isEmpty, escaped[0] != 0x2F, !host.isEmpty { out.append(0x2F) }
      if out.isEmpty, let slash = escaped.split(separator: 0x2F, omittingEmptySubsequences: false).first,
        slash.contains(0x3A)
      {
        out += [0x2E, 0x2F]
      }
      out += escaped
    }
    if hasEmptyQuery || !query.isEmpty { out += [0x3F] + query }
    if !fragment.isEmpty { out += [0x23] + Self.escape(fragment, .fragment) }
    return out
  }

  private static func isPlain(_ byte: UInt8, _ part: Part) -> Bool {
    if byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 { return true }
    switch byte {
    case 0x2D, 0x5F, 0x2E, 0x7E: return true
    case 0x21, 0x27, 0x28, 0x29, 0x2A, 0x3C, 0x3E, 0x22, 0x5B, 0x5D:
      if part == .host { return true }
      return part == .fragment && (0x21...0x2A).contains(byte) && byte != 0x22
    case 0x24, 0x26, 0x2B, 0x2C, 0x2F, 0x3A, 0x3B, 0x3D, 0x3F, 0x40:
      switch part {
      case .path: return byte != 0x3F
      case .user: return !(byte == 0x40 || byte == 0x2F || byte == 0x3F || byte == 0x3A)
      case .host: return byte != 0x2F && byte != 0x3F && byte != 0x40
      case .fragment: return true
      }
    default: return false
    }
  }

  static func escape(_ bytes: [UInt8], _ part: Part) -> [UInt8] {
    var out: [UInt8] = []
    for byte in bytes {
      if isPlain(byte, part) {
        out.append(byte)
      } else {
        out.append(0x25)
        GoQuote.hex(UInt32(byte), width: 2, uppercase: true, into: &out)
      }
    }
    return out
  }

  static func unescape(_ bytes: [UInt8], _ part: Part) throws -> [UInt8] {
    func value(_ index: Int) -> UInt8? {
      guard index < bytes.count else { return nil }
      switch bytes[index] {
      case 0x30...0x39: return bytes[index] - 0x30
      case 0x41...0x46: return bytes[index] - 0x37
      case 0x61...0x66: return bytes[index] - 0x57
      default: return nil
      }
    }
    var out: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == 0x25 {
        guard let high = value(index + 1), let low = value(index + 2) else {
          let bad = String(decoding: bytes[index..<min(index + 3, bytes.count)], as: UTF8.self)
          throw Failure(description: "invalid URL escape \(GoQuote.quote(bad))")
        }
        out.append(high << 4 | low)
        index += 3
        continue
      }
      if part == .host, bytes[index] < 0x80, !isPlain(bytes[index], .host) {
        throw Failure(
          description: "invalid character \(GoQuote.quote(String(UnicodeScalar(bytes[index])))) in host name")
      }
      out.append(bytes[index])
      index += 1
    }
    return out
  }
}
