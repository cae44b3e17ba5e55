// What may be wrong with the path of a change, in the same words from every host.
extension GitHostError {
  static func noFile(_ path: GitPath) -> GitHostError {
    GitHostError(.notFound, "there is no file \(quote(path.value))", field: "path")
  }

  static func isNoFile(_ path: GitPath, but kind: TreeEntry.Kind) -> GitHostError {
    .validation(
      field: "path", "\(quote(path.value)) is a \(kind.rawValue), not a file",
      remedy: "name the files below it one by one")
  }

  static func isBelow(_ path: GitPath, _ folder: String, which kind: TreeEntry.Kind) -> GitHostError {
    .validation(
      field: "path", "\(quote(path.value)) cannot be below \(quote(folder)), which is a \(kind.rawValue)")
  }

  static func isThere(_ path: GitPath) -> GitHostError {
    .validation(field: "path", "\(quote(path.value)) exists already", remedy: "delete it first")
  }

  static func isLink(_ path: GitPath) -> GitHostError {
    .validation(field: "path", "\(quote(path.value)) is a symbolic link")
  }
}
