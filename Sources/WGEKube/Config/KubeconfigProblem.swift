/// Why a kubeconfig cannot be used: which file, which context, which field, and what to do.
///
/// Holds no credential and no excerpt of the file.
public struct KubeconfigProblem: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file's path, or a name such as `Secret flux-system/leaf-eu`. Nil when there is none.
  public var file: String?
  /// The context that was to be used.
  public var context: String?
  /// `clusters[leaf-eu].cluster.server`.
  public var field: String?
  /// What is wrong, as the end of a sentence about the field.
  public var problem: String
  /// What a person can do about it.
  public var fix: String?

  /// With these values; the properties say what they mean.
  public init(
    file: String? = nil, context: String? = nil, field: String? = nil, problem: String, fix: String? = nil
  ) {
    self.file = file.map(Self.printable)
    self.context = context.map(Self.printable)
    self.field = field.map(Self.printable)
    self.problem = Self.printable(problem)
    self.fix = fix.map(Self.printable)
  }

  /// Names come from whoever wrote the kubeconfig, and messages go to logs and conditions: no
  /// control characters, and no more than fits there.
  private static func printable(_ text: String) -> String {
    let cut = text.unicodeScalars.prefix(512)
    guard cut.contains(where: { $0.properties.generalCategory == .control }) || cut.count == 512 else { return text }
    var result = String.UnicodeScalarView()
    result.append(contentsOf: cut.map { $0.properties.generalCategory == .control ? "?" : $0 })
    return String(result)
  }

  /// All of it as one sentence.
  public var description: String {
    var text = "kubeconfig"
    if let file { text += " \(file)" }
    if let context { text += ", context \(context)" }
    if let field { text += ", \(field)" }
    text += ": \(problem)"
    if let fix { text += "; \(fix)" }
    return text
  }
}
