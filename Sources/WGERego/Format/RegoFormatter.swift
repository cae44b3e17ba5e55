/// Policies in one standard layout: tabs, one expression a line, one blank line between rules, comments kept.
///
/// Stable: formatting the result again changes nothing. Meaning is kept: no dialect is changed, nothing is simplified.
public struct RegoFormatter: Sendable {
  private let compiler: RegoCompiler

  /// A formatter of a dialect.
  public init(dialect: RegoCompiler.Dialect = .v1) { compiler = RegoCompiler(options: .init(dialect: dialect)) }

  /// The text in standard layout.
  /// - Throws: ``RegoError/invalid(_:)`` when the text does not parse.
  public func format(_ text: String, file: String = "policy.rego") throws(RegoError) -> String {
    do throws(RegoDiagnostic) {
      var printer = LayoutPrinter(module: try compiler.parse(text, file: file))
      return printer.module()
    } catch {
      throw .invalid([error])
    }
  }
}

/// Writes a module; comments are written when the row on which they stand is passed.
struct LayoutPrinter {
  private let parsed: Module
  private var comments: ArraySlice<Comment>
  private var out = ""
  private var depth = 0

  init(module: Module) {
    parsed = module
    comments = module.comments[...]
  }

  mutating func module() -> String {
    flush(before: parsed.packageLocation.row)
    out += "package " + path(parsed.package)
    endLine(parsed.packageLocation.row)
    var lastRow = parsed.packageLocation.row
    if !parsed.imports.isEmpty {
      out += "\n"
      for entry in parsed.imports {
        let blankBefore = blankLines(between: lastRow, entry.location.row)
        if blankBefore, lastRow != parsed.packageLocation.row { out += "\n" }
        flush(before: entry.location.row)
        out += "import " + path(entry.path) + (entry.alias.map { " as \($0)" } ?? "")
        endLine(entry.endRow)
        lastRow = entry.endRow
      }
    }
    for rule in parsed.rules {
      out += "\n"
      flush(before: rule.location.row)
      self.rule(rule)
      endLine(rule.endRow)
      lastRow = rule.endRow
    }
    if let next = comments.first, next.location.row > lastRow + 1 { out += "\n" }
    flush(before: .max)
    while out.hasSuffix("\n\n") { out.removeLast() }
    return out
  }

  private func blankLines(between first: Int, _ second: Int) -> Bool {
    let next = comments.first.map { min($0.location.row, second) } ?? second
    return next > first + 1
  }

  // MARK: - Lines and comments

  private mutating func indent() { out += String(repeating: "\t", count: depth) }

  /// Comments on rows above, each on a line of its own; blank lines between blocks of comments stay.
  private mutating func flush(before row: Int) {
    var last: Int?
    while let comment = comments.first, comment.location.row < row {
      if let last, comment.location.row > last + 1 { out += "\n" }
      indent()
      write(comment)
      out += "\n"
      last = comment.location.row
      comments = comments.dropFirst()
    }
    if depth == 0, let last, row != .max, row > last + 1 { out += "\n" }
  }

  private mutating func write(_ comment: Comment) {
    let text = trimmedRight(comment.text)
    out += text.isEmpty || text.hasPrefix(" ") || text.hasPrefix("#") || text.hasPrefix("!") ? "#\(text)" : "# \(text)"
  }

  private func trimmedRight(_ text: String) -> String {
    var text = Substring(text)
    while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
    return String(text)
  }

  /// Ends the line, with the comment that stood behind it.
  private mutating func endLine(_ row: Int) {
    if let comment = comments.first, comment.location.row == row {
      out += " "
      write(comment)
      comments = comments.dropFirst()
    }
    out += "\n"
  }

  // MARK: - Rules

  private mutating func rule(_ rule: Rule) {
    if rule.isDefault { out += "default " }
    out += reference(rule.ref)
    if let arguments = rule.arguments { list("(", arguments, ")", rows: nil) }
    if let element = rule.element {
      if parsed.isV1 || usesContains {
        out += " contains "
        term(element)
      } else {
        out += "["
        term(element)
        out += "]"
      }
    }
    for (index, branch) in rule.branches.enumerated() {
      if index > 0 { out += " else" }
      if let value = branch.value {
        out += branch.usesAssign ? " := " : " = "
        term(value)
      }
      guard branch.hasBody else { continue }
      if usesIf || branch.isShort { out += " if" }
      if branch.isShort, branch.body.count == 1 {
        out += " "
        expression(branch.body[0])
      } else {
        out += " {"
        body(
          branch.body,
          opening: branch.body.first.map { min(branch.location.row, $0.location.row) } ?? branch.location.row,
          closing: branch.closingRow)
        indent()
        out += "}"
      }
    }
  }

