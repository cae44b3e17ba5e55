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
  /// rendered as `<undefined>`.
  public static let builtins: [RegoBuiltin] = [
    RegoBuiltin("strings.render_template", arity: 2) { operands in
      guard operands.count == 2, case .string(let text) = operands[0] else {
        throw RegoTemplateError("operand 1 must be string but got \(operands.first?.typeName ?? "nothing")")
      }
      guard case .object = operands[1] else {
        throw RegoTemplateError("operand 2 must be object but got \(operands[1].typeName)")
      }
      do {
        // What has no value is undefined in the language of policies.
        return .string(try Template(text).render(operands[1].json).replacing("<no value>", with: "<undefined>"))
      } catch {
        throw RegoTemplateError("\(error)")
      }
    }
  ]
}

/// What is wrong with a template or its variables.
private struct RegoTemplateError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
