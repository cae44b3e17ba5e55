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

  var format: Format = .json
  var shape: Shape = .object
  /// The form of metadata that was asked for is that of lists.
  var asksForList = false

  static let offered = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"]

  /// The form of an answer about objects of one resource.
  ///
  /// Upstream's router looks at built-in kinds' requests first, and knows no wild cards but `*/*`;
  /// what it lets through, and custom resources, are refused in other words.
  init(_ context: RequestContext, _ resource: Resource) throws(APIStatus) {
    let verb = context.info.verb
    let accept = context.accept
    if !resource.isCustom, let accept, !accept.isEmpty {
      let known: Set<String> = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf", "*/*"]
      let media = accept.split(separator: ",").map { String($0.prefix { $0 != ";" }.filter { $0 != " " }).lowercased() }
      if !media.contains(where: known.contains) {
        var offered = Self.offered
        if verb == "list" || verb == "watch" {
          offered += ["application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"]
        }
        throw APIStatus(
          406, "NotAcceptable",
          "406: Not Acceptable\n\nAvailable representations: \(offered.joined(separator: ", "))", details: .init())
      }
    }
    try self.init(accept: accept)
    let isList = verb == "list" || verb == "deletecollection"
    if shape == .metadata, verb != "watch", isList != asksForList {
      throw APIStatus(
        406, "NotAcceptable",
        isList
          ? "you requested PartialObjectMetadata, but the requested object is a list (\(resource.goType)List)"
          : "you requested PartialObjectMetadataList, but the requested object is not a list (\(resource.goType))")
    }
    let includes = context.query.text("includeObject")
    if shape == .table, !includes.isEmpty, TablePrinter.Includes(rawValue: includes) == nil {
      throw .badRequest(
        "Unable to convert to Table as requested: includeObject: Invalid value: \(FieldError.quote(includes)): must be 'Metadata', 'Object', 'None', or empty"
      )
    }
  }

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
      var group = ""
      for parameter in parts.dropFirst() {
        guard let equals = parameter.firstIndex(of: "=") else { continue }
        let value = String(parameter[parameter.index(after: equals)...])
        switch parameter[..<equals].lowercased() {
        case "q": quality = Double(value) ?? 1
        case "as": kind = value
        case "v": version = value
        case "g": group = value
        default: break
        }
      }
      if !kind.isEmpty {
        guard shapes.contains(kind), group == "meta.k8s.io" || group == "apidiscovery.k8s.io" else { continue }
        switch kind {
        case "Table":
          guard version == "v1" || version == "v1beta1" else { continue }
          form.shape = .table
        case "PartialObjectMetadata", "PartialObjectMetadataList":
          form.shape = .metadata
          form.asksForList = kind.hasSuffix("List")
        case "APIGroupDiscoveryList": form.shape = .aggregatedDiscovery(version: version)
        default: continue
        }
      }
      if quality > (best?.quality ?? 0) { best = (form, quality) }
    }
    guard let best else { throw .notAcceptable(Self.offered) }
    self = best.form
  }

  private init() {}
  static let plain = OutputForm()
}

extension Resource {
  /// The type that upstream holds objects of the resource in.
  var goType: String {
    if isCustom { return "*unstructured.Unstructured" }
    let package = group.split(separator: ".").first.map(String.init) ?? "core"
    return "*\(package == "rbac" ? "rbac" : package).\(kind)"
  }
}

extension Substring {
  fileprivate var trimmed: String {
    var text = self
    while let first = text.first, first == " " || first == "\t" { text = text.dropFirst() }
    while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
    return String(text)
  }
}
