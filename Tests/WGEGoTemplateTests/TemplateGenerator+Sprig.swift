import WGECore

/// Calls of Sprig's functions, with arguments that mostly fit.
///
/// Left out: what depends on the time, on chance or on the machine, what gives things in any order, and `nospace`,
/// whose bug with text that is not ASCII is not copied.
extension TemplateGenerator {
  /// What an argument should be.
  private enum Argument {
    case text, small, number, any, bool, list, map, regex, json, date, layout, version, key, zone
    /// A value that holds nothing.
    case scalar
    /// A map that nothing else holds.
    case own
  }

  private struct Signature {
    let name: String
    let arguments: [Argument]
    var variadic: Argument?
    /// Takes the time for anything that is no date, so it must get one.
    private var takesDate: Bool { arguments.contains(.date) }
    /// Every argument must be of its kind.
    var isStrict: Bool { mutates || takesDate }
    /// Changes what it is given. Nothing may come to hold itself: Go prints that until it dies.
    private var mutates: Bool { arguments.last == .scalar || variadic == .own || name == "unset" }

    init(_ name: String, _ arguments: Argument..., variadic: Argument? = nil) {
      self.name = name
      self.arguments = arguments
      self.variadic = variadic
    }
  }

  mutating func sprigCommand(depth: Int) -> String {
    let signature = Self.signatures[number(Self.signatures.count)]
    return call(signature, depth, dropsLast: false)
  }

  /// A call that mostly lacks its last argument, for the end of a pipe.
  mutating func sprigStage(depth: Int) -> String {
    let signature = Self.signatures[number(Self.signatures.count)]
    return signature.isStrict ? "quote" : call(signature, depth, dropsLast: number(10) != 0)
  }

  mutating func sprigList(depth: Int) -> String {
    switch number(6) {
    case 0: return "until \(number(4))"
    case 1: return "seq \(number(3)) \(number(4))" + " | splitList \" \""
    case 2: return "keys .m | sortAlpha"
    default: return "list " + operands(depth, 0...3)
    }
  }

  private mutating func call(_ signature: Signature, _ depth: Int, dropsLast: Bool) -> String {
    var arguments = signature.arguments
    if let variadic = signature.variadic { for _ in 0..<number(3) { arguments.append(variadic) } }
    if dropsLast, !arguments.isEmpty { arguments.removeLast() }
    var text = signature.name
    for argument in arguments {
      text += " " + (!signature.isStrict && number(12) == 0 ? operand(depth: depth) : self.argument(argument, depth))
    }
    return text
  }

  private mutating func argument(_ kind: Argument, _ depth: Int) -> String {
    switch kind {
    case .text:
      return pick([".s", "$.s", ".m.s", "\"a-b_c D\"", "\"\"", "\"héé\"", "\"aXbXc\"", "(print .)", "`a b\nc`"])
    case .small: return pick(["0", "1", "2", "3", "5", "12", "-1", "-4"])
    case .number: return pick([".a", ".b", ".c", "3", "-7", "2.5", "\"12\"", "0", "1e3", "\"x\"", "(len .s)"])
    case .any: return operand(depth: depth)
    case .bool: return pick(["true", "false", "(empty .a)"])
    case .list:
      return pick([
        ".l", "$.l", ".m.l", "(list 3 1 2)", "(list)", "(list \"b\" \"a\" \"b\")", "(\(sprigList(depth: 0)))",
      ])
    case .map: return pick([".m", "$.m", "$", "(dict \"a\" 1)", "(dict)", "(dict \"a\" (dict \"b\" .a))", ".m.m"])
    case .regex:
      return pick(["\"[a-c]+\"", "\"(.)b?\"", "\"\"", "\"\\\\w*\"", "\"(\"", "\"^|x\"", "\"(?i)X\"", "\"(a)|(b)\""])
    case .json:
      return pick(["`{\"a\":[1,true,null,\"x\",1.5e3]}`", "`[]`", "`3`", "`{`", ".s", "`\"x\"`", "(toJson .)"])
    case .date: return pick(["1700000000", "0", "-86400", "(toDate \"2006-01-02\" \"2024-02-29\")"])
    case .layout:
      return pick(["\"2006-01-02T15:04:05Z07:00\"", "\"Mon Jan _2 2006 3PM\"", "\"02/01/06 .000 MST -0700\"", "\"x\""])
    case .version: return pick(["\"1.2.3\"", "\"v2.0.0-rc.1+b\"", "\"1.2\"", "\"x\"", "\"01.2.3\"", ".s"])
    case .scalar: return pick(["1", "true", "\"s\"", "2.5", ".s"])
    case .own: return pick(["(dict \"a\" 1)", "(dict \"zz\" (list 1 2))", "(deepCopy .m)", "(deepCopy $)", "(dict)"])
    case .zone: return pick(["\"UTC\"", "\"Europe/Berlin\"", "\"No/Where\""])
    case .key: return pick(["\"a\"", "\"b\"", "\"zz\"", "\"\"", "\"m\""])
    }
  }

