internal import WGECore

/// Terms in the standard layout.
extension LayoutPrinter {
  func path(_ terms: [Term]) -> String {
    terms.enumerated().map { index, term in
      let name = term.stringValue ?? term.variableName ?? ""
      if index == 0 { return name }
      return RefText.isName(name) ? "." + name : "[" + Self.quoted(name) + "]"
    }.joined()
  }

  func reference(_ terms: [Term]) -> String {
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

  static func isOperator(_ name: [Term]) -> Bool {
    let text = Parser.dotted(name)
    return symbols[text] != nil || text.hasPrefix("internal.member_")
  }

  static let symbols: [String: String] = Dictionary(
    Parser.operators.map { ($0.value.1, $0.key) }, uniquingKeysWith: { first, _ in first })

  /// A string as JSON writes it.
  static func quoted(_ text: String) -> String { JSON.string(text).description }

  mutating func term(_ term: Term) {
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

  mutating func call(_ name: [Term], _ arguments: [Term], style: Term.Style, rows: (Int, Int)) {
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

  func isSpread(_ rows: (Int, Int)?) -> Bool { rows.map { $0.0 > 0 && $0.1 > $0.0 } ?? false }

  mutating func list(_ open: String, _ terms: [Term], _ close: String, rows: (Int, Int)?) {
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

  mutating func object(_ pairs: [(Term, Term)], _ rows: (Int, Int)) {
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
  mutating func lines(_ rows: (Int, Int), _ items: [[Term]], _ write: (inout LayoutPrinter, [Term]) -> Void) {
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

  mutating func comprehension(
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

  mutating func template(_ parts: [TemplatePart], isRaw: Bool) {
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
