internal import WGECore
internal import WGEGoFormat
internal import WGERegex

/// Bytes as text: what Go's strings package does.
enum TextOperations {
  static func map(_ bytes: [UInt8], _ transform: (UInt32) -> UInt32) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    forEach(bytes) { scalar, _ in GoQuote.append(transform(scalar), to: &out) }
    return out
  }

  /// Calls with each character and the range of its bytes.
  static func forEach(_ bytes: [UInt8], _ body: (UInt32, Range<Int>) -> Void) {
    bytes.withUnsafeBufferPointer { buffer in
      var position = 0
      while position < buffer.count {
        let (scalar, length) = UTF8Scalar.decode(buffer, position)
        body(scalar, position..<position + length)
        position += length
      }
    }
  }

  static func scalars(_ bytes: [UInt8]) -> [UInt32] {
    var result: [UInt32] = []
    forEach(bytes) { scalar, _ in result.append(scalar) }
    return result
  }

  static func trim(_ bytes: [UInt8], _ isCut: (UInt32) -> Bool) -> [UInt8] {
    var start = bytes.count
    var end = 0
    forEach(bytes) { scalar, range in
      if isCut(scalar) { return }
      start = min(start, range.lowerBound)
      end = range.upperBound
    }
    return start < end ? Array(bytes[start..<end]) : []
  }

  static func firstRange(of needle: [UInt8], in bytes: [UInt8], from start: Int = 0) -> Range<Int>? {
    guard !needle.isEmpty else { return start..<start }
    guard bytes.count >= needle.count else { return nil }
    var index = start
    while index <= bytes.count - needle.count {
      if bytes[index] == needle[0], bytes[index..<index + needle.count].elementsEqual(needle) {
        return index..<index + needle.count
      }
      index += 1
    }
    return nil
  }

  /// - Parameter limit: at most so many parts; negative for all, 0 for none.
  static func split(_ bytes: [UInt8], _ separator: [UInt8], limit: Int = -1) -> [[UInt8]] {
    if limit == 0 { return [] }
    var parts: [[UInt8]] = []
    if separator.isEmpty {
      var rest = 0
      forEach(bytes) { _, range in
        if limit > 0, parts.count == limit - 1 { return }
        parts.append(Array(bytes[range]))
        rest = range.upperBound
      }
      if rest < bytes.count { parts.append(Array(bytes[rest...])) }
      return parts
    }
    var start = 0
    while limit < 0 || parts.count < limit - 1, let range = firstRange(of: separator, in: bytes, from: start) {
      parts.append(Array(bytes[start..<range.lowerBound]))
      start = range.upperBound
    }
    parts.append(Array(bytes[start...]))
    return parts
  }

  static func replace(_ bytes: [UInt8], _ old: [UInt8], _ new: [UInt8]) -> [UInt8] {
    if old.isEmpty {
      var out = new
      forEach(bytes) { _, range in out += bytes[range] + new }
      return out
    }
    var out: [UInt8] = []
    var start = 0
    while let range = firstRange(of: old, in: bytes, from: start) {
      out += bytes[start..<range.lowerBound]
      out += new
      start = range.upperBound
    }
    return out + bytes[start...]
  }
}

