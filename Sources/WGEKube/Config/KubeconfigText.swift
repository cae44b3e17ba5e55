internal import WGECore

/// Between the text of a kubeconfig and its JSON form.
enum KubeconfigText {
  static func parse(_ bytes: [UInt8], source: String?) throws -> JSON {
    do {
      return try JSON(parsing: bytes)
    } catch {
      throw KubeError.config(KubeconfigProblem(file: source, problem: "is not valid JSON", fix: "correct the syntax"))
    }
  }

  static func serialize(_ json: JSON) throws -> [UInt8] { json.serializedPretty() }
}
