internal import WGECore

/// The shape of a value as the API knows it: what decoding, strategic merge, server-side apply and
/// the OpenAPI documents all read.
///
/// Built-in kinds write theirs in the table language of ``TypeTable``; custom resources derive
/// theirs from their structural schema.
indirect enum TypeSchema: Sendable {
  enum Scalar: String, Sendable {
    case string, bool, int32, int64, float64, bytes, quantity, intstr, time, microtime
  }

  case scalar(Scalar)
  /// Free JSON that is owned and replaced as a whole.
  case any
  /// Free JSON whose objects are merged and owned member by member; its lists are atomic.
  case deduced
  case map(TypeSchema, atomic: Bool)
  case list(TypeSchema, ListKind)
  case structure(Structure)
  /// A type of the built-in table, by name: breaks recursion.
  case reference(String)

  enum ListKind: Sendable, Hashable {
    /// Replaced as a whole.
    case atomic
    /// Scalars, each at most once.
    case set
    /// Objects told apart by the values of these fields. The first is the key of strategic merge.
    case map(keys: [String])
  }

  /// The schema itself where this is a reference.
  var resolved: TypeSchema {
    if case .reference(let name) = self {
      TypeTable.builtIn.type(name).map(TypeSchema.structure) ?? .deduced
    } else {
      self
    }
  }
}

/// A field of a structure, with what Go's encoding does when it is empty.
struct SchemaField: Sendable {
  var name: String
  var type: TypeSchema
  /// Its empty value is told apart from its absence.
  var pointer = false
  /// Is written even when empty.
  var always = false
  /// The value that a map-list's key takes when an item leaves it out.
  var keyDefault: JSON?
  /// What the key is where an item of a built-in map list leaves a required one out.
  var emptyKey: JSON? {
    guard always, case .scalar(let scalar) = type else { return nil }
    switch scalar {
    case .string: return ""
    case .int32, .int64: return 0
    default: return nil
    }
  }
  /// Its number in the protobuf form; nil where it has none.
  var wire: WireNumber?
  /// What Go calls the field's type, where it has a name that the shape does not tell: `v1.ServiceType`.
  var goName: String?
  /// The Go type by which the field is embedded in its structure.
  var embedding: String?
  /// Where strategic merge does otherwise than the type says.
  var givenStrategy: StrategicStrategy?
  /// What strategic merge does with the field.
  var strategy: StrategicStrategy {
    if let givenStrategy { return givenStrategy }
    switch type {
    case .list(_, .map(let keys)): return .merge(key: keys.first)
    case .list(_, .set): return .merge(key: nil)
    case .list(_, .atomic): return .replace
    default: return .merge(key: nil)
    }
  }
}

/// The number of a field in the protobuf form of its message.
struct WireNumber: Sendable, Hashable {
  /// The number of the embedded message that holds it, where JSON shows the field one level higher.
  var prefix: Int?
  var number: Int
}

/// The fields of one object type.
final class Structure: Sendable {
  /// The type's name in messages: `Container`.
  let name: String
  /// Where upstream declares the type, as its OpenAPI documents name it: `io.k8s.api.core.v1`.
  let package: String
  let fields: [String: SchemaField]
  let order: [String]
  /// Owned and replaced as a whole by server-side apply.
  let atomic: Bool
  /// What fields that are not listed hold; nil when there are none.
  let rest: TypeSchema?
  /// The fields by their numbers in the protobuf form.
  let wire: [WireNumber: SchemaField]
  /// The numbers of embedded messages.
  let embedded: Set<Int>

  /// The version that messages put before the name: `v1`.
  var version: String { package.split(separator: ".").last.map(String.init) ?? "v1" }

  init(name: String, package: String = "", fields: [SchemaField], atomic: Bool = false, rest: TypeSchema? = nil) {
    self.name = name
    self.package = package
    self.order = fields.map(\.name)
    self.fields = Dictionary(fields.map { ($0.name, $0) }) { $1 }
    self.atomic = atomic
    self.rest = rest
    wire = Dictionary(fields.compactMap { field in field.wire.map { ($0, field) } }) { $1 }
    embedded = Set(fields.compactMap { $0.wire?.prefix })
  }
}
