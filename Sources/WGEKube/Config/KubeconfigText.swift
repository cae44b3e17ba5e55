internal import WGECore

/// Between the text of a kubeconfig and its JSON form.
enum KubeconfigText {
  /// Reads YAML, and so JSON. Of several documents the first counts, as to kubectl.
  static func parse(_ bytes: [UInt8], source: String?) throws -> JSON {
    let options = YAML.Options(
      maximumDepth: 64, maximumBytes: KubeDefaults.maximumKubeconfigBytes,
      maximumAliasBytes: KubeDefaults.maximumKubeconfigBytes)
    do {
      return try YAML.parse(bytes, options: options).first ?? .null
    } catch {
      // The parser's own words may quote the text.
      throw KubeError.config(
        KubeconfigProblem(
          file: source, problem: "is not valid YAML at line \(error.line), column \(error.column)",
          fix: "correct the syntax there"))
    }
  }

  static func serialize(_ json: JSON) -> [UInt8] { Array(YAML.serialize(json).utf8) }
}
