import Testing
import WGECore
import WGEGoTemplate

/// Which limit ends the render of a text with Helm's functions; nil when none does. Time has none here.
func limitReached(
  _ text: String, _ data: JSON, output: Int, memory: Int, steps: Int
) throws -> RenderLimits.Kind? {
  var options = TemplateOptions(functions: .helm())
  options.limits.output = output
  options.limits.memory = memory
  options.limits.steps = steps
  options.limits.time = nil
  do throws(TemplateError) {
    _ = try Template(text, options: options).render(data)
    return nil
  } catch {
    if case .limit(let kind, _) = error { return kind }
    Issue.record("\(text.prefix(200)): \(error)")
    return nil
  }
}
