internal import WGEGoFormat

/// The syntax tree of GraphQL documents.
///
/// Nodes are classes, since validation hangs what it finds (definitions, expected types) onto them. A tree belongs to
/// one call of a builtin and is never shared between threads.
enum GraphQL {
  final class QueryDocument {
    var operations: [Operation] = []
    var fragments: [Fragment] = []
  }

  final class Operation {
    var operation = "query"
    var name = ""
    var variables: [Variable] = []
    var directives: [Directive] = []
    var selections: [Selection] = []
    var position: GraphQLPosition?
    var comment: [String] = []
  }

  final class Variable {
    var name = ""
    var type = TypeReference()
    var defaultValue: Value?
    var directives: [Directive] = []
    var position: GraphQLPosition?
    var comment: [String] = []
    // Found by validation.
    var definition: Definition?
    var isUsed = false
  }

  final class Fragment {
    var name = ""
    var variables: [Variable] = []
    var typeCondition = ""
    var directives: [Directive] = []
    var selections: [Selection] = []
    var position: GraphQLPosition?
    var comment: [String] = []
    var definition: Definition?
  }

  /// A field, a fragment spread or an inline fragment.
  final class Selection {
    enum Kind { case field, spread, inline }
    var kind: Kind
    var alias = ""
    /// Of the field or of the fragment.
    var name = ""
    var typeCondition = ""
    var arguments: [Argument] = []
    var directives: [Directive] = []
    var selections: [Selection] = []
    var position: GraphQLPosition?
    var comment: [String] = []
    // Found by validation.
    var field: Field?
    var fragment: Fragment?
    var parent: Definition?

    init(_ kind: Kind) { self.kind = kind }

    var responseName: String { alias.isEmpty ? name : alias }
  }

  final class Argument {
    var name = ""
    var value = Value(.null)
    var position: GraphQLPosition?
    var comment: [String] = []
  }

  final class Directive {
    var name = ""
    var arguments: [Argument] = []
    var position: GraphQLPosition?
    // Found by validation.
    var definition: DirectiveDefinition?
    var location = ""
  }

  final class Value {
    /// The raw values are those of the reference's tree.
    enum Kind: Int { case variable, int, float, string, block, boolean, null, enumeration, list, object }
    var kind: Kind
    var raw = ""
    var children: [(name: String, value: Value, position: GraphQLPosition?, comment: [String])] = []
    var position: GraphQLPosition?
    var comment: [String] = []
    // Found by validation.
    var definition: Definition?
    var variable: Variable?
    var expected: TypeReference?

    init(_ kind: Kind, raw: String = "", position: GraphQLPosition? = nil) {
      self.kind = kind
      self.raw = raw
      self.position = position
    }

    var text: String {
      switch kind {
      case .variable: "$" + raw
      case .int, .float, .enumeration, .boolean, .null: raw
      case .string, .block: GoQuote.quote(raw)
      case .list: "[" + children.map(\.value.text).joined(separator: ",") + "]"
      case .object: "{" + children.map { $0.name + ":" + $0.value.text }.joined(separator: ",") + "}"
      }
    }
  }

  final class TypeReference {
    var name = ""
    var element: TypeReference?
    var isNonNull = false
    var position: GraphQLPosition?

    init(_ name: String = "", isNonNull: Bool = false) {
      self.name = name
      self.isNonNull = isNonNull
    }

    /// The name inside of all lists.
    var innermost: String {
      var type = self
      while type.name.isEmpty, let element = type.element { type = element }
      return type.name
    }

    var text: String { (name.isEmpty ? "[" + (element?.text ?? "") + "]" : name) + (isNonNull ? "!" : "") }

    /// A value of this type can stand where the other one is wanted.
    func fits(_ other: TypeReference) -> Bool { fits(other, otherIsNonNull: other.isNonNull) }

    func fits(_ other: TypeReference, otherIsNonNull: Bool) -> Bool {
      if name != other.name { return false }
      if let element {
        guard let wanted = other.element, element.fits(wanted) else { return false }
      }
      return otherIsNonNull ? isNonNull : true
    }
  }

  final class SchemaDocument {
    var schema: [SchemaDefinition] = []
    var extensions: [SchemaDefinition] = []
    var directives: [DirectiveDefinition] = []
    var definitions: [Definition] = []
    var typeExtensions: [Definition] = []
    var comment: [String] = []
  }

  /// Comments around a definition.
  struct Comments {
    var before: [String] = []
    var after: [String] = []
    var end: [String] = []
  }

  final class SchemaDefinition {
    var description = ""
    var directives: [Directive] = []
    var operations: [(operation: String, type: String, position: GraphQLPosition?, comment: [String])] = []
    var position: GraphQLPosition?
    var comments = Comments()
  }

  final class Definition {
    enum Kind: String {
      case scalar = "SCALAR"
      case object = "OBJECT"
      case interface = "INTERFACE"
      case union = "UNION"
      case enumeration = "ENUM"
      case input = "INPUT_OBJECT"
    }
    var kind: Kind
    var description = ""
    var name = ""
    var directives: [Directive] = []
    var interfaces: [String] = []
    var fields: [Field] = []
    var types: [String] = []
    var values: [EnumValue] = []
    var isBuiltIn = false
    var position: GraphQLPosition?
    var comments = Comments()

    init(_ kind: Kind) { self.kind = kind }

    var isLeaf: Bool { kind == .enumeration || kind == .scalar }
    var isAbstract: Bool { kind == .interface || kind == .union }
    var isComposite: Bool { kind == .object || isAbstract }
    var isInput: Bool { isLeaf || kind == .input }
    func field(_ name: String) -> Field? { fields.first { $0.name == name } }
  }

  /// A field of an object, an input value, or an argument.
  final class Field {
    var description = ""
    var name = ""
    var arguments: [Field] = []
    var defaultValue: Value?
    var type = TypeReference()
    var directives: [Directive] = []
    var position: GraphQLPosition?
    var comments = Comments()

    init(_ name: String = "", _ type: TypeReference = TypeReference(), arguments: [Field] = []) {
      self.name = name
      self.type = type
      self.arguments = arguments
    }

    func argument(_ name: String) -> Field? { arguments.first { $0.name == name } }
  }

  final class EnumValue {
    var description = ""
    var name = ""
    var directives: [Directive] = []
    var comments = Comments()
  }

  final class DirectiveDefinition {
    var description = ""
    var name = ""
    var arguments: [Field] = []
    var locations: [String] = []
    var isRepeatable = false
    var position: GraphQLPosition?
    var comments = Comments()
  }
}