extension Sprig {
  static let textFunctions: [Function] = {
    var all: [Function] = []
    all.append(
      Function("hello") { _, _ in .string("Hello!") })
    all.append(
      Function("trim", .string) { .text(TextOperations.trim(bytes($1[0]), UnicodeProperty.isSpace)) })
    all.append(
      Function("upper", .string) { .text(TextOperations.map(bytes($1[0]), UnicodeCase.upper)) })
    all.append(
      Function("lower", .string) { .text(TextOperations.map(bytes($1[0]), UnicodeCase.lower)) })
    all.append(
      Function("title", .string) { .text(title(bytes($1[0]))) })
    all.append(
      Function("untitle", .string) { .text(untitle(bytes($1[0]))) })
    all.append(
      Function("repeat", .int, .string) { context, arguments in
        .text(try repeated(context, arguments[0].intValue ?? 0, bytes(arguments[1])))
      })
    all.append(
      Function("substr", .int, .int, .string) {
        .text(try substring($1[0].intValue ?? 0, $1[1].intValue ?? 0, bytes($1[2])))
      })
    all.append(
      Function("nospace", .string) { .text(removingSpace(bytes($1[0]))) })
    all.append(
      Function("trunc", .int, .string) { .text(truncated($1[0].intValue ?? 0, bytes($1[1]))) })
    all.append(
      Function("abbrev", .int, .string) { .text(abbreviated(0, $1[0].intValue ?? 0, bytes($1[1]))) })
    all.append(
      Function("abbrevboth", .int, .int, .string) {
        .text(abbreviated($1[0].intValue ?? 0, $1[1].intValue ?? 0, bytes($1[2]), both: true))
      })
    all.append(
      Function("initials", .string) { .text(initials(bytes($1[0]))) })
    all.append(
      Function("wrap", .int, .string) {
        .text(try wrapped($0, bytes($1[1]), $1[0].intValue ?? 0, [0x0A], cuts: false))
      })
    all.append(
      Function("wrapWith", .int, .string, .string) {
        .text(try wrapped($0, bytes($1[2]), $1[0].intValue ?? 0, bytes($1[1]), cuts: true))
      })
    all.append(
      Function("contains", .string, .string) {
        .bool(TextOperations.firstRange(of: bytes($1[0]), in: bytes($1[1])) != nil)
      })
    all.append(
      Function("hasPrefix", .string, .string) { .bool(bytes($1[1]).starts(with: bytes($1[0]))) })
    all.append(
      Function("hasSuffix", .string, .string) { .bool(bytes($1[1]).reversed().starts(with: bytes($1[0]).reversed())) })
    all.append(
      Function("quote", variadic: .any) { context, arguments in
        var out: [UInt8] = []
        for value in arguments.array where !value.isNilOrNone {
          if !out.isEmpty { out.append(0x20) }
          GoQuote.quote(try value.lenientText(context), into: &out)
        }
        return .text(out)
      })
    all.append(
      Function("squote", variadic: .any) { context, arguments in
        var out: [UInt8] = []
        for value in arguments.array where !value.isNilOrNone {
          if !out.isEmpty { out.append(0x20) }
          out += [0x27] + (try context.text(value)) + [0x27]
        }
        return .text(out)
      })
    all.append(
      Function("cat", variadic: .any) { context, arguments in
        var out: [UInt8] = []
        var isFirst = true
        for value in arguments.array where !value.isNilOrNone {
          if !isFirst { out.append(0x20) }
          isFirst = false
          out += try context.text(value)
        }
        return .text(out)
      })
    all.append(
      Function("indent", .int, .string) { .text(try indented($0, $1[0].intValue ?? 0, bytes($1[1]))) })
    all.append(
      Function("nindent", .int, .string) { .text([0x0A] + (try indented($0, $1[0].intValue ?? 0, bytes($1[1])))) })
    all.append(
      Function("replace", .string, .string, .string) { context, arguments in
        let (old, new, text) = (bytes(arguments[0]), bytes(arguments[1]), bytes(arguments[2]))
        let (size, overflow) = (text.count / max(old.count, 1) + 1).multipliedReportingOverflow(by: new.count)
        try context.charge(overflow ? Int.max : old.isEmpty ? size : min(size, size))
        return .text(TextOperations.replace(text, old, new))
      })
    all.append(
      Function("plural", .string, .string, .int) { $1[2].intValue == 1 ? $1[0] : $1[1] })
    all.append(
      Function("toString", .any) { .text(try $1[0].lenientText($0)) })
    all.append(
      Function("b64enc", .string) { .string(Base64.encode(bytes($1[0]))) })
    all.append(
      Function("b64dec", .string) { .text(try decodedOrError(bytes($1[0]), base64Decoded)) })
    all.append(
      Function("b32enc", .string) { .string(Base32Text.encode(bytes($1[0]))) })
    all.append(
      Function("b32dec", .string) { .text(try decodedOrError(bytes($1[0]), Base32Text.decode)) })
    all.append(
      Function("fail", .string) { throw TemplateFunctionError(string($1[0])) })
    all += ["trimall", "trimAll"].map { name in
      Function(name, .string, .string) { _, arguments in
        let cutset = Set(TextOperations.scalars(bytes(arguments[0])))
        return .text(TextOperations.trim(bytes(arguments[1]), cutset.contains))
      }
    }
    all.append(
      Function("trimPrefix", .string, .string) { _, arguments in
        let (prefix, text) = (bytes(arguments[0]), bytes(arguments[1]))
        return .text(text.starts(with: prefix) ? Array(text.dropFirst(prefix.count)) : text)
      })
    all.append(
      Function("trimSuffix", .string, .string) { _, arguments in
        let (suffix, text) = (bytes(arguments[0]), bytes(arguments[1]))
        return .text(text.reversed().starts(with: suffix.reversed()) ? Array(text.dropLast(suffix.count)) : text)
      })
    return all
  }()

