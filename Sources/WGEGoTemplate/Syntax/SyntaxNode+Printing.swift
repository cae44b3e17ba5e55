internal import WGEGoFormat

extension SyntaxNode {
  /// The node in canonical form, as errors quote it.
  func text(in source: TemplateSource) -> String {
    var out = ""
    write(to: &out, source)
    return out
  }

  static func text(of nodes: [SyntaxNode], in source: TemplateSource) -> String {
    var out = ""
    for node in nodes { node.write(to: &out, source) }
    return out
  }

  private func write(to out: inout String, _ source: TemplateSource) {
    switch kind {
    case .text(let range): out += String(decoding: source.bytes[range], as: UTF8.self)
    case .action(let pipeline):
      Self.open(&out, source)
      pipeline.write(to: &out, source)
      out += source.right
    case .branch(let branch, let pipeline, let body, let otherwise):
      Self.open(&out, source)
      out += branch.rawValue + " "
      pipeline.write(to: &out, source)
      out += source.right
      for node in body { node.write(to: &out, source) }
      if let otherwise {
        Self.open(&out, source)
        out += "else" + source.right
        for node in otherwise { node.write(to: &out, source) }
      }
      Self.open(&out, source)
      out += "end" + source.right
    case .template(let name, let pipeline):
      Self.open(&out, source)
      out += "template " + GoQuote.quote(name)
      if let pipeline {
        out += " "
        pipeline.write(to: &out, source)
      }
      out += source.right
    case .breakLoop:
      Self.open(&out, source)
      out += "break" + source.right
    case .continueLoop:
      Self.open(&out, source)
      out += "continue" + source.right
    case .pipeline(let pipeline): Self.write(pipeline, to: &out, source)
    case .command(let operands):
      for (index, operand) in operands.enumerated() {
        if index > 0 { out += " " }
        operand.writeOperand(to: &out, source)
      }
    case .identifier(let name): out += name
    case .variable(let names): out += names.joined(separator: ".")
    case .field(let names): for name in names { out += "." + name }
    case .chain(let node, let names):
      node.writeOperand(to: &out, source)
      for name in names { out += "." + name }
    case .dot: out += "."
    case .nilValue: out += "nil"
    case .bool(let value): out += value ? "true" : "false"
    case .number(let literal): out += literal.text
    case .string(let quoted, _): out += quoted
    }
  }

  /// Begins an action. After a text whose end would be read as the delimiter's beginning (`{` before `{{`) it stands
  /// behind a space that its trim marker takes away again; what Go prints there means something else.
  private static func open(_ out: inout String, _ source: TemplateSource) {
    let left = Array(source.left.utf8)
    let end = Array(out.utf8.suffix(left.count - 1))
    let isAmbiguous = end.indices.contains { (end[$0...] + left).starts(with: left) }
    out += isAmbiguous ? " \(source.left)- " : source.left
  }

  private func writeOperand(to out: inout String, _ source: TemplateSource) {
    if case .pipeline = kind {
      out += "("
      write(to: &out, source)
      out += ")"
    } else {
      write(to: &out, source)
    }
  }

  private static func write(_ pipeline: Pipeline, to out: inout String, _ source: TemplateSource) {
    for (index, variable) in pipeline.declarations.enumerated() {
      if index > 0 { out += ", " }
      variable.write(to: &out, source)
    }
    if !pipeline.declarations.isEmpty { out += pipeline.isAssignment ? " = " : " := " }
    for (index, command) in pipeline.commands.enumerated() {
      if index > 0 { out += " | " }
      command.write(to: &out, source)
    }
  }
}
