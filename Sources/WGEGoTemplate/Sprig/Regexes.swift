internal import WGEGoFormat
internal import Synchronization
internal import WGERegex

/// Compiled patterns that templates use again and again. Bounded in number and bytes: when it is full it begins anew.
private final class RegexCache: Sendable {
  private static let maximumBytes = 32 << 20
  private let patterns = Mutex<(known: [String: LinearRegex], bytes: Int)>(([:], 0))

  func regex(_ pattern: String) throws(LinearRegexError) -> LinearRegex {
    if let known = patterns.withLock({ $0.known[pattern] }) { return known }
    let regex = try LinearRegex(pattern)
    patterns.withLock { patterns in
      let bytes = pattern.utf8.count + regex.footprint
      if bytes > Self.maximumBytes / 8 { return }
      if patterns.known.count >= 256 || patterns.bytes + bytes > Self.maximumBytes { patterns = ([:], 0) }
      if patterns.known.updateValue(regex, forKey: pattern) == nil { patterns.bytes += bytes }
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

  /// Compiling costs memory, which is charged before.
  private static func charge(_ context: RenderContext, _ pattern: GoValue, _ text: [UInt8]) throws {
    try context.charge(text.count + bytes(pattern).count * 64)
  }

  /// Matching once costs at most the text times the pattern; nothing stops it on the way, so it is charged before.
  private static func charge(_ context: RenderContext, matching regex: LinearRegex, _ text: [UInt8]) throws {
    let (cost, overflow) = (text.count + 1).multipliedReportingOverflow(by: regex.size)
    try context.charge(instructions: overflow ? .max : cost)
  }

  static let regexFunctions: [Function] = {
    var all: [Function] = []
    all.append(
      Function("regexMatch", .string, .string) { context, arguments in
        let text = bytes(arguments[1])
        try charge(context, arguments[0], text)
        guard let regex = try? regex(arguments[0]) else { return .bool(false) }
        try charge(context, matching: regex, text)
        return .bool(text.withUnsafeBufferPointer { regex.isMatch($0) })
      })
    all.append(
      Function("mustRegexMatch", .string, .string) { context, arguments in
        let text = bytes(arguments[1])
        try charge(context, arguments[0], text)
        let regex = try regex(arguments[0])
        try charge(context, matching: regex, text)
        return .bool(text.withUnsafeBufferPointer { regex.isMatch($0) })
      })
    all.append(
      Function("regexQuoteMeta", .string) { .string(LinearRegex.escape(string($1[0]))) })
    all += both("regexFind", [.string, .string]) { context, arguments, regex in
      let text = bytes(arguments[1])
      try charge(context, matching: regex, text)
      return text.withUnsafeBufferPointer { regex.firstMatch(in: $0) }.map { .text(text[$0.range]) } ?? .string("")
    }
    all += both("regexFindAll", [.string, .string, .int]) { context, arguments, regex in
      let text = bytes(arguments[1])
      try charge(context, matching: regex, text)
      let limit = arguments[2].intValue ?? 0
      var found: [GoValue] = []
      try text.withUnsafeBufferPointer { buffer in
        try regex.forEachMatch(in: buffer, limit: limit < 0 ? nil : limit, keepsGroups: false) { match, work in
          try context.charge(instructions: work)
          try context.charge(64 + match.range.count)
          found.append(.text(text[match.range]))
        }
      }
      return found.isEmpty ? .list(.nilList(of: .string)) : .list(GoList(found, of: .string))
    }
    all += both("regexReplaceAll", [.string, .string, .string]) { context, arguments, regex in
      try replaced(context, arguments, regex, isLiteral: false)
    }
    all += both("regexReplaceAllLiteral", [.string, .string, .string]) { context, arguments, regex in
      try replaced(context, arguments, regex, isLiteral: true)
    }
    all += both("regexSplit", [.string, .string, .int]) { context, arguments, regex in
      let text = bytes(arguments[1])
      try charge(context, matching: regex, text)
      let limit = arguments[2].intValue ?? 0
      let parts = try text.withUnsafeBufferPointer { buffer in
        try regex.split(buffer, limit: limit < 0 ? nil : limit) { work in
          try context.charge(instructions: work)
          try context.charge(64)
        }
      }
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
      Function(name, parameters: parameters, variadic: nil) {
        try charge($0, $1[0], bytes($1[1]))
        return try body($0, $1, try regex($1[0], panics: true))
      },
      Function(must, parameters: parameters, variadic: nil) {
        try charge($0, $1[0], bytes($1[1]))
        return try body($0, $1, try regex($1[0]))
      },
    ]
  }

  private static func replaced(
    _ context: RenderContext, _ arguments: TemplateArguments, _ regex: LinearRegex, isLiteral: Bool
  ) throws -> GoValue {
    let text = bytes(arguments[1])
    let replacement = bytes(arguments[2])
    try charge(context, matching: regex, text)
    let out = try text.withUnsafeBufferPointer { text in
      try replacement.withUnsafeBufferPointer { replacement in
        var charged = 0
        return try regex.replacingMatches(in: text) { (out: inout [UInt8], match: LinearRegex.Match, work: Int) in
          try context.charge(instructions: work)
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