  private var usesIf: Bool {
    parsed.isV1
      || parsed.imports.contains {
        ["keywords", "if"].contains($0.path.last?.stringValue) && $0.path[0].variableName == "future"
      }
  }

  private var usesContains: Bool {
    parsed.imports.contains {
      ["keywords", "contains"].contains($0.path.last?.stringValue) && $0.path[0].variableName == "future"
    }
  }

  private mutating func body(_ body: [Expression], opening: Int, closing: Int) {
    if let first = body.first, opening < first.location.row, let comment = comments.first,
      comment.location.row == opening
    {
      out += " "
      write(comment)
      comments = comments.dropFirst()
    }
    out += "\n"
    depth += 1
    var last: Int?
    for expression in body {
      if let last, blankLines(between: last, expression.location.row) { out += "\n" }
      flush(before: expression.location.row)
      indent()
      self.expression(expression)
      endLine(expression.endRow)
      last = expression.endRow
    }
    if closing > 0 { flush(before: closing) }
    depth -= 1
  }

  private mutating func expression(_ expression: Expression) {
    if expression.isNegated { out += "not " }
    switch expression.kind {
    case .term(let term): self.term(term)
    case .unify(let left, let right): pair(left, " = ", right)
    case .assign(let left, let right): pair(left, " := ", right)
    case .call(let name, let arguments):
      call(
        name, arguments, style: Self.isOperator(name) ? .infix : .plain,
        rows: (expression.location.row, expression.endRow))
    case .some(let terms):
      out += "some "
      separated(terms)
    case .someIn(let key, let value, let domain):
      out += "some "
      separated([key, value].compactMap(\.self))
      out += " in "
      term(domain)
    case .every(let key, let value, let domain, let body):
      out += "every "
      separated([key, value].compactMap(\.self))
      out += " in "
      term(domain)
      out += " {"
      self.body(body, opening: expression.location.row, closing: expression.endRow)
      indent()
      out += "}"
    }
    for with in expression.withs {
      out += " with "
      term(with.target)
      out += " as "
      term(with.value)
    }
  }

  private mutating func pair(_ left: Term, _ mark: String, _ right: Term) {
    term(left)
    out += mark
    term(right)
  }

  private mutating func separated(_ terms: [Term]) {
    for (index, term) in terms.enumerated() {
      if index > 0 { out += ", " }
      self.term(term)
    }
  }

  // MARK: - Terms

  private func path(_ terms: [Term]) -> String {
    terms.enumerated().map { index, term in
      let name = term.stringValue ?? term.variableName ?? ""
      if index == 0 { return name }
      return RefText.isName(name) ? "." + name : "[" + Self.quoted(name) + "]"
    }.joined()
  }

  private func reference(_ terms: [Term]) -> String {
    var inner = LayoutPrinter(module: parsed)
    inner.comments = []
    inner.depth = depth
    for (index, term) in terms.enumerated() {
      if index == 0 {
        inner.term(term)
      } else if let name = term.stringValue, RefText.isName(name), !term.wasQuoted {
        inner.out += "." + name
      } else {
        inner.out += "["
        inner.term(term)
        inner.out += "]"
      }
    }
    return inner.out
  }

  private static func isOperator(_ name: [Term]) -> Bool {
    let text = Parser.dotted(name)
    return symbols[text] != nil || text.hasPrefix("internal.member_")
  }

  private static let symbols: [String: String] = Dictionary(
    Parser.operators.map { ($0.value.1, $0.key) }, uniquingKeysWith: { first, _ in first })

