internal import WGECore

/// Who changes an object: the name that a client gives or that its user agent implies.
struct FieldManager: Sendable, Hashable {
  enum Operation: String, Sendable {
    case apply = "Apply"
    case update = "Update"
  }

  var name: String
  var operation: Operation
  var apiVersion: String
  var subresource: String = ""

  /// Appliers are the same manager at every version.
  static func == (a: FieldManager, b: FieldManager) -> Bool {
    a.name == b.name && a.operation == b.operation && a.subresource == b.subresource
      && (a.operation == .apply || a.apiVersion == b.apiVersion)
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(operation)
    hasher.combine(subresource)
  }
}

/// The owners of an object's fields: `metadata.managedFields`, decoded.
struct ManagedFields: Sendable {
  struct Entry: Sendable {
    var manager: FieldManager
    var fields: FieldSet
    /// RFC 3339; nil for an owner that has not changed a value yet.
    var time: String?
  }

  var entries: [Entry] = []

  init() {}

  /// - Returns: nil when an entry cannot be read.
  init?(_ json: JSON?) {
    for item in json?.arrayValue ?? [] {
      if let type = item["fieldsType"]?.stringValue, !type.isEmpty, type != "FieldsV1" { return nil }
      guard let name = item["manager"]?.stringValue ?? (item["manager"] == nil ? "" : nil),
        let operation = FieldManager.Operation(rawValue: item["operation"]?.stringValue ?? ""),
        let fields = FieldSet(json: item["fieldsV1"] ?? [:])
      else { return nil }
      let manager = FieldManager(
        name: name, operation: operation, apiVersion: item["apiVersion"]?.stringValue ?? "",
        subresource: item["subresource"]?.stringValue ?? "")
      entries.append(Entry(manager: manager, fields: fields, time: item["time"]?.stringValue))
    }
  }

  /// In upstream's order: appliers first, then by time, name and version.
  var json: JSON? {
    if entries.isEmpty { return nil }
    let sorted = entries.sorted { a, b in
      if a.manager.operation != b.manager.operation { return a.manager.operation == .apply }
      if a.time != b.time { return (a.time ?? "") < (b.time ?? "") }
      if a.manager.name != b.manager.name { return a.manager.name < b.manager.name }
      if a.manager.apiVersion != b.manager.apiVersion { return a.manager.apiVersion < b.manager.apiVersion }
      return a.manager.subresource < b.manager.subresource
    }
    return .array(
      sorted.map { entry in
        var item: JSON = [
          "operation": .string(entry.manager.operation.rawValue), "apiVersion": .string(entry.manager.apiVersion),
          "fieldsType": "FieldsV1", "fieldsV1": entry.fields.json,
        ]
        if !entry.manager.name.isEmpty { item["manager"] = .string(entry.manager.name) }
        if let time = entry.time { item["time"] = .string(time) }
        if !entry.manager.subresource.isEmpty { item["subresource"] = .string(entry.manager.subresource) }
        return item
      })
  }

  subscript(manager: FieldManager) -> FieldSet? { entries.first { $0.manager == manager }?.fields }

  mutating func set(_ manager: FieldManager, _ fields: FieldSet, time: String?) {
    let index = entries.firstIndex { $0.manager == manager }
    if fields.isEmpty {
      if let index { entries.remove(at: index) }
    } else if let index {
      entries[index].fields = fields
      entries[index].manager = manager
      if let time { entries[index].time = time }
    } else {
      entries.append(Entry(manager: manager, fields: fields, time: time))
    }
  }

  /// Takes fields from every manager but one.
  mutating func take(_ fields: FieldSet, from filter: (FieldManager) -> Bool) {
    if fields.isEmpty { return }
    for index in entries.indices where filter(entries[index].manager) {
      entries[index].fields = entries[index].fields.subtracting(fields)
    }
    entries.removeAll { $0.fields.isEmpty }
  }
}
