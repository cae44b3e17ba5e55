internal import WGECore

/// A metadata block: the YAML of a comment that begins with `# METADATA`.
struct Annotation: Sendable {
  enum Scope: String, Sendable { case rule, document, package, subpackages }
  var scope: Scope
  /// The fields as they were written, with the scope that holds.
  var fields: JSON
  var location: SourceLocation
  var endRow: Int
}

enum AnnotationReader {
  /// Reads all blocks and hangs each at the statement that follows it.
  static func attach(to module: inout Module) throws(RegoDiagnostic) {
    for block in blocks(module.comments) {
      guard let first = block.first, let last = block.last else { continue }
      let yaml = block.dropFirst().map { $0.text.hasPrefix(" ") ? String($0.text.dropFirst()) : $0.text }
      let fields: JSON
      do {
        fields = try YAML.parseSingle(yaml.joined(separator: "\n"))
      } catch {
        throw RegoDiagnostic(.parse, "yaml: \(error.problem)", at: first.location)
      }
      guard case .object(var object) = fields else {
        throw RegoDiagnostic(.parse, "expected METADATA block, found whitespace", at: first.location)
      }
      let end = last.location.row
      let precedesPackage = end < module.packageLocation.row
      let rule = module.rules.indices.first { module.rules[$0].location.row > end }
      var scope: Annotation.Scope = precedesPackage ? .package : .rule
      if object["entrypoint"]?.boolValue == true { scope = .document }
      if let written = object["scope"] {
        guard let name = written.stringValue, let known = Annotation.Scope(rawValue: name) else {
          throw RegoDiagnostic(.parse, "invalid scope '\(written)'", at: first.location)
        }
        scope = known
      }
      object["scope"] = .string(scope.rawValue)
      normalise(&object)
      let annotation = Annotation(scope: scope, fields: .object(object), location: first.location, endRow: end)
      switch scope {
      case .package, .subpackages: module.annotations.append(annotation)
      case .rule, .document:
        guard !precedesPackage, let rule else {
          throw RegoDiagnostic(
            .parse, "annotation scope '\(scope.rawValue)' must be applied to rule", at: first.location)
        }
        module.rules[rule].annotations.append(annotation)
      }
    }
  }

  /// Short forms in their long form: `Jane <jane@example.com>`, and links without description.
  private static func normalise(_ object: inout JSONObject) {
    if let authors = object["authors"]?.arrayValue {
      object["authors"] = .array(
        authors.map { author in
          guard let text = author.stringValue else { return author }
          guard let open = text.firstIndex(of: "<"), text.hasSuffix(">") else { return ["name": .string(text)] }
          let mail = JSON.string(String(text[text.index(after: open)...].dropLast()))
          let name = text[..<open].split(separator: " ").joined(separator: " ")
          return name.isEmpty ? ["email": mail] : ["email": mail, "name": .string(name)]
        })
    }
    if let resources = object["related_resources"]?.arrayValue {
      object["related_resources"] = .array(resources.map { $0.stringValue.map { ["ref": .string($0)] } ?? $0 })
    }
  }

  /// Runs of comments on consecutive rows from a `METADATA` line on.
  private static func blocks(_ comments: [Comment]) -> [[Comment]] {
    var result: [[Comment]] = []
    var open = false
    for comment in comments {
      let text = comment.text
      let column = comment.location.column
      if text.filter({ !$0.isWhitespace }) == "METADATA", text.hasPrefix(" METADATA") || text.hasPrefix("METADATA") {
        result.append([comment])
        open = true
      } else if open, let last = result.last?.last, last.location.row + 1 == comment.location.row,
        last.location.column == column
      {
        result[result.count - 1].append(comment)
      } else {
        open = false
      }
    }
    return result
  }
}
