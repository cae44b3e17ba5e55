extension Sprig {
  static let versionFunctions: [Function] = {
    var all: [Function] = []
    all.append(
      Function("semver", .string) { .host(try SemanticVersion(string($1[0]))) })
    all.append(
      Function("semverCompare", .string, .string) { _, arguments in
        let constraint = try VersionConstraint(string(arguments[0]))
        return .bool(constraint.allows(try SemanticVersion(string(arguments[1]))))
      })
    return all
  }()
}

/// A semantic version, read leniently: a leading `v`, missing minor and patch and leading zeros are accepted.
final class SemanticVersion: TemplateObject, Sendable {
  let major: UInt64
  let minor: UInt64
  let patch: UInt64
  let prerelease: String
  let metadata: String
  let original: String

  var goTypeName: String { "*semver.Version" }
  var goKind: String { "ptr" }

  var goString: String {
    "\(major).\(minor).\(patch)" + (prerelease.isEmpty ? "" : "-" + prerelease)
      + (metadata.isEmpty ? "" : "+" + metadata)
  }

  init(_ text: String) throws {
    let invalid = TemplateFunctionError("Invalid Semantic Version")
    var rest = Substring(text)
    if rest.hasPrefix("v") { rest = rest.dropFirst() }
    var metadata = Substring()
    if let plus = rest.firstIndex(of: "+") {
      metadata = rest[rest.index(after: plus)...]
      rest = rest[..<plus]
      guard Self.areIdentifiers(metadata) else { throw invalid }
    }
    var prerelease = Substring()
    if let dash = rest.firstIndex(of: "-") {
      prerelease = rest[rest.index(after: dash)...]
      rest = rest[..<dash]
      guard Self.areIdentifiers(prerelease) else { throw invalid }
      for part in prerelease.split(separator: ".") where part.utf8.count > 1 && part.hasPrefix("0") {
        if part.utf8.allSatisfy({ $0 &- 0x30 < 10 }) { throw TemplateFunctionError("Version segment starts with 0") }
      }
    }
    let numbers = rest.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...3).contains(numbers.count), numbers.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { $0 &- 0x30 < 10 } })
    else { throw invalid }
    var values: [UInt64] = []
    for number in numbers {
      guard let value = UInt64(number) else { throw TemplateFunctionError("Error parsing version segment: \(number)") }
      values.append(value)
    }
    major = values[0]
    minor = values.count > 1 ? values[1] : 0
    patch = values.count > 2 ? values[2] : 0
    self.prerelease = String(prerelease)
    self.metadata = String(metadata)
    original = text
  }

  private init(_ major: UInt64, _ minor: UInt64, _ patch: UInt64, prefix: String) {
    (self.major, self.minor, self.patch) = (major, minor, patch)
    (prerelease, metadata) = ("", "")
    original = "\(prefix)\(major).\(minor).\(patch)"
  }

  private static func areIdentifiers(_ text: Substring) -> Bool {
    text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
      !part.isEmpty && part.utf8.allSatisfy { $0 == 0x2D || $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 }
    }
  }

  /// -1, 0 or 1; metadata does not count.
  func compare(_ other: SemanticVersion) -> Int {
    for (a, b) in [(major, other.major), (minor, other.minor), (patch, other.patch)] where a != b {
      return a < b ? -1 : 1
    }
    return Self.comparePrereleases(prerelease, other.prerelease)
  }

  static func comparePrereleases(_ a: String, _ b: String) -> Int {
    if a == b { return 0 }
    if a.isEmpty { return 1 }
    if b.isEmpty { return -1 }
    let x = a.split(separator: ".")
    let y = b.split(separator: ".")
    for (p, q) in zip(x, y) where p != q {
      switch (UInt64(p), UInt64(q)) {
      case (let m?, let n?): return m < n ? -1 : 1
      case (_?, nil): return -1
      case (nil, _?): return 1
      default: return p.utf8.lexicographicallyPrecedes(q.utf8) ? -1 : 1
      }
    }
    return x.count == y.count ? 0 : x.count < y.count ? -1 : 1
  }

  func isEqual(to other: any TemplateObject) -> Bool {
    guard let other = other as? SemanticVersion else { return false }
    return compare(other) == 0 && metadata == other.metadata && original == other.original
  }

  func method(named name: String) -> TemplateFunction? {
    func number(_ value: UInt64) -> TemplateFunction {
      TemplateFunction(name) { _, _ in .integer(GoInteger(bits: value, kind: .uint64)) }
    }
    func text(_ value: String) -> TemplateFunction { TemplateFunction(name) { _, _ in .string(value) } }
    func comparison(_ body: @escaping @Sendable (Int) -> GoValue) -> TemplateFunction {
      let version = self
      return TemplateFunction(name, .object("*semver.Version")) { _, arguments in
        guard case .host(let object) = arguments[0], let other = object as? SemanticVersion else { return .null }
        return body(version.compare(other))
      }
    }
    let prefix = original.hasPrefix("v") ? "v" : ""
    func version(_ major: UInt64, _ minor: UInt64, _ patch: UInt64) -> TemplateFunction {
      TemplateFunction(name) { _, _ in .host(SemanticVersion(major, minor, patch, prefix: prefix)) }
    }
    switch name {
    case "Major": return number(major)
    case "Minor": return number(minor)
    case "Patch": return number(patch)
    case "Prerelease": return text(prerelease)
    case "Metadata": return text(metadata)
    case "Original": return text(original)
    case "String": return text(goString)
    case "Compare": return comparison { .int($0) }
    case "Equal": return comparison { .bool($0 == 0) }
    case "LessThan": return comparison { .bool($0 < 0) }
    case "LessThanEqual": return comparison { .bool($0 <= 0) }
    case "GreaterThan": return comparison { .bool($0 > 0) }
    case "GreaterThanEqual": return comparison { .bool($0 >= 0) }
    case "IncMajor": return version(major &+ 1, 0, 0)
    case "IncMinor": return version(major, minor &+ 1, 0)
    case "IncPatch": return version(major, minor, prerelease.isEmpty ? patch &+ 1 : patch)
    default: return nil
    }
  }
}

