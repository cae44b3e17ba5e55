internal import Synchronization
internal import WGECore

/// How stored objects look at one resource's version and in one shape.
struct Presentation: Sendable {
  let resource: Resource
  let form: OutputForm
  let clock: PrintClock
  /// What rows of tables show of their objects.
  var includes = TablePrinter.Includes.metadata
  /// In a watch only the first table says what its columns are; nil where each does.
  var header: TableHeader?

  /// The object as a client of this version sees it.
  func object(_ stored: StoredObject) -> JSON { Self.present(stored, resource) }

  /// The object in a resource's version. Where a webhook converts, it has to have been prepared
  /// (``Conversion``); else it stays in the version that it says it has.
  static func present(_ stored: StoredObject, _ resource: Resource) -> JSON {
    guard let custom = resource.custom, custom.webhook != nil else { return present(stored.json, resource) }
    if let bytes = stored.form(custom.form(resource.apiVersion)),
      let json = try? JSON(parsing: bytes, options: JSONParseOptions(maximumBytes: bytes.count))
    {
      return json
    }
    return stored.json["apiVersion"]?.stringValue == resource.apiVersion ? finish(stored.json, custom) : stored.json
  }

  /// An object in the version that it is to be shown in, as that version's schema has it.
  static func finish(_ json: JSON, _ custom: CustomVersion) -> JSON {
    var result = json
    var dropped: [String] = []
    custom.schema.prune(&result, isRoot: true, dropped: &dropped)
    custom.schema.applyDefaults(to: &result)
    return result
  }

  /// The last state that a watch selected, bearing the revision at which it ceased to.
  func departed(_ event: LogEvent) -> StoredObject {
    guard let previous = event.previous else { return event.object }
    let version: JSON = .string(String(event.revision))
    var json = previous.json
    json.setValue(version, at: ["metadata", "resourceVersion"])
    let departed = StoredObject(json: json, revision: event.revision)
    if let custom = resource.custom, custom.webhook != nil {
      var shown = object(previous)
      shown.setValue(version, at: ["metadata", "resourceVersion"])
      departed.keep(shown.serialized(), as: custom.form(resource.apiVersion))
    }
    return departed
  }

  /// Converts from the storage form.
  static func present(_ json: JSON, _ resource: Resource) -> JSON {
    if let convert = KindConversions.fromStorage[resource.conversionKey] { return convert(json) }
    guard let custom = resource.custom else { return json }
    var result = json
    // Objects stay in the version that they were stored in, also when another one is stored now.
    if result["apiVersion"]?.stringValue != resource.apiVersion { result["apiVersion"] = .string(resource.apiVersion) }
    return finish(result, custom)
  }

  /// Converts to the storage form.
  static func store(_ json: JSON, _ resource: Resource) -> JSON {
    if let convert = KindConversions.toStorage[resource.conversionKey] { return convert(json) }
    guard let custom = resource.custom, custom.storageAPIVersion != resource.apiVersion else { return json }
    var result = json
    result["apiVersion"] = .string(custom.storageAPIVersion)
    return result
  }

  /// True where clients see the very bytes that are stored.
  private var isStorageForm: Bool {
    resource.custom == nil && KindConversions.fromStorage[resource.conversionKey] == nil
  }

  /// The bytes of one object alone, in the shape that the client asked for.
  func whole(_ stored: StoredObject) -> [UInt8] {
    switch form.shape {
    case .table:
      var table = printer.table([object(stored)], metadata: listMetadata(stored))
      if let header, !header.isFirst() { table["columnDefinitions"] = .null }
      return table.serialized()
    case .metadata:
      return stored.encoding("\(form(of: resource)) metadata") { Self.metadataOnly(object(stored)).serialized() }
    default:
      if isStorageForm { return stored.bytes }
      return stored.encoding(form(of: resource)) { object(stored).serialized() }
    }
  }

  /// What changes when the definition does is another form.
  private func form(of resource: Resource) -> String {
    resource.custom?.form(resource.apiVersion) ?? resource.apiVersion
  }

  private var printer: TablePrinter { TablePrinter(resource: resource, clock: clock, includes: includes) }

