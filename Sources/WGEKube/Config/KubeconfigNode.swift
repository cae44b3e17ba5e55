internal import WGECore

/// One mapping inside a kubeconfig, which knows where it is, so that each wrong field is reported
/// by its path. Content is never quoted: it may be a credential in the wrong place.
struct KubeconfigNode {
  let members: JSONObject
  let path: String
  let source: String?
  let directory: String?

  init(_ json: JSON, path: String, source: String?, directory: String?) throws {
    guard case .object(let members) = json else {
      throw KubeError.config(
        KubeconfigProblem(
          file: source, field: path.isEmpty ? nil : path, problem: "expected a mapping, found \(json.typeName)"))
    }
    self.members = members
    self.path = path
    self.source = source
    self.directory = directory
  }

  func problem(_ field: String, _ problem: String, fix: String? = nil) -> KubeError {
    .config(KubeconfigProblem(file: source, field: child(field), problem: problem, fix: fix))
  }

  private func child(_ field: String) -> String { path.isEmpty ? field : "\(path).\(field)" }

  private func node(_ json: JSON, _ path: String) throws -> KubeconfigNode {
    try KubeconfigNode(json, path: path, source: source, directory: directory)
  }

  /// Nil when absent, null or empty, which mean the same in a kubeconfig.
  func text(_ field: String) throws -> String? {
    switch members[field] {
    case nil, .null?: return nil
    case .string(let text)?: return text.isEmpty ? nil : text
    case let other?: throw problem(field, "expected text, found \(other.typeName)", fix: "put it in quotes")
    }
  }

  func flag(_ field: String) throws -> Bool? {
    switch members[field] {
    case nil, .null?: return nil
    case .bool(let value)?: return value
    case let other?: throw problem(field, "expected true or false, found \(other.typeName)")
    }
  }

  func texts(_ field: String) throws -> [String] {
    try elements(field).enumerated().map { index, element in
      guard case .string(let text) = element else {
        throw problem("\(field)[\(index)]", "expected text, found \(element.typeName)", fix: "put it in quotes")
      }
      return text
    }
  }

  func object(_ field: String) throws -> KubeconfigNode? {
    switch members[field] {
    case nil, .null?: nil
    case let json?: try node(json, child(field))
    }
  }

  func objects(_ field: String) throws -> [KubeconfigNode] {
    try elements(field).enumerated().map { try node($1, "\(child(field))[\($0)]") }
  }

  private func elements(_ field: String) throws -> [JSON] {
    switch members[field] {
    case nil, .null?: return []
    case .array(let elements)?: return elements
    case let other?: throw problem(field, "expected a list, found \(other.typeName)")
    }
  }

  /// The named entries of `clusters`, `users` or `contexts`.
  func entries(_ field: String, _ inner: String) throws -> [(name: String, node: KubeconfigNode)] {
    var seen: Set<String> = []
    return try objects(field).map { entry in
      guard let name = try entry.text("name") else { throw entry.problem("name", "is missing", fix: "name the entry") }
      let path = "\(field)[\(name.prefix(128))]"
      guard seen.insert(name).inserted else {
        throw KubeError.config(
          KubeconfigProblem(file: source, field: path, problem: "the name occurs twice", fix: "rename or remove one"))
      }
      return (name, try node(entry.members[inner].flatMap { $0.isNull ? nil : $0 } ?? [:], "\(path).\(inner)"))
    }
  }

  /// `<field>-data` in base64, which wins, or the file that `<field>` names.
  func material(_ field: String) throws -> Material? {
    if let encoded = try text(field + "-data") {
      guard let bytes = Base64.decode(encoded), !bytes.isEmpty else {
        throw problem(field + "-data", "is not base64", fix: "encode the PEM text with base64")
      }
      return .inline(Secret(bytes))
    }
    return try path(field).map(Material.file)
  }

  /// An absolute path.
  func path(_ field: String) throws -> String? {
    guard let text = try text(field) else { return nil }
    return try absolute(text, field)
  }

  /// A command with a slash is a path; one without is looked up in PATH.
  func commandPath(_ command: String) throws -> String {
    command.contains("/") ? try absolute(command, "command") : command
  }

  private func absolute(_ text: String, _ field: String) throws -> String {
    if text.hasPrefix("/") { return text }
    guard let directory else {
      throw problem(
        field, "is a relative path, and there is no file that it is relative to", fix: "use an absolute path")
    }
    return directory.hasSuffix("/") ? directory + text : "\(directory)/\(text)"
  }
}