  private static let signatures: [Signature] = [
    // Text
    Signature("trim", .text), Signature("upper", .text), Signature("lower", .text), Signature("title", .text),
    Signature("untitle", .text), Signature("repeat", .small, .text), Signature("substr", .small, .small, .text),
    Signature("trunc", .small, .text), Signature("abbrev", .small, .text),
    Signature("abbrevboth", .small, .small, .text), Signature("initials", .text), Signature("wrap", .small, .text),
    Signature("wrapWith", .small, .text, .text), Signature("contains", .text, .text),
    Signature("hasPrefix", .text, .text), Signature("hasSuffix", .text, .text), Signature("quote", variadic: .any),
    Signature("squote", variadic: .any), Signature("cat", variadic: .any), Signature("indent", .small, .text),
    Signature("nindent", .small, .text), Signature("replace", .text, .text, .text),
    Signature("plural", .text, .text, .small), Signature("snakecase", .text), Signature("camelcase", .text),
    Signature("kebabcase", .text), Signature("swapcase", .text), Signature("trimAll", .text, .text),
    Signature("trimPrefix", .text, .text), Signature("trimSuffix", .text, .text), Signature("toString", .any),
    Signature("b64enc", .text), Signature("b64dec", .text), Signature("b32enc", .text), Signature("b32dec", .text),
    Signature("sha1sum", .text), Signature("sha256sum", .text), Signature("adler32sum", .text),
    // Patterns
    Signature("regexMatch", .regex, .text), Signature("regexFind", .regex, .text),
    Signature("regexFindAll", .regex, .text, .small), Signature("regexReplaceAll", .regex, .text, .text),
    Signature("regexReplaceAllLiteral", .regex, .text, .text), Signature("regexSplit", .regex, .text, .small),
    Signature("regexQuoteMeta", .text), Signature("mustRegexFind", .regex, .text),
    // Numbers
    Signature("add", variadic: .number), Signature("add1", .number), Signature("sub", .number, .number),
    Signature("div", .number, .number), Signature("mod", .number, .number),
    Signature("mul", .number, variadic: .number), Signature("max", .number, variadic: .number),
    Signature("min", .number, variadic: .number), Signature("biggest", .number, .number),
    Signature("addf", variadic: .number), Signature("add1f", .number), Signature("subf", .number, .number),
    Signature("divf", .number, .number), Signature("mulf", .number, .number), Signature("maxf", .number, .number),
    Signature("minf", .number, .number), Signature("floor", .number), Signature("ceil", .number),
    Signature("round", .number, .small), Signature("int", .any), Signature("int64", .any), Signature("float64", .any),
    Signature("atoi", .text), Signature("toDecimal", .any), Signature("until", .small),
    Signature("untilStep", .small, .small, .small), Signature("seq", variadic: .small),
    // Values
    Signature("default", .any, .any), Signature("empty", .any), Signature("coalesce", variadic: .any),
    Signature("all", variadic: .any), Signature("any", variadic: .any), Signature("ternary", .any, .any, .bool),
    Signature("fromJson", .json), Signature("mustFromJson", .json), Signature("toJson", .any),
    Signature("toPrettyJson", .any), Signature("toRawJson", .any), Signature("mustToJson", .any),
    Signature("typeOf", .any), Signature("kindOf", .any), Signature("typeIs", .text, .any),
    Signature("kindIs", .text, .any), Signature("typeIsLike", .text, .any), Signature("deepEqual", .any, .any),
    // Lists
    Signature("list", variadic: .any), Signature("first", .list), Signature("last", .list), Signature("rest", .list),
    Signature("initial", .list), Signature("append", .list, .any), Signature("prepend", .list, .any),
    Signature("concat", variadic: .list), Signature("reverse", .list), Signature("uniq", .list),
    Signature("without", .list, variadic: .any), Signature("has", .any, .list), Signature("compact", .list),
    Signature("slice", .list, variadic: .small), Signature("chunk", .small, .list), Signature("join", .text, .list),
    Signature("sortAlpha", .list), Signature("toStrings", .list), Signature("split", .text, .text),
    Signature("splitList", .text, .text), Signature("splitn", .text, .small, .text), Signature("mustFirst", .list),
    Signature("mustHas", .any, .list), Signature("tuple", variadic: .any),
    // Maps
    Signature("dict", .key, .any), Signature("dict", .key, .any, .key, .any), Signature("get", .map, .key),
    Signature("set", .map, .key, .scalar), Signature("unset", .map, .key), Signature("hasKey", .map, .key),
    Signature("pluck", .key, variadic: .map), Signature("pick", .map, variadic: .key),
    Signature("omit", .map, variadic: .key), Signature("merge", .map, variadic: .own),
    Signature("mergeOverwrite", .map, variadic: .own), Signature("dig", .key, .any, .map),
    Signature("dig", .key, .key, .any, .map), Signature("deepCopy", .any), Signature("mustMerge", .map, variadic: .own),
    // Versions, addresses, paths, dates
    Signature("semver", .version), Signature("semverCompare", .version, .version), Signature("urlParse", .text),
    Signature("urlJoin", .map), Signature("base", .text), Signature("dir", .text), Signature("clean", .text),
    Signature("ext", .text), Signature("isAbs", .text), Signature("date", .layout, .date),
    Signature("dateInZone", .layout, .date, .zone), Signature("htmlDate", .date), Signature("unixEpoch", .date),
    Signature("toDate", .layout, .text), Signature("duration", .number), Signature("durationRound", .number),
    Signature("dateModify", .text, .date),
  ]
}
