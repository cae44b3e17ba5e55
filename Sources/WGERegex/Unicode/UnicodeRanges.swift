/// A set of code points as ascending, disjoint, inclusive ranges, flat: low, high, low, high...
package struct ScalarSet: Sendable, Hashable {
  /// Even count; ascending; no two ranges touch once ``normalise()`` ran.
  package private(set) var bounds: [UInt32] = []

  package static let maximum: UInt32 = 0x10FFFF

  package init() {}

  package init(_ ranges: [ClosedRange<UInt32>]) {
    for range in ranges { insert(range.lowerBound, range.upperBound) }
    normalise()
  }

  package var isEmpty: Bool { bounds.isEmpty }

  /// Call ``normalise()`` after the last insertion.
  package mutating func insert(_ low: UInt32, _ high: UInt32) {
    bounds.append(low)
    bounds.append(high)
  }

  package mutating func formUnion(_ other: ScalarSet) { bounds += other.bounds }

  package mutating func normalise() {
    var isSorted = true
    var index = 2
    while index < bounds.count {
      if bounds[index] <= bounds[index - 1] &+ 1 || bounds[index] < bounds[index - 2] {
        isSorted = false
        break
      }
      index += 2
    }
    if isSorted { return }
    var pairs: [(UInt32, UInt32)] = []
    pairs.reserveCapacity(bounds.count / 2)
    for index in stride(from: 0, to: bounds.count, by: 2) { pairs.append((bounds[index], bounds[index + 1])) }
    pairs.sort { $0.0 < $1.0 }
    var merged: [UInt32] = []
    for (low, high) in pairs {
      if let last = merged.last, low <= last &+ 1 {
        merged[merged.count - 1] = max(last, high)
      } else {
        merged.append(low)
        merged.append(high)
      }
    }
    bounds = merged
  }

  /// Everything else up to U+10FFFF. The set must be normalised.
  package var inverted: ScalarSet {
    var result = ScalarSet()
    var next: UInt32 = 0
    for index in stride(from: 0, to: bounds.count, by: 2) {
      if bounds[index] > next { result.insert(next, bounds[index] - 1) }
      next = bounds[index + 1] + 1
    }
    if next <= Self.maximum { result.insert(next, Self.maximum) }
    return result
  }

  package func contains(_ scalar: UInt32) -> Bool {
    var low = 0
    var high = bounds.count / 2
    while low < high {
      let middle = (low + high) / 2
      if scalar > bounds[middle * 2 + 1] { low = middle + 1 } else { high = middle }
    }
    return low * 2 < bounds.count && scalar >= bounds[low * 2]
  }
}