/// Alternatives (`||`) of conditions (space or comma) on versions.
struct VersionConstraint {
  private enum Operator { case equal, notEqual, greater, less, greaterEqual, lessEqual, tilde, caret }

  private struct Condition {
    var comparison: Operator
    var version: SemanticVersion
    /// Parts are missing or wildcards.
    var isPartial = false
    var lacksMinor = false
    var lacksPatch = false
  }

  private let alternatives: [[Condition]]

  init(_ text: String) throws {
    let improper = TemplateFunctionError("improper constraint: \(text)")
    var alternatives: [[Condition]] = []
    for part in Self.splitAlternatives(text) {
      var scanner = Scanner(bytes: Array(part))
      var conditions: [Condition] = []
      scanner.skipSpace()
      while !scanner.isAtEnd {
        guard let condition = try Self.condition(&scanner) else { throw improper }
        scanner.skipSpace()
        // `1.2 - 1.4.5`
        if condition.comparison == .equal, scanner.takesRangeDash() {
          scanner.skipSpace()
          guard let upper = try Self.condition(&scanner), upper.comparison == .equal else { throw improper }
          var (low, high) = (condition, upper)
          low.comparison = .greaterEqual
          high.comparison = .lessEqual
          conditions += [low, high]
        } else {
          conditions.append(condition)
        }
        scanner.skipSpace()
        if scanner.peek == 0x2C {
          scanner.position += 1
          scanner.skipSpace()
        }
      }
      if conditions.isEmpty { throw improper }
      alternatives.append(conditions)
    }
    self.alternatives = alternatives
  }

  private static func splitAlternatives(_ text: String) -> [ArraySlice<UInt8>] {
    let bytes = Array(text.utf8)
    var parts: [ArraySlice<UInt8>] = []
    var start = 0
    var index = 0
    while index + 1 < bytes.count {
      if bytes[index] == 0x7C, bytes[index + 1] == 0x7C {
        parts.append(bytes[start..<index])
        index += 2
        start = index
      } else {
        index += 1
      }
    }
    return parts + [bytes[start...]]
  }

  private struct Scanner {
    let bytes: [UInt8]
    var position = 0
    init(bytes: [UInt8]) { self.bytes = bytes }
    var isAtEnd: Bool { position >= bytes.count }
    var peek: UInt8? { isAtEnd ? nil : bytes[position] }

    mutating func skipSpace() {
      while let byte = peek, byte == 0x20 || (0x09...0x0D).contains(byte) { position += 1 }
    }

    mutating func takesRangeDash() -> Bool {
      guard peek == 0x2D, position > 0, bytes[position - 1] == 0x20, position + 1 < bytes.count,
        bytes[position + 1] == 0x20
      else { return false }
      position += 1
      return true
    }

    mutating func take(_ isPart: (UInt8) -> Bool) -> String {
      let start = position
      while let byte = peek, isPart(byte) { position += 1 }
      return String(decoding: bytes[start..<position], as: UTF8.self)
    }
  }