  private static func base64Decoded(_ text: [UInt8]) throws -> [UInt8] {
    do { return try Base64.bytes(of: text) } catch {
      throw TemplateFunctionError("illegal base64 data at input byte \(error.offset)")
    }
  }

  /// Sprig gives a decoding error as the text.
  private static func decodedOrError(_ text: [UInt8], _ decode: ([UInt8]) throws -> [UInt8]) throws -> [UInt8] {
    do { return try decode(text) } catch let error as TemplateFunctionError { return Array(error.description.utf8) }
  }

  static func repeated(_ context: RenderContext, _ count: Int, _ text: [UInt8]) throws -> [UInt8] {
    if count < 0 { throw TemplateFunctionError("strings: negative Repeat count") }
    let (size, overflow) = count.multipliedReportingOverflow(by: text.count)
    try context.charge(overflow ? Int.max : size)
    var out: [UInt8] = []
    out.reserveCapacity(size)
    if !text.isEmpty { for _ in 0..<count { out.append(contentsOf: text) } }
    return out
  }

  static func indented(_ context: RenderContext, _ count: Int, _ text: [UInt8]) throws -> [UInt8] {
    if count < 0 { throw TemplateFunctionError("strings: negative Repeat count") }
    let lines = text.reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
    let (size, overflow) = lines.multipliedReportingOverflow(by: count)
    let (total, overflow2) = size.addingReportingOverflow(text.count)
    try context.charge(overflow || overflow2 ? Int.max : total)
    var out: [UInt8] = []
    out.reserveCapacity(total)
    out.append(contentsOf: repeatElement(0x20, count: count))
    for byte in text {
      out.append(byte)
      if byte == 0x0A { out.append(contentsOf: repeatElement(0x20, count: count)) }
    }
    return out
  }

  static func substring(_ start: Int, _ end: Int, _ text: [UInt8]) throws -> [UInt8] {
    func failure(_ what: String) -> TemplateFunctionError {
      TemplateFunctionError("runtime error: slice bounds out of range \(what)")
    }
    if start < 0 {
      if end < 0 { throw failure("[:\(end)]") }
      if end > text.count { throw failure("[:\(end)] with length \(text.count)") }
      return Array(text[..<end])
    }
    if end < 0 || end > text.count {
      if start > text.count { throw failure("[\(start):\(text.count)]") }
      return Array(text[start...])
    }
    if start > end { throw failure("[\(start):\(end)]") }
    return Array(text[start..<end])
  }

  private static func truncated(_ count: Int, _ text: [UInt8]) -> [UInt8] {
    if count < 0 { return count > -text.count ? Array(text.suffix(-count)) : text }
    return Array(text.prefix(count))
  }