  /// A string as JSON writes it.
  static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      default:
        if scalar.value < 0x20 {
          out += "\\u" + GoQuote.hex(scalar.value, 4)
        } else {
          out.unicodeScalars.append(scalar)
        }
      }
    }
    return out + "\""
  }

  private mutating func term(_ term: Term) {
    let rows = (term.location.row, term.endRow)
    switch term.kind {
    case .null: out += "null"
    case .bool(let value): out += value ? "true" : "false"
    case .number(let number): out += number.text
    case .string(let text): out += term.style == .raw ? "`\(text)`" : Self.quoted(text)
    case .variable(let name): out += name.hasPrefix("$") ? "_" : name
    case .ref(let path): out += reference(path)
    case .array(let elements): list("[", elements, "]", rows: rows)
    case .set(let elements): if elements.isEmpty { out += "set()" } else { list("{", elements, "}", rows: rows) }
    case .object(let pairs): object(pairs, rows)
    case .arrayComprehension(let head, let body): comprehension("[", [head], body, "]", rows)
    case .setComprehension(let head, let body): comprehension("{", [head], body, "}", rows)
    case .objectComprehension(let key, let value, let body): comprehension("{", [key, value], body, "}", rows)
    case .call(let name, let arguments):
      if term.style == .parenthesised { out += "(" }
      call(name, arguments, style: term.style, rows: rows)
      if term.style == .parenthesised { out += ")" }
    case .template(let parts): template(parts, isRaw: term.style == .raw)
    }
  }

  private mutating func call(_ name: [Term], _ arguments: [Term], style: Term.Style, rows: (Int, Int)) {
    let text = Parser.dotted(name)
    if style != .plain, let symbol = Self.symbols[text], arguments.count == 2 {
      pair(arguments[0], " \(symbol) ", arguments[1])
    } else if style != .plain, text == "internal.member_2" {
      pair(arguments[0], " in ", arguments[1])
    } else if style != .plain, text == "internal.member_3" {
      separated(Array(arguments.prefix(2)))
      out += " in "
      term(arguments[2])
    } else {
      out += reference(name)
      list("(", arguments, ")", rows: nil)
    }
  }

  private func isSpread(_ rows: (Int, Int)?) -> Bool { rows.map { $0.0 > 0 && $0.1 > $0.0 } ?? false }

  private mutating func list(_ open: String, _ terms: [Term], _ close: String, rows: (Int, Int)?) {
    out += open
    guard isSpread(rows), let rows, !terms.isEmpty else {
      separated(terms)
      out += close
      return
    }
    lines(rows, terms.map { [$0] }) { $0.separated($1) }
    indent()
    out += close
  }

  private mutating func object(_ pairs: [(Term, Term)], _ rows: (Int, Int)) {
    out += "{"
    func write(_ printer: inout LayoutPrinter, _ pair: [Term]) { printer.pair(pair[0], ": ", pair[1]) }
    if isSpread(rows), !pairs.isEmpty {
      lines(rows, pairs.map { [$0.0, $0.1] }, write)
      indent()
    } else {
      for (index, pair) in pairs.enumerated() {
        if index > 0 { out += ", " }
        write(&self, [pair.0, pair.1])
      }
    }
    out += "}"
  }

  /// Items on lines of their own, each with a comma.
  private mutating func lines(_ rows: (Int, Int), _ items: [[Term]], _ write: (inout LayoutPrinter, [Term]) -> Void) {
    if let first = items.first?.first, first.location.row > rows.0 { endLine(rows.0) } else { out += "\n" }
    depth += 1
    for item in items {
      flush(before: item.first?.location.row ?? 0)
      indent()
      write(&self, item)
      out += ","
      endLine(item.last?.endRow ?? 0)
    }
    flush(before: rows.1)
    depth -= 1
  }

  private mutating func comprehension(
    _ open: String, _ heads: [Term], _ body: [Expression], _ close: String, _ rows: (Int, Int)
  ) {
    out += open
    for (index, head) in heads.enumerated() {
      if index > 0 { out += ": " }
      term(head)
    }
    out += " |"
    if isSpread(rows) || body.count > 1 && rows.1 > rows.0 {
      self.body(body, opening: rows.0, closing: rows.1)
      indent()
    } else {
      out += " "
      for (index, expression) in body.enumerated() {
        if index > 0 { out += "; " }
        self.expression(expression)
      }
    }
    out += close
  }

  private mutating func template(_ parts: [TemplatePart], isRaw: Bool) {
    out += isRaw ? "$`" : "$\""
    for part in parts {
      switch part {
      case .text(let text):
        let escaped = isRaw ? text : String(Self.quoted(text).dropFirst().dropLast())
        out += escaped.replacing("{", with: "\\{")
      case .expression(let expression):
        out += "{"
        self.expression(expression)
        out += "}"
      }
    }
    out += isRaw ? "`" : "\""
  }
}
