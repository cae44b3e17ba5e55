internal import WGECore
internal import WGEGoTemplate
public import WGERego

/// `strings.render_template`, for hosts that want it: the one builtin that needs a template engine.
///
/// ```swift
/// RegoCompiler(options: .init(hostBuiltins: RegoTemplates.builtins))
/// ```
public enum RegoTemplates {
  /// All of them: templates of Go's `text/template` without further functions. A variable that is not given is
  /// rendered as `<undefined>`. One call has a second, 64 MiB of memory and output, and a million steps; output
  /// counts towards the steps of the evaluation.
  public static let builtins: [RegoBuiltin] = [
    RegoBuiltin(
      "strings.render_template", arity: 2,
      charging: { operands, charge in
        guard operands.count == 2, case .string(let text) = operands[0] else {
          throw RegoTemplateError("operand 1 must be string but got \(operands.first?.typeName ?? "nothing")")
        }
        guard case .object = operands[1] else {
          throw RegoTemplateError("operand 2 must be object but got \(operands[1].typeName)")
        }
        try charge(text.utf8.count >> 4)
        let output: String
        do {
          // What has no value is undefined in the language of policies.
          output = try Template(text, options: options).render(operands[1].json)
            .replacing("<no value>", with: "<undefined>")
        } catch {
          throw RegoTemplateError("\(error)")
        }
        try charge(output.utf8.count >> 4)
        return .string(output)
      })
  ]

  private static let options: TemplateOptions = {
    var options = TemplateOptions()
    options.limits.templateSize = 1 << 20
    options.limits.time = .seconds(1)
    options.limits.memory = 64 << 20
    options.limits.output = 64 << 20
    options.limits.steps = 1_000_000
    return options
  }()
}

/// What is wrong with a template or its variables.
private struct RegoTemplateError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
