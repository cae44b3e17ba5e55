internal import WGECore

/// What storing does to an object of a built-in kind.
///
/// The stored form knows no empty lists: a list that is always written comes back as null when it
/// was empty. Only the fields that can lead to such a list are looked at; most kinds have none.
enum StoredForm {
  /// For each structure, by package and name, its fields that are such lists or lead to them.
  private static let fields: [String: [String]] = {
    let table = TypeTable.builtIn
    let structures = table.names.compactMap { name in table.type(name).map { (name, $0) } }
    var found: [String: Set<String>] = [:]
    var isGrowing = true
    while isGrowing {
      isGrowing = false
      for (name, structure) in structures {
        for field in structure.fields.values where found[name]?.contains(field.name) != true {
          guard isList(field) || leads(field.type, found) else { continue }
          found[name, default: []].insert(field.name)
          isGrowing = true
        }
      }
    }
    return Dictionary(
      structures.map { name, structure in ("\(structure.package).\(structure.name)", found[name]?.sorted() ?? []) }
    ) { $1 }
  }()

  private static func isList(_ field: SchemaField) -> Bool {
    if case .list = field.type { field.always && !field.pointer } else { false }
  }

  private static func leads(_ type: TypeSchema, _ found: [String: Set<String>]) -> Bool {
    switch type {
    case .reference(let name): found[name]?.isEmpty == false
    case .list(let element, _): leads(element, found)
    case .map(let element, _): leads(element, found)
    default: false
    }
  }

  static func apply(to json: inout JSON, _ schema: TypeSchema) {
    guard case .structure(let structure) = schema.resolved,
      let names = fields["\(structure.package).\(structure.name)"], !names.isEmpty
    else { return }
    for name in names {
      guard var value = json[name], let field = structure.fields[name] else { continue }
      if case .list(let element, _) = field.type, var items = value.arrayValue {
        if items.isEmpty {
          if isList(field) { json[name] = .null }
          continue
        }
        for index in items.indices { apply(to: &items[index], element) }
        value = .array(items)
      } else {
        apply(to: &value, field.type)
      }
      json[name] = value
    }
  }
}
