internal import WGECore

/// The string formats that Kubernetes checks. Unknown formats are not checked, as upstream does not.
enum StringFormat {
  static func accepts(_ text: String, format: String) -> Bool {
    switch format {
    case "date-time", "datetime": return isDateTime(text)
    case "date": return isDateTime("\(text)T00:00:00Z")
    case "byte": return Base64.decode(text) != nil
    case "uuid", "uuid3", "uuid4", "uuid5": return isUUID(text, version: format.last?.wholeNumberValue)
    case "ipv4": return isIPv4(text)
    case "ipv6": return isIPv6(text)
    case "cidr": return isCIDR(text)
    case "mac": return isMAC(text)
    case "hostname": return isHostname(text)
    case "email":
      let parts = text.split(separator: "@", omittingEmptySubsequences: false)
      return parts.count == 2 && !parts[0].isEmpty && !parts[1].isEmpty && !text.contains(" ")
    case "uri":
      guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else { return text.hasPrefix("/") }
      return text[..<colon].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
        && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    case "duration": return isDuration(text)
    default: return true
    }
  }

  private static func isDateTime(_ text: String) -> Bool {
    (try? Timestamp(parsing: text)) != nil
  }

  private static func isHex(_ character: Character) -> Bool { character.isASCII && character.isHexDigit }

  private static func isUUID(_ text: String, version: Int?) -> Bool {
    let compact = text.filter { $0 != "-" }
    let groups = text.split(separator: "-", omittingEmptySubsequences: false).map(\.count)
    guard compact.count == 32, compact.allSatisfy(isHex), groups == [8, 4, 4, 4, 12] || groups == [32] else {
      return false
    }
    guard let version else { return true }
    return compact[compact.index(compact.startIndex, offsetBy: 12)].wholeNumberValue == version
  }

  static func isIPv4(_ text: String) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { part in
        guard (1...3).contains(part.count), part.allSatisfy({ $0.isASCII && $0.isNumber }), let value = Int(part) else {
          return false
        }
        return value <= 255 && (part.count == 1 || part.first != "0")
      }
  }

  static func isIPv6(_ text: String) -> Bool {
    guard text.contains(":"), text.utf8.count <= 45 else { return false }
    var head = text[...]
    var tailGroups = 0
    if let dot = text.firstIndex(of: "."), let colon = text[..<dot].lastIndex(of: ":") {
      guard isIPv4(String(text[text.index(after: colon)...])) else { return false }
      head = text[...colon] + "0"
      tailGroups = 1
    }
    var halves: [Substring] = []
    if let gap = find("::", in: head) {
      halves = [head[..<gap.lowerBound], head[gap.upperBound...]]
      if find("::", in: halves[1]) != nil { return false }
    } else {
      halves = [head]
    }
    let groups = halves.flatMap { $0.isEmpty ? [] : $0.split(separator: ":", omittingEmptySubsequences: false) }
    guard groups.allSatisfy({ (1...4).contains($0.count) && $0.allSatisfy(isHex) }) else { return false }
    let count = groups.count + tailGroups
    return halves.count == 2 ? count < 8 : count == 8
  }

  private static func find(_ word: String, in text: Substring) -> Range<Substring.Index>? {
    var start = text.startIndex
    while start < text.endIndex {
      if text[start...].hasPrefix(word) { return start..<text.index(start, offsetBy: word.count) }
      start = text.index(after: start)
    }
    return nil
  }

  private static func isCIDR(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, (1...3).contains(parts[1].utf8.count), let bits = Int(parts[1]), bits >= 0 else {
      return false
    }
    return isIPv4(parts[0]) ? bits <= 32 : isIPv6(parts[0]) && bits <= 128
  }

  private static func isMAC(_ text: String) -> Bool {
    for separator in [":", "-"] as [Character] {
      let parts = text.split(separator: separator, omittingEmptySubsequences: false)
      if [6, 8, 20].contains(parts.count), parts.allSatisfy({ $0.count == 2 && $0.allSatisfy(isHex) }) { return true }
    }
    return false
  }

  private static func isHostname(_ text: String) -> Bool {
    guard !text.isEmpty, text.utf8.count <= 253 else { return false }
    return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      (1...63).contains(label.count) && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
        && label.first != "-" && label.last != "-"
    }
  }

  /// Go's durations, and the long words that upstream's parser also takes.
  private static func isDuration(_ text: String) -> Bool {
    var rest = text[...]
    if rest.hasPrefix("-") || rest.hasPrefix("+") { rest = rest.dropFirst() }
    if rest == "0" { return true }
    guard !rest.isEmpty else { return false }
    let units = ["ns", "us", "µs", "μs", "ms", "s", "m", "h", "d", "w"]
    while !rest.isEmpty {
      let digits = rest.prefix { ($0.isASCII && $0.isNumber) || $0 == "." }
      guard digits.contains(where: \.isNumber) else { return false }
      rest = rest.dropFirst(digits.count)
      while rest.first == " " { rest = rest.dropFirst() }
      let unit = rest.prefix { $0.isLetter }
      guard units.contains(String(unit)) else { return false }
      rest = rest.dropFirst(unit.count)
    }
    return true
  }
}
