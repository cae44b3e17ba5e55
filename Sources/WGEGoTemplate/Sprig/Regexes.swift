internal import WGEGoFormat
internal import Synchronization
internal import WGERegex

/// Compiled patterns that templates use again and again. Bounded: when it is full it begins anew.
private final class RegexCache: Sendable {
  private let patterns = Mutex<[String: LinearRegex]>([:])

  func regex(_ pattern: String) throws(LinearRegexError) -> LinearRegex {
    if let known = patterns.withLock({ $0[pattern] }) { return known }
    let regex = try LinearRegex(pattern)
    patterns.withLock { patterns in
      if patterns.count >= 256 || pattern.utf8.count > 4_096 { patterns.removeAll() }
      patterns[pattern] = regex
    }
    return regex
  }
}

extension Sprig {
  private static let cache = RegexCache()

  private static func regex(_ value: GoValue, panics: Bool = false) throws -> LinearRegex {
    let pattern = string(value)
    do throws(LinearRegexError) { return try cache.regex(pattern) } catch {
      throw TemplateFunctionError(panics ? "regexp: Compile(\(quoted(pattern))): \(error)" : error.description)
    }
  }

  /// Go quotes with backquotes where it can.
  private static func quoted(_ pattern: String) -> String {
    let canBackquote = pattern.unicodeScalars.allSatisfy {
      $0 != "`" && ($0.value >= 0x20 || $0 == "\t") && $0.value != 0x7F
    }
    return canBackquote ? "`\(pattern)`" : GoQuote.quote(pattern)
  }

  /// Matching costs the text times the pattern; the account keeps both small enough to stop in time.
  private static func charge(_ context: RenderContext, _ pattern: GoValue, _ text: [UInt8]) throws {
    try context.charge(text.count + bytes(pattern).count * 64)
  }

  static let regexFunctions: [Function] = {
    var all: [Function] = []
    all.append(
      Function("regexMatch", .string, .string) { context, arguments in
        let text = bytes(arguments[1])
        try charge(context, arguments[0], text)
        guard let regex = try? regex(arguments[0]) else { return .bool(false) }
        return .bool(text.withUnsafeBufferPointer { regex.isMatch($0) })
      })
    all.append(
      Function("mustRegexMatch", .string, .string) { context, arguments in
        let text = bytes(arguments[1])
        try charge(context, arguments[0], text)
        let regex = try regex(arguments[0])
        return .bool(text.withUnsafeBufferPointer { regex.isMatch($0) })
      })
    all.append(
      Function("regexQuoteMeta", .string) { .string(LinearRegex.escape(string($1[0]))) })
    all += both("regexFind", [.string, .string]) { context, arguments, regex in
      let text = bytes(arguments[1])
      try charge(context, arguments[0], text)
      return text.withUnsafeBufferPointer { regex.firstMatch(in: $0) }.map { .text(text[$0.range]) } ?? .string("")
    }
    all += both("regexFindAll", [.string, .string, .int]) { context, arguments, regex in
      let text = bytes(arguments[1])
      try charge(context, arguments[0], text)
      let limit = arguments[2].intValue ?? 0
      let matches = text.withUnsafeBufferPointer { regex.matches(in: $0, limit: limit < 0 ? nil : limit) }
      try context.charge(matches.count * 64)
      return matches.isEmpty ? .list(.nilList(of: .string)) : strings(matches.map { Array(text[$0.range]) })
    }
    all += both("regexReplaceAll", [.string, .string, .string]) { context, arguments, regex in
      try replaced(context, arguments, regex, isLiteral: false)
    }
    all += both("regexReplaceAllLiteral", [.string, .string, .string]) { context, arguments, regex in
      try replaced(context, arguments, regex, isLiteral: true)
    }
    all += both("regexSplit", [.string, .string, .int]) { context, arguments, regex in
      let text = bytes(arguments[1])
      try charge(context, arguments[0], text)
      let limit = arguments[2].intValue ?? 0
      let parts = text.withUnsafeBufferPointer { regex.split($0, limit: limit < 0 ? nil : limit) }
      try context.charge(parts.count * 64)
      return limit == 0 ? .list(.nilList(of: .string)) : strings(parts.map { Array(text[$0]) })
    }
    return all
  }()

  /// A function and its twin. A bad pattern fails in both, in the plain one as a panic.
  private static func both(
    _ name: String, _ parameters: [Function.Parameter],
    _ body: @escaping @Sendable (RenderContext, TemplateArguments, LinearRegex) throws -> GoValue
  ) -> [Function] {
    let must = "must" + name.prefix(1).uppercased() + name.dropFirst()
    return [
      Function(name, parameters: parameters, variadic: nil) { try body($0, $1, try regex($1[0], panics: true)) },
      Function(must, parameters: parameters, variadic: nil) { try body($0, $1, try regex($1[0])) },
    ]
  }

  private static func replaced(
    _ context: RenderContext, _ arguments: TemplateArguments, _ regex: LinearRegex, isLiteral: Bool
  ) throws -> GoValue {
    let text = bytes(arguments[1])
    let replacement = bytes(arguments[2])
    try charge(context, arguments[0], text)
    let out = try text.withUnsafeBufferPointer { text in
      try replacement.withUnsafeBufferPointer { replacement in
        var charged = 0
        return try regex.replacingMatches(in: text) { (out: inout [UInt8], match) in
          if isLiteral {
            out.append(contentsOf: replacement)
          } else {
            regex.expand(replacement, match, of: text, into: &out)
          }
          try context.charge(out.count - charged)
          charged = out.count
        }
      }
    }
    return .text(out)
  }
}
