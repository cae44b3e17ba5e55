internal import WGECore

/// The form in which a client wants its answer, from the `Accept` header.
struct OutputForm: Sendable, Hashable {
  enum Format: String, Sendable {
    case json = "application/json"
    case yaml = "application/yaml"
  }

  enum Shape: Sendable, Hashable {
    case object
    case table
    case metadata
    case aggregatedDiscovery(version: String)
  }

  /// How much of each object comes with its row of a table.
  enum IncludedObject: String, Sendable, Hashable {
    case none = "None"
    case metadata = "Metadata"
    case object = "Object"
  }

  var format: Format = .json
  var shape: Shape = .object
  var includedObject = IncludedObject.metadata

  static let offered = ["application/json", "application/yaml"]

  /// - Parameter shapes: whether the endpoint has other shapes than the object itself.
  init(accept: String?, shapes: Set<String> = ["Table", "PartialObjectMetadata", "PartialObjectMetadataList"])
    throws(APIStatus)
  {
    guard let accept, !accept.isEmpty else { return }
    var best: (form: OutputForm, quality: Double)?
    for clause in accept.split(separator: ",") {
      let parts = clause.split(separator: ";").map { $0.trimmed }
      guard let media = parts.first?.lowercased() else { continue }
      var form = OutputForm.plain
      switch media {
      case "application/json", "*/*", "application/*", "text/*": form.format = .json
      case "application/yaml", "text/yaml": form.format = .yaml
      default: continue
      }
      var quality = 1.0
      var kind = ""
      var version = ""
      for parameter in parts.dropFirst() {
        guard let equals = parameter.firstIndex(of: "=") else { continue }
        let value = String(parameter[parameter.index(after: equals)...])
        switch parameter[..<equals].lowercased() {
        case "q": quality = Double(value) ?? 1
        case "as": kind = value
        case "v": version = value
        default: break
        }
      }
      if !kind.isEmpty {
        guard shapes.contains(kind) else { continue }
        switch kind {
        case "Table":
          guard version == "v1" || version == "v1beta1" else { continue }
          form.shape = .table
        case "PartialObjectMetadata", "PartialObjectMetadataList": form.shape = .metadata
        case "APIGroupDiscoveryList": form.shape = .aggregatedDiscovery(version: version)
        default: continue
        }
      }
      if quality > (best?.quality ?? 0) { best = (form, quality) }
    }
    guard let best else { throw .notAcceptable(Self.offered) }
    self = best.form
  }

  /// For reads: tables may come with other parts of the objects.
  init(reading context: RequestContext) throws(APIStatus) {
    try self.init(accept: context.accept)
    let text = context.query.text("includeObject")
    guard shape == .table, !text.isEmpty else { return }
    guard let included = IncludedObject(rawValue: text) else {
      throw .badRequest("unrecognized includeObject value: \(FieldError.quote(text))")
    }
    includedObject = included
  }

  private init() {}
  static let plain = OutputForm()
}

extension Substring {
  fileprivate var trimmed: String {
    var text = self
    while let first = text.first, first == " " || first == "\t" { text = text.dropFirst() }
    while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
    return String(text)
  }
}
