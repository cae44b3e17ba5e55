internal import WGECore

/// An absolute URL, or the absolute path of one, cut into its parts.
struct CELURL: Sendable, Hashable {
  private(set) var scheme = ""
  private(set) var host = ""
  private(set) var path = ""
  private(set) var query = ""

  init?(_ text: String) {
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
    var rest = text[...]
    if let hash = rest.firstIndex(of: "#") { rest = rest[..<hash] }
    if !rest.hasPrefix("/") {
      guard let colon = rest.firstIndex(of: ":"), let first = rest.first, first.isASCII, first.isLetter,
        rest[..<colon].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) })
      else { return nil }
      scheme = rest[..<colon].lowercased()
      rest = rest[rest.index(after: colon)...]
    }
    if let mark = rest.firstIndex(of: "?") {
      query = String(rest[rest.index(after: mark)...])
      rest = rest[..<mark]
    }
    if rest.hasPrefix("//"), !scheme.isEmpty || text.hasPrefix("//") {
      rest = rest.dropFirst(2)
      let end = rest.firstIndex(of: "/") ?? rest.endIndex
      var authority = rest[..<end]
      if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
      guard Self.isHost(authority) else { return nil }
      host = String(authority)
      rest = rest[end...]
    } else if !scheme.isEmpty, !rest.hasPrefix("/") {
      // Opaque, as `mailto:x`.
      return
    }
    guard Self.isEscaped(rest) else { return nil }
    path = String(rest)
  }

  private static func isHost(_ text: Substring) -> Bool {
    if text.hasPrefix("[") {
      guard let close = text.firstIndex(of: "]"),
        CELAddress(String(text[text.index(after: text.startIndex)..<close])) != nil
      else { return false }
      return isPort(text[text.index(after: close)...])
    }
    guard let colon = text.lastIndex(of: ":") else { return isEscaped(text) }
    return isPort(text[colon...]) && !text[..<colon].contains(":") && isEscaped(text[..<colon])
  }

  private static func isPort(_ text: Substring) -> Bool {
    text.isEmpty || text.hasPrefix(":") && text.dropFirst().utf8.allSatisfy { (0x30...0x39).contains($0) }
  }

  private static func isEscaped(_ text: Substring) -> Bool {
    var rest = text[...]
    while let percent = rest.firstIndex(of: "%") {
      let digits = rest[rest.index(after: percent)...].prefix(2)
      guard digits.count == 2, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return false }
      rest = rest[digits.endIndex...]
    }
    return true
  }

  var hostname: String {
    if host.hasPrefix("["), let close = host.firstIndex(of: "]") {
      return String(host[host.index(after: host.startIndex)..<close])
    }
    return host.lastIndex(of: ":").map { String(host[..<$0]) } ?? host
  }

  var port: String {
    let tail = host.hasPrefix("[") ? host[(host.firstIndex(of: "]") ?? host.startIndex)...] : host[...]
    return tail.lastIndex(of: ":").map { String(tail[tail.index(after: $0)...]) } ?? ""
  }

  /// The values of each parameter.
  var parameters: [(key: String, values: [String])] {
    var result: [(key: String, values: [String])] = []
    for pair in query.split(separator: "&") where !pair.contains(";") {
      let equals = pair.firstIndex(of: "=")
      func decoded(_ text: Substring) -> String? {
        RequestInfo.percentDecoded(Substring(text.replacing("+", with: " ")))
      }
      guard let key = decoded(equals.map { pair[..<$0] } ?? pair),
        let value = decoded(equals.map { pair[pair.index(after: $0)...] } ?? "")
      else { continue }
      if let index = result.firstIndex(where: { $0.key == key }) {
        result[index].values.append(value)
      } else {
        result.append((key, [value]))
      }
    }
    return result
  }
}

/// A semantic version.
struct CELVersion: Sendable {
  let numbers: [UInt64]
  let prerelease: [String]

