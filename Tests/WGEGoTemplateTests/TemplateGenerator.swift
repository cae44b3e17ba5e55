import WGECore

/// Random templates and data, mostly valid, for comparing with Go and for fuzzing.
struct TemplateGenerator {
  private var state: UInt64
  private var variables: [String] = []
  private var loops = 0

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 ^ 0xD1B5_4A32_D192_ED03 }

  mutating func number(_ bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % UInt64(bound))
  }

  private mutating func pick(_ choices: [String]) -> String { choices[number(choices.count)] }

  // MARK: Data

  mutating func data(depth: Int = 3) -> JSON {
    .object(JSONObject(["a", "b", "c", "d", "l", "m", "s"].map { ($0, value(depth: depth, key: $0)) }))
  }

  private mutating func value(depth: Int, key: String) -> JSON {
    switch key {
    case "l" where depth > 0:
      return .array((0..<number(4)).map { _ in value(depth: depth - 1, key: pick(["a", "m", "s"])) })
    case "m" where depth > 0: return data(depth: depth - 1)
    case "s": return .string(pick(["", "x", "héllo", "a b", "<&'\">", "7", "line\nnext"]))
    default: break
    }
    switch number(7) {
    case 0: return .null
    case 1: return .bool(number(2) == 0)
    case 2: return .number(.int(Int64(number(2_000)) - 1_000))
    case 3: return JSON(floatLiteral: Double(number(10_000)) / 8 + 0.0625)
    case 4: return .string(pick(["", "k", "Zz", "世"]))
    default: return .number(.int(Int64(number(4))))
    }
  }

  // MARK: Templates

  mutating func template() -> String {
    variables = []
    var text = nodes(depth: 3)
    if number(4) == 0 {
      let saved = variables
      variables = []
      text += "{{define \"d\"}}" + nodes(depth: 2) + "{{end}}"
      variables = saved
    }
    if number(40) == 0 {
      // A little damage.
      let bytes = Array(text.utf8)
      if !bytes.isEmpty {
        let cut = number(bytes.count)
        text =
          String(decoding: bytes[..<cut], as: UTF8.self) + pick(["", "{{", "}}", "(", ")", "\"", "|", "."])
          + String(decoding: bytes[cut...], as: UTF8.self)
      }
    }
    return text
  }

  private mutating func nodes(depth: Int) -> String {
    let mark = variables.count
    defer { variables.removeSubrange(mark...) }
    var text = ""
    for _ in 0...number(3) { text += node(depth: depth) }
    return text
  }

  private mutating func node(depth: Int) -> String {
    let open = pick(["{{", "{{", "{{- "])
    let close = pick(["}}", "}}", " -}}"])
    switch number(depth > 0 ? 13 : 6) {
    case 0: return pick(["text ", "\n  ", "é", "%d", " "])
    case 1, 2, 3, 4: return open + pipeline(depth: 2) + close
    case 5:
      let value = pipeline(depth: 1)
      let name = "$v\(number(4))"
      variables.append(name)
      return "{{\(name) := \(value)}}"
    case 6, 7:
      let head = pipeline(depth: 1)
      let body = nodes(depth: depth - 1)
      let other = number(2) == 0 ? "{{else}}" + nodes(depth: depth - 1) : ""
      return "{{if \(head)}}\(body)\(other){{end}}"
    case 8:
      let head = pipeline(depth: 1)
      let other = number(2) == 0 ? "{{else}}" + nodes(depth: depth - 1) : ""
      return "{{with \(head)}}" + nodes(depth: depth - 1) + other + "{{end}}"
    case 9, 10, 11:
      let head = pick([".l", ".m", "$.l", "$.m", ".a", "3", ".m.l"])
      let mark = variables.count
      defer { variables.removeSubrange(mark...) }
      var declaration = ""
      if number(2) == 0 {
        declaration = number(2) == 0 ? "$i, $e := " : "$e := "
        if declaration.hasPrefix("$i") { variables.append("$i") }
        variables.append("$e")
      }
      loops += 1
      var body = nodes(depth: depth - 1)
      if number(4) == 0 {
        body += "{{if \(pipeline(depth: 1))}}{{\(pick(["break", "continue"]))}}{{end}}" + nodes(depth: 0)
      }
      loops -= 1
      return "{{range \(declaration)\(head)}}\(body){{end}}"
    default: return "{{template \"d\" \(operand(depth: 1))}}"
    }
  }

  private mutating func pipeline(depth: Int) -> String {
    var text = command(depth: depth)
    while number(4) == 0 {
      text +=
        " | "
        + pick([
          "printf \"%v\"", "print", "len", "not", "html", "js", "urlquery", "printf \"%q\"", "eq 1", "and 1", "or \"\"",
          "index .l", "println",
        ])
    }
    return text
  }

  private mutating func command(depth: Int) -> String {
    switch number(16) {
    case 0...4: return operand(depth: depth)
    case 5: return "print " + operands(depth, 1...3)
    case 6: return "printf " + format() + " " + operands(depth, 1...3)
    case 7: return pick(["eq", "ne", "lt", "le", "gt", "ge"]) + " " + operands(depth, 2...2)
    case 8: return pick(["and", "or"]) + " " + operands(depth, 1...3)
    case 9: return "not " + operand(depth: depth)
    case 10: return "len " + operand(depth: depth)
    case 11: return "index " + pick([".l", ".m", "$.l", "$.m", ".s"]) + " " + operands(depth, 1...2)
    case 12: return "slice " + pick([".s", "\"abc\""]) + " " + operands(0, 0...2)
    case 13: return pick(["html", "js", "urlquery", "println"]) + " " + operands(depth, 1...2)
    case 14: return "eq " + operands(depth, 1...3)
    default: return operand(depth: depth)
    }
  }

  private mutating func format() -> String {
    var text = "\""
    for _ in 0...number(2) {
      text +=
        "%" + pick(["", "", "", "+", "-", "#", "0", " "]) + pick(["", "", "5", "08", "12"])
        + pick(["", "", ".2", ".0", "."])
        + pick(["v", "v", "s", "d", "q", "x", "f", "g", "e", "t", "T", "c", "U", "b", "o", "X", "z", "%"])
      text += pick(["", " ", "|"])
    }
    return text + "\""
  }

  private mutating func operands(_ depth: Int, _ counts: ClosedRange<Int>) -> String {
    let count = counts.lowerBound + number(counts.count)
    return (0..<count).map { _ in operand(depth: depth) }.joined(separator: " ")
  }

  private mutating func operand(depth: Int) -> String {
    switch number(depth > 0 ? 14 : 12) {
    case 0: return "."
    case 1, 2, 3: return pick([".a", ".b", ".c", ".d", ".s", ".l", ".m"])
    case 4: return pick([".m.a", ".m.s", ".m.m.b", ".x", ".x.y", ".a.b", "$.m.c", "$.a"])
    case 5: return pick(["1", "0", "-3", "42", "0x1F", "1.5", "1e3", "'a'", "1e21", "017", "2.0", "1_000"])
    case 6, 7: return pick(["\"a\"", "\"\"", "`raw`", "\"q\\\"\\n\"", "\"é☃\""])
    case 8: return pick(["true", "false", "nil"])
    case 9, 10:
      guard !variables.isEmpty else { return "$" }
      return variables[number(variables.count)]
    case 11: return "$"
    default: return "(\(pipeline(depth: depth - 1)))" + (number(6) == 0 ? ".a" : "")
    }
  }
}