  private func listMetadata(_ stored: StoredObject) -> JSON {
    ["resourceVersion": .string(String(stored.revision))]
  }

  /// Appends one object as it looks in a list of its kind.
  ///
  /// - Parameter isStorageForm: as the property of that name, looked up once for a list.
  private func appendItem(_ stored: StoredObject, isStorageForm: Bool, to bytes: inout [UInt8]) {
    if case .metadata = form.shape {
      bytes += stored.encoding("\(form(of: resource)) metadata") { Self.metadataOnly(object(stored)).serialized() }
    } else if resource.isCustom {
      bytes += whole(stored)
    } else if isStorageForm {
      // Items of built-in lists do not repeat their kind; custom ones do.
      stored.appendWithoutType(to: &bytes)
    } else {
      var json = object(stored)
      json["kind"] = nil
      json["apiVersion"] = nil
      json.serialize(into: &bytes)
    }
  }

  static func metadataOnly(_ json: JSON) -> JSON {
    ["kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": json["metadata"] ?? [:]]
  }

  /// The body of a list.
  func list(_ items: [StoredObject], revision: UInt64, next: String?, remaining: Int?) -> [UInt8] {
    var metadata: JSON = ["resourceVersion": .string(String(revision))]
    if let next {
      metadata["continue"] = .string(next)
    } else if resource.isCustom, form.shape == .object {
      metadata["continue"] = ""
    }
    if let remaining { metadata["remainingItemCount"] = .number(.int(Int64(remaining))) }
    if case .table = form.shape {
      return printer.table(items.map(object), metadata: metadata).serialized()
    }
    let isMetadata = form.shape == .metadata
    let kind = isMetadata ? "PartialObjectMetadataList" : resource.listKind
    let apiVersion = isMetadata ? "meta.k8s.io/v1" : resource.apiVersion
    var bytes: [UInt8] = []
    bytes.reserveCapacity(items.reduce(1024) { $0 + $1.bytes.count })
    bytes += Array("{\"kind\":\(JSON.string(kind)),\"apiVersion\":\(JSON.string(apiVersion)),\"metadata\":".utf8)
    bytes += metadata.serialized()
    if isMetadata, items.isEmpty { return bytes + Array(",\"items\":null}".utf8) }
    bytes += Array(",\"items\":[".utf8)
    let isStorageForm = isStorageForm
    for (index, stored) in items.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      appendItem(stored, isStorageForm: isStorageForm, to: &bytes)
    }
    bytes += Array("]}".utf8)
    return bytes
  }

  /// Appends one line of a watch.
  func appendLine(_ type: String, _ stored: StoredObject, to bytes: inout [UInt8]) {
    bytes += "{\"type\":\"".utf8
    bytes += type.utf8
    bytes += "\",\"object\":".utf8
    bytes += whole(stored)
    bytes += "}\n".utf8
  }

  func bookmark(_ revision: UInt64, initialEventsEnd: Bool = false, isTyped: Bool = false) -> [UInt8] {
    var metadata: JSON = ["resourceVersion": .string(String(revision))]
    if isTyped { metadata["creationTimestamp"] = .null }
    if initialEventsEnd { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
    let object: JSON
    switch form.shape {
    case .table:
      var table = printer.table([], metadata: metadata)
      if let header, !header.isFirst() { table["columnDefinitions"] = .null }
      object = table
    case .metadata: object = ["kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata]
    default:
      object = ["kind": .string(resource.kind), "apiVersion": .string(resource.apiVersion), "metadata": metadata]
    }
    return JSON.object(["type": "BOOKMARK", "object": object]).serialized() + [UInt8(ascii: "\n")]
  }

  static func errorLine(_ status: APIStatus) -> [UInt8] {
    JSON.object(["type": "ERROR", "object": status.json]).serialized() + [UInt8(ascii: "\n")]
  }
}

/// Tells the first table of a watch from those after it.
final class TableHeader: Sendable {
  private let wasShown = Mutex(false)

  func isFirst() -> Bool {
    wasShown.withLock { shown in
      defer { shown = true }
      return !shown
    }
  }
}

extension Resource {
  /// What conversions between groups that share objects are registered under.
  var conversionKey: String { "\(apiVersion) \(kind)" }
}
