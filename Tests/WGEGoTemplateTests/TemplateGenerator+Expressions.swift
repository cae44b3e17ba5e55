import WGECore

/// Pipelines of Go's own functions.
extension TemplateGenerator {
  mutating func pipeline(depth: Int) -> String {
    var text = command(depth: depth)
    while number(4) == 0 {
      if sprig, number(2) == 0 {
        text += " | " + sprigStage(depth: 0)
      } else {
        text +=
          " | "
          + pick([
            "printf \"%v\"", "print", "len", "not", "html", "js", "urlquery", "printf \"%q\"", "eq 1", "and 1",
            "or \"\"", "index .l", "println", "printf \"%[2]v %[1]v\" 1", "ne .a", "lt 2", "printf \"%*d\" 5",
          ])
      }
    }
    return text
  }

  mutating func command(depth: Int) -> String {
    if sprig, number(2) == 0 { return sprigCommand(depth: depth) }
    switch number(16) {
    case 0...4: return operand(depth: depth)
    case 5: return "print " + operands(depth, 1...3)
    case 6: return "printf " + format() + " " + operands(depth, 0...4)
    case 7: return pick(["eq", "ne", "lt", "le", "gt", "ge"]) + " " + operands(depth, 2...2)
    case 8: return pick(["and", "or"]) + " " + operands(depth, 1...3)
    case 9: return "not " + operand(depth: depth)
    case 10: return "len " + operand(depth: depth)
    case 11: return "index " + pick([".l", ".m", "$.l", "$.m", ".s"]) + " " + operands(depth, 0...2)
    case 12: return "slice " + pick([".s", "\"abc\"", ".l"]) + " " + operands(0, 0...3)
    case 13: return pick(["html", "js", "urlquery", "println"]) + " " + operands(depth, 0...2)
    case 14: return "eq " + operands(depth, 1...4)
    default: return operand(depth: depth) + (number(8) == 0 ? " " + operand(depth: 0) : "")
    }
  }

  private mutating func format() -> String {
    var text = "\""
    for _ in 0...number(3) {
      text += "%" + pick(["", "", "", "+", "-", "#", "0", " ", "+#", "-0", "# "])
      text += pick(["", "", "", "", "[1]", "[2]", "[9]"])
      text += pick(["", "", "5", "08", "12", "*"]) + pick(["", "", ".2", ".0", ".", ".*", ".12"])
      text += pick([
        "v", "v", "v", "s", "d", "q", "x", "f", "g", "e", "t", "T", "c", "U", "b", "o", "O", "X", "E", "G", "F", "z",
        "%",
        "w", "é",
      ])
      text += pick(["", " ", "|", "é"])
    }
    return text + pick(["", "", "", "%", "%!"]) + "\""
  }

  mutating func operands(_ depth: Int, _ counts: ClosedRange<Int>) -> String {
    let count = counts.lowerBound + number(counts.count)
    return (0..<count).map { _ in operand(depth: depth) }.joined(separator: " ")
  }

  mutating func operand(depth: Int) -> String {
    switch number(depth > 0 ? 14 : 12) {
    case 0: return "."
    case 1, 2, 3: return pick([".a", ".b", ".c", ".d", ".s", ".l", ".m"])
    case 4: return pick([".m.a", ".m.s", ".m.m.b", ".x", ".x.y", ".a.b", "$.m.c", "$.a", ".m.l"])
    case 5:
      return pick([
        "1", "0", "-3", "42", "0x1F", "1.5", "1e3", "'a'", "1e21", "017", "2.0", "1_000", "0b101", "0o17", "'\\n'",
        "'世'",
        "0x1p4", "-0.0", ".5", "9223372036854775807", "1i", "+7",
      ])
    case 6, 7: return pick(["\"a\"", "\"\"", "`raw`", "\"q\\\"\\n\"", "\"é☃\"", "\"\\x41\\u00e9\"", "`a\nb`"])
    case 8: return pick(["true", "false", "nil"])
    case 9, 10:
      guard !variables.isEmpty else { return "$" }
      let name = variables[number(variables.count)]
      return number(8) == 0 ? name + ".a" : name
    case 11: return "$"
    default: return "(\(pipeline(depth: depth - 1)))" + (number(6) == 0 ? ".a" : "")
    }
  }
}
