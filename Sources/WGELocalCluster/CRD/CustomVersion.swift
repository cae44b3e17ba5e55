internal import WGECore

/// One served version of a custom resource definition, compiled.
final class CustomVersion: Sendable {
  let listKind: String
  let schema: StructuralSchema
  /// The schema as the definition has it, with descriptions and defaults.
  let document: JSON
  /// The apiVersion that objects are stored under.
  let storageAPIVersion: String
  /// Converts between versions that differ by more than their name.
  let webhook: ConversionWebhook?
  /// Names this state of the definition.
  private let state: String
  let hasStatus: Bool
  let isDeprecated: Bool
  let deprecationWarning: String

  init(
    listKind: String, schema: StructuralSchema, document: JSON, storageAPIVersion: String,
    webhook: ConversionWebhook?, state: String, hasStatus: Bool, isDeprecated: Bool, deprecationWarning: String
  ) {
    self.listKind = listKind
    self.schema = schema
    self.document = document
    self.storageAPIVersion = storageAPIVersion
    self.webhook = webhook
    self.state = state
    self.hasStatus = hasStatus
    self.isDeprecated = isDeprecated
    self.deprecationWarning = deprecationWarning
  }

  /// Names what stored objects look like in a version, as this state of the definition has it.
  func form(_ apiVersion: String) -> String { "\(apiVersion) \(state)" }
}

/// Turns a stored definition into the resources that it serves.
enum CustomResources {
  static let definitions = "customresourcedefinitions.apiextensions.k8s.io"

  /// The resources of a definition; none until it is established.
  static func resources(of definition: JSON) -> [Resource] {
    guard condition(definition, "Established") == "True" else { return [] }
    let spec = definition["spec"] ?? [:]
    let names = definition["status"]?["acceptedNames"] ?? spec["names"] ?? [:]
    let group = spec["group"]?.stringValue ?? ""
    let versions = spec["versions"]?.arrayValue ?? []
    let storage = versions.first { $0["storage"]?.boolValue == true }?["name"]?.stringValue ?? ""
    let metadata = definition["metadata"] ?? [:]
    let webhook = ConversionWebhook(definition: metadata["name"]?.stringValue ?? "", spec: spec)
    let state = "\(metadata["uid"]?.stringValue ?? "")/\(metadata["generation"]?.intValue ?? 0)"
    return versions.compactMap { version in
      guard version["served"]?.boolValue == true, let name = version["name"]?.stringValue else { return nil }
      return resource(
        version, name: name, group: group, names: names, spec: spec, storage: storage, webhook: webhook, state: state)
    }
  }

  private static func resource(
    _ version: JSON, name: String, group: String, names: JSON, spec: JSON, storage: String,
    webhook: ConversionWebhook?, state: String
  ) -> Resource? {
    func strings(_ field: String) -> [String] { names[field]?.arrayValue?.compactMap(\.stringValue) ?? [] }
    guard let schema = try? StructuralSchema(version["schema"]?["openAPIV3Schema"] ?? [:], isRoot: true) else {
      return nil
    }
    let kind = names["kind"]?.stringValue ?? ""
    let hasStatus = version["subresources"]?["status"] != nil
    var subresources: [Subresource] = []
    if hasStatus {
      subresources.append(Subresource(name: "status", kind: kind, role: .status, verbs: ["get", "patch", "update"]))
    }
    if let scale = version["subresources"]?["scale"] {
      subresources.append(
        Subresource(
          name: "scale", kind: "Scale",
          role: .scale(
            ScalePaths(
              specReplicas: path(scale["specReplicasPath"]), statusReplicas: path(scale["statusReplicasPath"]),
              selector: scale["labelSelectorPath"].map(path))), verbs: ["get", "patch", "update"]))
    }
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    behaviour.statusMetadata = .none
    behaviour.selectableFields = (version["selectableFields"]?.arrayValue ?? []).compactMap { field in
      guard let text = field["jsonPath"]?.stringValue else { return nil }
      let keys = path(.string(text))
      return SelectableField(name: String(text.drop { $0 == "." })) { json in
        let value = json.value(at: keys)
        return value?.stringValue ?? value?.description ?? ""
      }
    }
    let columns = (version["additionalPrinterColumns"]?.arrayValue ?? []).map { column in
      PrinterColumn(
        name: column["name"]?.stringValue ?? "", type: column["type"]?.stringValue ?? "string",
        format: column["format"]?.stringValue ?? "", description: column["description"]?.stringValue ?? "",
        priority: Int(column["priority"]?.intValue ?? 0), content: .path(column["jsonPath"]?.stringValue ?? ""))
    }
    return Resource(
      group: group, version: name, kind: kind, plural: names["plural"]?.stringValue ?? "",
      singular: names["singular"]?.stringValue, shortNames: strings("shortNames"), categories: strings("categories"),
      isNamespaced: spec["scope"]?.stringValue == "Namespaced",
      verbs: ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"],
      subresources: subresources, schema: schema.typeSchema(isRoot: true), behaviour: behaviour,
      columns: columns.isEmpty
        ? [PrinterColumn.nameColumn, PrinterColumn.customAge] : [PrinterColumn.nameColumn] + columns,
      custom: CustomVersion(
        listKind: names["listKind"]?.stringValue ?? "\(kind)List", schema: schema,
        document: version["schema"]?["openAPIV3Schema"] ?? [:],
        storageAPIVersion: "\(group)/\(storage)", webhook: webhook, state: state,
        hasStatus: hasStatus, isDeprecated: version["deprecated"]?.boolValue ?? false,
        deprecationWarning: version["deprecationWarning"]?.stringValue ?? "\(group)/\(name) \(kind) is deprecated"))
  }

  private static func path(_ json: JSON?) -> [String] {
    (json?.stringValue ?? "").split(separator: ".").map(String.init)
  }

  static func condition(_ definition: JSON, _ type: String) -> String? {
    definition["status"]?["conditions"]?.arrayValue?.first { $0["type"]?.stringValue == type }?["status"]?.stringValue
  }
}
