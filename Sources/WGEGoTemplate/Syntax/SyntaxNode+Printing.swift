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
      out += source.left
      pipeline.write(to: &out, source)
      out += source.right
    case .branch(let branch, let pipeline, let body, let otherwise):
      out += "\(source.left)\(branch.rawValue) "
      pipeline.write(to: &out, source)
      out += source.right
      for node in body { node.write(to: &out, source) }
      if let otherwise {
        out += "\(source.left)else\(source.right)"
        for node in otherwise { node.write(to: &out, source) }
      }
      out += "\(source.left)end\(source.right)"
    case .template(let name, let pipeline):
      out += "\(source.left)template " + GoQuote.quote(name)
      if let pipeline {
        out += " "
        pipeline.write(to: &out, source)
      }
      out += source.right
    case .breakLoop: out += "\(source.left)break\(source.right)"
    case .continueLoop: out += "\(source.left)continue\(source.right)"
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