/// Unicode's general categories and scripts by name.
package enum UnicodeProperty {
  /// The code points of a category (`L`, `Lu`, ...) or a script (`Greek`); nil for an unknown name. Case, spaces,
  /// hyphens and underscores in the name do not count.
  package static func set(named name: String) -> ScalarSet? {
    let key = canonical(name)
    switch key {
    case "any": return ScalarSet([0...ScalarSet.maximum])
    case "ascii": return ScalarSet([0...0x7F])
    case "assigned": return unassigned.inverted
    case "cn": return unassigned
    case "lc": return union(["lu", "ll", "lt"])
    default: break
    }
    if let actual = aliases[key] { return set(named: actual) }
    if let found = categories[key] ?? scripts[key] { return found }
    guard key.utf8.count == 1 else { return nil }
    let members = categories.keys.filter { $0.hasPrefix(key) } + (key == "c" ? ["cn"] : [])
    return members.isEmpty ? nil : union(members)
  }

  /// Go's `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
  package static func isPrintable(_ scalar: UInt32) -> Bool {
    if scalar < 0x7F { return scalar >= 0x20 }
    return printable.contains(scalar)
  }

  /// Go's `unicode.IsLetter`.
  package static func isLetter(_ scalar: UInt32) -> Bool {
    if scalar < 0x80 { return (scalar | 0x20) &- 0x61 < 26 }
    return letters.contains(scalar)
  }

  /// Go's `unicode.IsDigit`: decimal digits.
  package static func isDigit(_ scalar: UInt32) -> Bool {
    if scalar < 0x80 { return scalar &- 0x30 < 10 }
    return digits.contains(scalar)
  }

  /// Go's `unicode.IsNumber`: digits, and other characters that stand for numbers.
  package static func isNumber(_ scalar: UInt32) -> Bool {
    if scalar < 0x80 { return scalar &- 0x30 < 10 }
    return numbers.contains(scalar)
  }

  /// Go's `unicode.IsUpper`.
  package static func isUpper(_ scalar: UInt32) -> Bool {
    if scalar < 0x80 { return scalar &- 0x41 < 26 }
    return uppers.contains(scalar)
  }

  /// Go's `unicode.IsLower`.
  package static func isLower(_ scalar: UInt32) -> Bool {
    if scalar < 0x80 { return scalar &- 0x61 < 26 }
    return lowers.contains(scalar)
  }

  /// Go's `unicode.IsTitle`.
  package static func isTitle(_ scalar: UInt32) -> Bool { scalar >= 0x80 && titles.contains(scalar) }

  /// Go's `unicode.IsPunct`.
  package static func isPunctuation(_ scalar: UInt32) -> Bool { punctuation.contains(scalar) }

  /// Go's `unicode.IsSpace`.
  package static func isSpace(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
    default: false
    }
  }

  private static let printable: ScalarSet = {
    union(categories.keys.filter { "lmnps".contains($0.prefix(1)) })
  }()
  private static let letters = union(["lu", "ll", "lt", "lm", "lo"])
  private static let digits = union(["nd"])
  private static let numbers = union(["nd", "nl", "no"])
  private static let uppers = union(["lu"])
  private static let lowers = union(["ll"])
  private static let titles = union(["lt"])
  private static let punctuation = union(categories.keys.filter { $0.hasPrefix("p") })

  private static let aliases = [
    "letter": "l", "casedletter": "lc", "uppercaseletter": "lu", "lowercaseletter": "ll", "titlecaseletter": "lt",
    "modifierletter": "lm", "otherletter": "lo", "mark": "m", "combiningmark": "m", "nonspacingmark": "mn",
    "spacingmark": "mc", "enclosingmark": "me", "number": "n", "decimalnumber": "nd", "digit": "nd",
    "letternumber": "nl", "othernumber": "no", "punctuation": "p", "punct": "p", "connectorpunctuation": "pc",
    "dashpunctuation": "pd", "openpunctuation": "ps", "closepunctuation": "pe", "initialpunctuation": "pi",
    "finalpunctuation": "pf", "otherpunctuation": "po", "symbol": "s", "mathsymbol": "sm", "currencysymbol": "sc",
    "modifiersymbol": "sk", "othersymbol": "so", "separator": "z", "spaceseparator": "zs", "lineseparator": "zl",
    "paragraphseparator": "zp", "other": "c", "control": "cc", "cntrl": "cc", "format": "cf", "surrogate": "cs",
    "privateuse": "co", "unassigned": "cn",
  ]

  private static let categories = table(UnicodeTables.categories)
  private static let scripts = table(UnicodeTables.scripts)
  private static let unassigned = union(Array(categories.keys)).inverted

  private static func union(_ names: [String]) -> ScalarSet {
    var result = ScalarSet()
    for name in names {
      if name == "cn" { result.formUnion(unassigned) } else if let set = categories[name] { result.formUnion(set) }
    }
    result.normalise()
    return result
  }

  private static func canonical(_ name: String) -> String {
    String(
      decoding: name.utf8.filter { $0 != 0x20 && $0 != 0x2D && $0 != 0x5F }.map { byte in
        byte &- 0x41 < 26 ? byte | 0x20 : byte
      }, as: UTF8.self)
  }

  private static func table(_ text: String) -> [String: ScalarSet] {
    var result: [String: ScalarSet] = [:]
    for entry in text.split(separator: ";") {
      let words = entry.split(separator: " ")
      guard let name = words.first else { continue }
      var set = ScalarSet()
      var position: UInt32 = 0
      for word in words.dropFirst() {
        let parts = word.split(separator: "+")
        guard let gap = UInt32(parts[0], radix: 36) else { continue }
        let length = parts.count > 1 ? UInt32(parts[1], radix: 36) ?? 0 : 0
        set.insert(position + gap, position + gap + length)
        position += gap + length
      }
      result[canonical(String(name))] = set
    }
    return result
  }
}
