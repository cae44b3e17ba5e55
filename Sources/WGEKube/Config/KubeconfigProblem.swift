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
  public var problem: String
  /// What a person can do about it.
  public var fix: String?

  public init(
    file: String? = nil, context: String? = nil, field: String? = nil, problem: String, fix: String? = nil
  ) {
    self.file = file
    self.context = context
    self.field = field
    self.problem = problem
    self.fix = fix
  }

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
