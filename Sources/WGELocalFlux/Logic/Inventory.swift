import WGECore

/// The objects that a Kustomization applied, in the form that `status.inventory` stores.
///
/// An entry's id is `<namespace>_<name>_<group>_<kind>`; colons in RBAC names are written `__`.
/// Source: kustomize-controller, status.inventory.
struct Inventory: Sendable, Hashable {
  struct Entry: Sendable, Hashable {
    var namespace: String
    var name: String
    var group: String
    var kind: String
    var version: String

    var id: String { "\(namespace)_\(name.replacingColons)_\(group)_\(kind)" }
  }

  /// Sorted by id, without duplicates.
  private(set) var entries: [Entry]

  init(_ entries: some Sequence<Entry>) {
    var byID: [String: Entry] = [:]
    for entry in entries { byID[entry.id] = entry }
    self.entries = byID.values.sorted { $0.id < $1.id }
  }

  /// The inventory in a status; entries that cannot be read are left out, so they are never pruned.
  init(status: JSON?) {
    let stored = status?["inventory"]?["entries"]?.arrayValue ?? []
    self.init(stored.compactMap(Self.entry(from:)))
  }

  private static func entry(from json: JSON) -> Entry? {
    guard let id = json["id"]?.stringValue, let version = json["v"]?.stringValue else { return nil }
    // A name may hold `__` for a colon, so take the ends off first: namespace before, group and kind after.
    let parts = id.split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count >= 4 else { return nil }
    let name = parts[1..<(parts.count - 2)].joined(separator: "_").replacingDoubleUnderscores
    guard !name.isEmpty, parts[parts.count - 1] != "" else { return nil }
    return Entry(
      namespace: String(parts[0]), name: name, group: String(parts[parts.count - 2]),
      kind: String(parts[parts.count - 1]), version: version)
  }

  /// As `status.inventory` holds it.
  var json: JSON {
    [
      "entries": .array(
        entries.map { ["id": .string($0.id), "v": .string($0.version)] })
    ]
  }

  /// What this inventory holds and the other does not: what pruning removes.
  func subtracting(_ other: Inventory) -> [Entry] {
    let kept = Set(other.entries.map(\.id))
    return entries.filter { !kept.contains($0.id) }
  }
}

extension String {
  fileprivate var replacingColons: String {
    split(separator: ":", omittingEmptySubsequences: false).joined(separator: "__")
  }

  fileprivate var replacingDoubleUnderscores: String {
    var result = ""
    var rest = self[...]
    while let character = rest.first {
      if rest.hasPrefix("__") {
        result.append(":")
        rest = rest.dropFirst(2)
      } else {
        result.append(character)
        rest = rest.dropFirst()
      }
    }
    return result
  }
}