  private static func condition(_ scanner: inout Scanner) throws -> Condition? {
    let symbols = scanner.take { "=!<>~^".utf8.contains($0) }
    let comparison: Operator
    switch symbols {
    case "", "=": comparison = .equal
    case "!=": comparison = .notEqual
    case ">": comparison = .greater
    case "<": comparison = .less
    case ">=", "=>": comparison = .greaterEqual
    case "<=", "=<": comparison = .lessEqual
    case "~", "~>": comparison = .tilde
    case "^": comparison = .caret
    default: return nil
    }
    scanner.skipSpace()
    if scanner.peek == UInt8(ascii: "v") { scanner.position += 1 }
    var parts: [String] = []
    while parts.count < 3 {
      if !parts.isEmpty {
        guard scanner.peek == 0x2E else { break }
        scanner.position += 1
      }
      let part = scanner.take { $0 &- 0x30 < 10 || $0 | 0x20 == 0x78 || $0 == 0x2A }
      if part.isEmpty { return nil }
      parts.append(part)
    }
    var suffix = ""
    for mark in [UInt8(ascii: "-"), UInt8(ascii: "+")] where scanner.peek == mark {
      suffix += scanner.take { $0 == mark && true }.prefix(1)
      suffix += scanner.take { $0 == 0x2D || $0 == 0x2E || $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 }
    }
    func isWildcard(_ index: Int) -> Bool {
      index >= parts.count || parts[index] == "x" || parts[index] == "X" || parts[index] == "*"
    }
    var text = parts.joined(separator: ".")
    var condition = (partial: false, minor: false, patch: false)
    if isWildcard(0) {
      text = "0.0.0"
      condition.partial = true
    } else if isWildcard(1) {
      text = parts[0] + ".0.0"
      condition = (true, true, false)
    } else if isWildcard(2) {
      text = parts[0] + "." + parts[1] + ".0"
      condition = (true, false, true)
    }
    guard let version = try? SemanticVersion(text + suffix) else {
      throw TemplateFunctionError("constraint Parser Error")
    }
    return Condition(
      comparison: comparison, version: version, isPartial: condition.partial, lacksMinor: condition.minor,
      lacksPatch: condition.patch)
  }

  func allows(_ version: SemanticVersion) -> Bool {
    alternatives.contains { $0.allSatisfy { Self.holds($0, version) } }
  }

  private static func holds(_ condition: Condition, _ version: SemanticVersion) -> Bool {
    let bound = condition.version
    // A prerelease satisfies only what asks for one.
    let isUnwanted = !version.prerelease.isEmpty && bound.prerelease.isEmpty
    let order = version.compare(bound)
    switch condition.comparison {
    case .notEqual:
      guard condition.isPartial else { return order != 0 }
      if isUnwanted { return false }
      if bound.major != version.major { return true }
      if condition.lacksMinor { return false }
      if bound.minor != version.minor { return true }
      if condition.lacksPatch {
        return SemanticVersion.comparePrereleases(version.prerelease, bound.prerelease) != 0
      }
      return order != 0
    case _ where isUnwanted: return false
    case .greater:
      guard condition.isPartial, version.major == bound.major else { return order > 0 }
      if condition.lacksMinor { return false }
      return condition.lacksPatch ? version.minor > bound.minor : order > 0
    case .less: return order < 0
    case .greaterEqual: return order >= 0
    case .lessEqual:
      guard condition.isPartial else { return order <= 0 }
      if version.major > bound.major { return false }
      return !(version.major == bound.major && version.minor > bound.minor && !condition.lacksMinor)
    case .equal: return condition.isPartial ? isNear(condition, version, order) : order == 0
    case .tilde: return isNear(condition, version, order)
    case .caret:
      if order < 0 { return false }
      if bound.major > 0 || condition.lacksMinor { return version.major == bound.major }
      if version.major > 0 { return false }
      if bound.minor > 0 || condition.lacksPatch { return version.minor == bound.minor }
      return version.minor == 0 && version.patch == bound.patch
    }
  }

  private static func isNear(_ condition: Condition, _ version: SemanticVersion, _ order: Int) -> Bool {
    let bound = condition.version
    if bound.major == 0, bound.minor == 0, bound.patch == 0, !condition.lacksMinor, !condition.lacksPatch {
      return true
    }
    if order < 0 || version.major != bound.major { return false }
    return version.minor == bound.minor || condition.lacksMinor
  }
}
