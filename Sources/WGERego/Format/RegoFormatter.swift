/// Policies in one standard layout: tabs, one expression a line, one blank line between rules, comments kept.
///
/// Stable: formatting the result again changes nothing. Meaning is kept: no dialect is changed, nothing is simplified.
public struct RegoFormatter: Sendable {
  let compiler: RegoCompiler

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
