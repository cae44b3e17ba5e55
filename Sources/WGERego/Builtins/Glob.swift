internal import WGERegex

/// `glob.match`: patterns become regular expressions, so that matching is linear.
enum Globs {
  static func pattern(_ glob: String, _ delimiters: [Unicode.Scalar]) throws(BuiltinFailure) -> String {
    let scalars = Array(glob.unicodeScalars)
    var index = 0
    let one = delimiters.isEmpty ? "(?s:.)" : "[^" + delimiters.map { classEscape($0) }.joined() + "]"
    let body = try alternatives(scalars, &index, one, depth: 0)
    return "^(?:" + body + ")$"
  }

  private static func classEscape(_ scalar: Unicode.Scalar) -> String {
    "\\x{" + String(scalar.value, radix: 16) + "}"
  }

  private static func alternatives(
    _ scalars: [Unicode.Scalar], _ index: inout Int, _ one: String, depth: Int
  ) throws(BuiltinFailure) -> String {
    if depth > 50 { throw .failed("pattern is nested too deeply") }
    var result = ""
    while index < scalars.count {
      let scalar = scalars[index]
      switch scalar {
      case "*":
        index += 1
        if index < scalars.count, scalars[index] == "*" {
          while index < scalars.count, scalars[index] == "*" { index += 1 }
          result += "(?s:.*)"
        } else {
          result += one + "*"
        }
      case "?":
        index += 1
        result += one
      case "\\":
        index += 1
        guard index < scalars.count else { throw .failed("pattern ends in an escape") }
        result += LinearRegex.escape(String(scalars[index]))
        index += 1
      case "[":
        index += 1
        var negated = false
        if index < scalars.count, scalars[index] == "!" {
          negated = true
          index += 1
        }
        var members = ""
        var any = false
        while index < scalars.count, scalars[index] != "]" {
          if scalars[index] == "\\" { index += 1 }
          guard index < scalars.count else { break }
          if index + 2 < scalars.count, scalars[index + 1] == "-", scalars[index + 2] != "]" {
            guard scalars[index].value <= scalars[index + 2].value else {
              throw .failed("hi character '\(scalars[index + 2])' should be greater than lo '\(scalars[index])'")
            }
            members += classEscape(scalars[index]) + "-" + classEscape(scalars[index + 2])
            index += 3
          } else {
            members += classEscape(scalars[index])
            index += 1
          }
          any = true
        }
        guard index < scalars.count, any else { throw .failed("unexpected end of a range in pattern") }
        index += 1
        result += "[" + (negated ? "^" : "") + members + "]"
      case "{":
        index += 1
        var options: [String] = [""]
        while true {
          options[options.count - 1] += try alternatives(scalars, &index, one, depth: depth + 1)
          guard index < scalars.count else { throw .failed("unexpected end of alternatives in pattern") }
          let end = scalars[index]
          index += 1
          if end == "}" { break }
          options.append("")
        }
        result += "(?:" + options.joined(separator: "|") + ")"
      case "}" where depth > 0, "," where depth > 0: return result
      default:
        index += 1
        result += LinearRegex.escape(String(scalar))
      }
    }
    return result
  }
}

let globBuiltins: [Builtin] = [
  Builtin("glob.match", 3) { context, o throws(BuiltinFailure) in
    let glob = try o.string(0)
    var delimiters: [Unicode.Scalar] = []
    switch o[1] {
    case .null: break
    case .array(let array):
      for element in array {
        guard case .string(let text) = element else {
          throw .type("operand 2 must be array of strings but got array containing \(element.typeName)")
        }
        guard let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1 else {
          throw .type("operand 2 must be array of runes but got array containing string")
        }
        delimiters.append(scalar)
      }
      if array.isEmpty { delimiters = ["."] }
    default: throw o.wrong(1, "{array, null}")
    }
    let text = try o.string(2)
    let regex = try Patterns.compiled(context, Globs.pattern(glob, delimiters))
    return .bool(try Patterns.isMatch(context, regex, text))
  },
  Builtin("glob.quote_meta", 1) { _, o throws(BuiltinFailure) in
    var result = ""
    for scalar in try o.string(0).unicodeScalars {
      if "*?\\[]{}".unicodeScalars.contains(scalar) { result += "\\" }
      result.unicodeScalars.append(scalar)
    }
    return .string(result)
  },
]
