internal import WGEGoFormat

extension TemplateSet {
  /// Everything that is wrong with a text, not only what is found first: mistakes of syntax, unknown functions and
  /// variables, wrong numbers and types of arguments, templates that nothing defines. Empty for a good one.
  ///
  /// - Parameter text: checked against what this set defines; the set itself does not change.
  public func issues(in text: String, name: String) -> [TemplateIssue] {
    let functions = options.allFunctions
    guard text.utf8.count <= options.limits.templateSize else {
      return [
        TemplateIssue(
          template: name, line: 1, message: "the template is larger than \(options.limits.templateSize) bytes")
      ]
    }
    let source = TemplateSource(
      name: name, bytes: Array(text.utf8), left: options.leftDelimiter, right: options.rightDelimiter)
    var parser = Parser(
      source: source, left: options.leftDelimiter, right: options.rightDelimiter, functions: functions,
      limits: options.limits, collects: true)
    parser.parse()
    var issues = parser.issues
    let known = Set(definitions.keys).union(parser.definitions.keys)
    for name in parser.order {
      guard let definition = parser.definitions[name] else { continue }
      let code: Code
      do { code = try Compiler.compile(definition, functions: functions) } catch {
        if let issue = error.issue { issues.append(issue) }
        continue
      }
      for instruction in code.instructions {
        switch instruction.operation {
        case .fail: issues.append(code.issue(instruction.node, code.names[Int(instruction.a)]))
        case .requireTemplate where !known.contains(code.names[Int(instruction.a)]):
          issues.append(
            code.issue(instruction.node, "template \(GoQuote.quote(code.names[Int(instruction.a)])) not defined"))
        default: break
        }
      }
    }
    var seen: Set<TemplateIssue> = []
    return issues.filter { seen.insert($0).inserted }.sorted { ($0.line, $0.column ?? -1) < ($1.line, $1.column ?? -1) }
  }
}
