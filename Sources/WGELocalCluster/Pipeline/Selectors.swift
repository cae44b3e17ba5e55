internal import WGECore

extension LabelSelector {
  /// A selector of a request's query.
  init(query text: String) throws(APIStatus) {
    // Upstream's reader takes a zero byte for the end.
    let text = text.prefix { $0 != "\0" }
    do { try self.init(parsing: String(text)) } catch { throw .badRequest(error.description) }
  }

  /// From a `metav1.LabelSelector` object. What is not one selects by existence at most: objects are
  /// validated before they are selected by.
  init(_ selector: JSON?) {
    var labels: [String: String] = [:]
    for member in selector?["matchLabels"]?.objectValue ?? JSONObject() {
      labels[member.key] = member.value.stringValue ?? ""
    }
    let expressions = (selector?["matchExpressions"]?.arrayValue ?? []).map { expression in
      Requirement(
        key: expression["key"]?.stringValue ?? "",
        operator: Requirement.Operator(rawValue: expression["operator"]?.stringValue ?? "") ?? .doesNotExist,
        values: expression["values"]?.arrayValue?.compactMap(\.stringValue))
    }
    self.init(matchLabels: labels, matchExpressions: expressions)
  }

  /// Whether an object's labels are meant.
  func matches(_ json: JSON) -> Bool {
    if isEmpty { return true }
    let labels = json["metadata"]?["labels"]?.objectValue
    return matches { labels?[$0]?.stringValue }
  }

  /// As the selector of a Scale and the columns of tables show it: `a=b,c in (d,e)`.
  var text: String { description }
}

extension FieldSelector {
  /// A selector of a request's query.
  init(query text: String) throws(APIStatus) {
    do { try self.init(parsing: text) } catch { throw .badRequest(error.description) }
  }

  func exactValue(of field: String) -> String? {
    guard let term = terms.first(where: { $0.field == field && $0.isEqual }), !term.value.isEmpty else { return nil }
    return term.value
  }

  /// Refuses fields that the resource does not offer.
  func check(against resource: Resource) throws(APIStatus) {
    // Kinds without fields of their own take both names, whether or not they have a namespace.
    let isPlain = !resource.isCustom && resource.behaviour.selectableFields.isEmpty
    var known = ["metadata.name"]
    if isPlain || resource.isNamespaced { known.append("metadata.namespace") }
    known += resource.behaviour.selectableFields.map(\.name)
    for term in terms where !known.contains(term.field) {
      if isPlain {
        throw .badRequest(
          "\"\(term.field)\" is not a known field selector: only \(known.map { "\"\($0)\"" }.joined(separator: ", "))")
      }
      if resource.kind == "Job" {
        throw .badRequest("field label \(FieldError.quote(term.field)) not supported for Job")
      }
      throw .badRequest("field label not supported: \(term.field)")
    }
  }

  func matches(_ json: JSON, _ resource: Resource) -> Bool {
    matches { field in
      switch field {
      case "metadata.name": json["metadata"]?["name"]?.stringValue
      case "metadata.namespace": json["metadata"]?["namespace"]?.stringValue
      default: resource.behaviour.selectableFields.first { $0.name == field }?.value(json)
      }
    }
  }
}