  private static func abbreviated(_ offset: Int, _ width: Int, _ text: [UInt8], both: Bool = false) -> [UInt8] {
    if both ? (width < 4 || (offset > 0 && width < 7)) : width < 4 { return text }
    if text.count <= width { return text }
    let dots = Array("...".utf8)
    var offset = min(max(offset, 0), text.count)
    if text.count - offset < width - 3 { offset = text.count - (width - 3) }
    if offset <= 4 { return text.prefix(width - 3) + dots }
    if width < 7 { return text }
    if offset + width - 3 < text.count {
      let tail = Array(text[offset...])
      return dots + (tail.count <= width - 3 ? tail : tail.prefix(width - 6) + dots)
    }
    return dots + text.suffix(width - 3)
  }

  // MARK: Case

  /// After a separator: ASCII other than letters, digits and the underscore, and Unicode space.
  private static func title(_ text: [UInt8]) -> [UInt8] {
    var previous: UInt32 = 0x20
    return TextOperations.map(text) { scalar in
      defer { previous = scalar }
      return isSeparator(previous) ? UnicodeCase.title(scalar) : scalar
    }
  }

  private static func isSeparator(_ scalar: UInt32) -> Bool {
    if scalar < 0x80 { return !(scalar &- 0x30 < 10 || (scalar | 0x20) &- 0x61 < 26 || scalar == 0x5F) }
    if UnicodeProperty.isLetter(scalar) || UnicodeProperty.isDigit(scalar) { return false }
    return UnicodeProperty.isSpace(scalar)
  }

  private static func untitle(_ text: [UInt8]) -> [UInt8] {
    var isStart = true
    return TextOperations.map(text) { scalar in
      if UnicodeProperty.isSpace(scalar) {
        isStart = true
        return scalar
      }
      defer { isStart = false }
      return isStart ? UnicodeCase.lower(scalar) : scalar
    }
  }

  /// Goes by bytes, each taken for a character, as Go's does.
  private static func initials(_ text: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    var isStart = true
    for byte in text {
      let isSpace = UnicodeProperty.isSpace(UInt32(byte))
      if isStart, !isSpace { GoQuote.append(UInt32(byte), to: &out) }
      isStart = isSpace
    }
    return out
  }

  private static func removingSpace(_ text: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    TextOperations.forEach(text) { scalar, range in
      if !UnicodeProperty.isSpace(scalar) { out += text[range] }
    }
    return out
  }

  // MARK: Wrapping

  /// Lines of at most `width` bytes, broken at spaces; longer words are cut if asked.
  private static func wrapped(
    _ context: RenderContext, _ text: [UInt8], _ width: Int, _ separator: [UInt8], cuts: Bool
  ) throws -> [UInt8] {
    let width = max(1, width)
    let separator = separator.isEmpty ? [0x0A] : separator
    // Two lines in a row are wider than the width together.
    let lines = text.count < width ? 1 : 2 * (text.count / width) + 1
    let (size, overflow) = lines.multipliedReportingOverflow(by: separator.count)
    let (total, overflow2) = size.addingReportingOverflow(text.count)
    try context.charge(overflow || overflow2 ? Int.max : total)
    var out: [UInt8] = []
    var offset = 0
    while text.count - offset > width {
      if text[offset] == 0x20 {
        offset += 1
        continue
      }
      let end = offset + width + 1
      if let space = text[offset..<min(end, text.count)].lastIndex(of: 0x20) {
        out += text[offset..<space] + separator
        offset = space + 1
      } else if cuts {
        out += text[offset..<offset + width] + separator
        offset += width
      } else if let space = text[(offset + width)...].firstIndex(of: 0x20) {
        out += text[offset..<space] + separator
        offset = space + 1
      } else {
        break
      }
    }
    return out + text[offset...]
  }
}