  /// - Parameter normalizing: takes a leading `v`, leading zeros and missing numbers.
  init?(_ text: String, normalizing: Bool = false) {
    guard text.utf8.count <= 256 else { return nil }
    var rest = text[...]
    if normalizing, rest.hasPrefix("v") { rest = rest.dropFirst() }
    if let plus = rest.firstIndex(of: "+") {
      guard Self.areIdentifiers(rest[rest.index(after: plus)...], numeric: false) else { return nil }
      rest = rest[..<plus]
    }
    var prerelease: [String] = []
    if let dash = rest.firstIndex(of: "-") {
      let tail = rest[rest.index(after: dash)...]
      guard Self.areIdentifiers(tail, numeric: true) else { return nil }
      prerelease = tail.split(separator: ".").map(String.init)
      rest = rest[..<dash]
    }
    let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3 || normalizing && parts.count < 3 else { return nil }
    var numbers: [UInt64] = []
    for part in parts {
      guard !part.isEmpty, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        normalizing || part == "0" || !part.hasPrefix("0"), let number = UInt64(part)
      else { return nil }
      numbers.append(number)
    }
    while numbers.count < 3 { numbers.append(0) }
    self.numbers = numbers
    self.prerelease = prerelease
  }

  private static func areIdentifiers(_ text: Substring, numeric: Bool) -> Bool {
    text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
      guard !part.isEmpty, part.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) else {
        return false
      }
      return !numeric || part.count == 1 || !part.hasPrefix("0") || !part.allSatisfy(\.isNumber)
    }
  }

  func compare(_ other: CELVersion) -> Int {
    for (a, b) in zip(numbers, other.numbers) where a != b { return a < b ? -1 : 1 }
    if prerelease.isEmpty || other.prerelease.isEmpty {
      return prerelease.isEmpty == other.prerelease.isEmpty ? 0 : prerelease.isEmpty ? 1 : -1
    }
    for (a, b) in zip(prerelease, other.prerelease) where a != b {
      switch (UInt64(a), UInt64(b)) {
      case (let x?, let y?): return x < y ? -1 : 1
      case (.some, nil): return -1
      case (nil, .some): return 1
      default: return a < b ? -1 : 1
      }
    }
    return prerelease.count == other.prerelease.count ? 0 : prerelease.count < other.prerelease.count ? -1 : 1
  }
}

/// A named format, as the library `format` has them.
enum CELFormat: String, Sendable, CaseIterable {
  case dns1123Label, dns1123Subdomain, dns1035Label, qualifiedName, dns1123LabelPrefix, dns1123SubdomainPrefix
  case dns1035LabelPrefix, labelValue, uri, uuid, byte, date, datetime

  /// What is wrong with a text; empty when nothing is.
  func problems(_ text: String) -> [String] {
    func prefix(_ check: (String) -> [String]) -> [String] { check(text.hasSuffix("-") ? text + "a" : text) }
    switch self {
    case .dns1123Label: return NameValidation.dns1123Label(text)
    case .dns1123Subdomain: return NameValidation.dns1123Subdomain(text)
    case .dns1035Label: return NameValidation.dns1035Label(text)
    case .qualifiedName: return NameValidation.qualifiedName(text)
    case .dns1123LabelPrefix: return prefix(NameValidation.dns1123Label)
    case .dns1123SubdomainPrefix: return prefix(NameValidation.dns1123Subdomain)
    case .dns1035LabelPrefix: return prefix(NameValidation.dns1035Label)
    case .labelValue: return NameValidation.labelValue(text)
    case .uri: return CELURL(text) == nil ? ["invalid URI"] : []
    case .uuid: return StringFormat.accepts(text, format: "uuid") ? [] : ["does not match the UUID format"]
    case .byte: return StringFormat.accepts(text, format: "byte") ? [] : ["invalid base64"]
    case .date: return StringFormat.accepts(text, format: "date") ? [] : ["invalid date"]
    case .datetime: return StringFormat.accepts(text, format: "datetime") ? [] : ["invalid datetime"]
    }
  }
}
