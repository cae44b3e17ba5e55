/// Writes a module; comments are written when the row on which they stand is passed.
struct LayoutPrinter {
  let parsed: Module
  var comments: ArraySlice<Comment>
  var out = ""
  var depth = 0

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

  func blankLines(between first: Int, _ second: Int) -> Bool {
    let next = comments.first.map { min($0.location.row, second) } ?? second
    return next > first + 1
  }

  // MARK: - Lines and comments

  mutating func indent() { out += String(repeating: "\t", count: depth) }

  /// Comments on rows above, each on a line of its own; blank lines between blocks of comments stay.
  mutating func flush(before row: Int) {
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

  mutating func write(_ comment: Comment) {
    let text = trimmedRight(comment.text)
    out += text.isEmpty || text.hasPrefix(" ") || text.hasPrefix("#") || text.hasPrefix("!") ? "#\(text)" : "# \(text)"
  }

  func trimmedRight(_ text: String) -> String {
    var text = Substring(text)
    while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
    return String(text)
  }

  /// Ends the line, with the comment that stood behind it.
  mutating func endLine(_ row: Int) {
    if let comment = comments.first, comment.location.row == row {
      out += " "
      write(comment)
      comments = comments.dropFirst()
    }
    out += "\n"
  }

  // MARK: - Rules

  mutating func rule(_ rule: Rule) {
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

  var usesIf: Bool {
    parsed.isV1
      || parsed.imports.contains {
        ["keywords", "if"].contains($0.path.last?.stringValue) && $0.path[0].variableName == "future"
      }
  }

  var usesContains: Bool {
    parsed.imports.contains {
      ["keywords", "contains"].contains($0.path.last?.stringValue) && $0.path[0].variableName == "future"
    }
  }

  mutating func body(_ body: [Expression], opening: Int, closing: Int) {
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

  mutating func expression(_ expression: Expression) {
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

  mutating func pair(_ left: Term, _ mark: String, _ right: Term) {
    term(left)
    out += mark
    term(right)
  }

  mutating func separated(_ terms: [Term]) {
    for (index, term) in terms.enumerated() {
      if index > 0 { out += ", " }
      self.term(term)
    }
  }
}
