import WGECore

/// Random templates and data, mostly valid, for comparing with Go and for fuzzing.
///
/// A template is a main text and up to three definitions. A definition calls only those after it, so that none comes
/// back to itself, and what ranges iterate over is short, so that all of it ends soon.
struct TemplateGenerator {
  /// Calls Sprig's functions, too.
  let sprig: Bool
  private var state: UInt64
  var variables: [String] = []
  /// Definitions that the text being made may call.
  private var callees: ArraySlice<String> = []
  private var blocks = 0
  private var isInLoop = false

  init(seed: UInt64, sprig: Bool = false) {
    self.sprig = sprig
    state = seed &* 0x9E37_79B9_7F4A_7C15 ^ 0xD1B5_4A32_D192_ED03
  }

  mutating func number(_ bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % UInt64(bound))
  }

  mutating func pick(_ choices: [String]) -> String { choices[number(choices.count)] }

  // MARK: Data

  mutating func data(depth: Int = 3) -> JSON {
    .object(JSONObject(["a", "b", "c", "d", "l", "m", "s"].map { ($0, value(depth: depth, key: $0)) }))
  }

  private mutating func value(depth: Int, key: String) -> JSON {
    switch key {
    case "l" where depth > 0:
      let kinds = number(3) == 0 ? [pick(["a", "s"])] : ["a", "m", "s"]
      return .array((0..<number(4)).map { _ in value(depth: depth - 1, key: pick(kinds)) })
    case "m" where depth > 0: return data(depth: depth - 1)
    case "s":
      return .string(
        pick([
          "", "x", "héllo", "a b", "<&'\">", "7", "line\nnext", "FooBar_baz-qux", "1.2.3", "-0x1F", " \t pad ",
          "a,b,,c",
          "https://u:p@h.io:8080/p/q?x=1#f", "2024-02-29", "{\"k\":[1,2.5,null]}", "ß世界\u{301}",
        ]))
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

  /// A value for the option of that name.
  mutating func missingKey() -> String { pick(["default", "default", "default", "invalid", "zero", "error"]) }

  // MARK: Templates

  mutating func template() -> String {
    let names = ["d", "e", "f"]
    variables = []
    callees = names[...]
    var text = nodes(depth: 3)
    for (index, name) in names.enumerated() where number(3) == 0 {
      variables = []
      callees = names[(index + 1)...]
      text += open() + "define \"\(name)\"" + close() + nodes(depth: 2) + "{{end}}"
    }
    return number(40) == 0 ? damaged(text) : text
  }

  private mutating func damaged(_ text: String) -> String {
    let bytes = Array(text.utf8)
    if bytes.isEmpty { return text }
    let cut = number(bytes.count)
    return String(decoding: bytes[..<cut], as: UTF8.self)
      + pick([
        "", "{{", "}}", "(", ")", "\"", "|", ".", "{{end}}", "{{else}}", "{{break}}", "{{define \"x\"}}", ":=", "$",
      ])
      + String(decoding: bytes[cut...], as: UTF8.self)
  }

  private mutating func open() -> String { pick(["{{", "{{", "{{", "{{- "]) }
  private mutating func close() -> String { pick(["}}", "}}", "}}", " -}}"]) }
  private mutating func tag(_ text: String) -> String { open() + text + close() }

  private mutating func nodes(depth: Int) -> String {
    let mark = variables.count
    defer { variables.removeSubrange(mark...) }
    var text = ""
    for _ in 0...number(3) { text += node(depth: depth) }
    return text
  }

  private mutating func node(depth: Int) -> String {
    switch number(depth > 0 ? 17 : 8) {
    case 0:
      return pick(["text ", "\n  ", "é", "%d", " ", "\t\n", "{", "}}", "{{/* a {{ comment */}}", "{{- /* b */ -}}"])
    case 1, 2, 3, 4: return tag(pipeline(depth: 2))
    case 5:
      let value = pipeline(depth: 1)
      let name = "$v\(number(4))"
      variables.append(name)
      return tag("\(name) := \(value)")
    case 6:
      guard !variables.isEmpty else { return tag(pipeline(depth: 1)) }
      return tag("\(variables[number(variables.count)]) = \(pipeline(depth: 1))")
    case 7:
      guard isInLoop else { return " " }
      return tag("if \(pipeline(depth: 1))") + tag(pick(["break", "continue"])) + tag("end")
    case 8, 9, 10: return branch("if", depth)
    case 11: return branch("with", depth)
    case 12, 13, 14: return range(depth)
    case 15:
      blocks += 1
      let saved = (variables, isInLoop)
      (variables, isInLoop) = ([], false)
      defer { (variables, isInLoop) = saved }
      return tag("block \"b\(blocks)\" \(operand(depth: 1))") + nodes(depth: depth - 1) + tag("end")
    default:
      guard let first = callees.first else { return tag(operand(depth: 1)) }
      let name = number(12) == 0 ? "missing" : callees.count > 1 ? pick(Array(callees)) : first
      return tag("template \"\(name)\"" + (number(5) == 0 ? "" : " " + pipeline(depth: 1)))
    }
  }

  /// A pipeline that may declare, with what is seen up to the `end`.
  private mutating func head() -> String {
    let value = pipeline(depth: 1)
    guard number(5) == 0 else { return value }
    let name = "$v\(number(4))"
    variables.append(name)
    return "\(name) := \(value)"
  }

  private mutating func branch(_ word: String, _ depth: Int) -> String {
    let mark = variables.count
    defer { variables.removeSubrange(mark...) }
    var text = tag("\(word) \(head())") + nodes(depth: depth - 1)
    while number(4) == 0 { text += tag("else \(word) \(head())") + nodes(depth: depth - 1) }
    if number(2) == 0 { text += tag("else") + nodes(depth: depth - 1) }
    return text + tag("end")
  }

  private mutating func range(_ depth: Int) -> String {
    var source = pick([".l", ".m", "$.l", "$.m", ".a", "3", ".m.l", "0", ".s"])
    if sprig, number(3) == 0 { source = "(\(sprigList(depth: 1)))" }
    let mark = variables.count
    let wasInLoop = isInLoop
    defer {
      variables.removeSubrange(mark...)
      isInLoop = wasInLoop
    }
    var declaration = ""
    switch number(6) {
    case 0, 1:
      declaration = "$e := "
      variables.append("$e")
    case 2:
      declaration = "$i, $e := "
      variables += ["$i", "$e"]
    case 3 where !variables.isEmpty: declaration = "\(variables[number(variables.count)]) = "
    default: break
    }
    isInLoop = true
    var text = tag("range \(declaration)\(source)") + nodes(depth: depth - 1)
    isInLoop = wasInLoop
    if number(3) == 0 { text += tag("else") + nodes(depth: depth - 1) }
    return text + tag("end")
  }
}
