internal import WGECore

/// The types of the built-in kinds, read from a small table language.
///
/// One line per type: `Name field:type field:type`, continued by lines that start with a space; where
/// two groups have a type of one name, the second bears its group: `events.Event`. A line `@package`
/// names the package of the types that follow. `Name~` is an atomic structure. A type is a scalar's name, another type's name, `any`, `deduced`,
/// `[T]` (atomic list), `[T]%` (set), `[T]@key` or `[T]@key,key` (map list), `{T}` (map from strings)
/// or `{T}~` (atomic map). `^` at the end of a type says that strategic merge replaces the value, `^key`
/// that it merges the items by that key, where the type says otherwise. A trailing `?` marks a pointer, whose empty value is told from absence, a
/// trailing `!` a field that is always written. `name=X` after the type gives a key's default, `#7`
/// at the end the field's number in the protobuf form, `#2.7` that of a field of the message that is
/// embedded as number 2.
struct TypeTable: Sendable {
  private let types: [String: Structure]

  static let builtIn = TypeTable(parsing: BuiltInTypes.all, goNames: BuiltInTypes.goNames)

  func type(_ name: String) -> Structure? { types[name] }
  var names: [String] { types.keys.sorted() }

  init(parsing texts: [String], goNames: String = "") {
    var types: [String: Structure] = [:]
    let names = Self.goNames(goNames)
    for text in texts {
      var pending: [Substring] = []
      var package = ""
      func flush() {
        guard let head = pending.first else { return }
        let atomic = head.hasSuffix("~")
        let name = String(atomic ? head.dropLast() : head)
        let fields = pending.dropFirst().compactMap { word -> SchemaField? in
          guard var field = Self.field(word), let known = names[name] else { return Self.field(word) }
          field.goName = known.fields[field.name]
          if field.wire?.prefix != nil { field.embedding = known.embedding }
          return field
        }
        types[name] = Structure(
          name: name.split(separator: ".").last.map(String.init) ?? name,
          package: package, fields: fields, atomic: atomic)
      }
      for line in text.split(separator: "\n") where !line.hasPrefix("#") {
        let words = line.split(separator: " ")
        if line.hasPrefix("@") {
          flush()
          pending = []
          package = String(line.dropFirst())
        } else if line.hasPrefix(" ") {
          pending += words
        } else {
          flush()
          pending = words
        }
      }
      flush()
    }
    self.types = types
  }

  private struct GoNames {
    var embedding: String?
    var fields: [String: String] = [:]
  }

  private static func goNames(_ text: String) -> [String: GoNames] {
    var result: [String: GoNames] = [:]
    var current = ""
    for line in text.split(separator: "\n") {
      var words = line.split(separator: " ")[...]
      if !line.hasPrefix(" "), let name = words.popFirst() { current = String(name) }
      for word in words {
        if word.hasPrefix("<") {
          result[current, default: GoNames()].embedding = String(word.dropFirst().dropLast())
        } else if let colon = word.firstIndex(of: ":") {
          let type = word[word.index(after: colon)...]
          let start = type.lastIndex(of: "]").map { type.index(after: $0) } ?? type.startIndex
          let leaf = type[start...].contains(".") ? "" : "v1."
          result[current, default: GoNames()].fields[String(word[..<colon])] =
            "\(type[..<start])\(leaf)\(type[start...])"
        }
      }
    }
    return result
  }

  private static func field(_ word: Substring) -> SchemaField? {
    guard let colon = word.firstIndex(of: ":") else { return nil }
    var spelling = word[word.index(after: colon)...]
    var result = SchemaField(name: String(word[..<colon]), type: .any)
    if let hash = spelling.lastIndex(of: "#") {
      let numbers = spelling[spelling.index(after: hash)...].split(separator: ".").compactMap { Int($0) }
      if let number = numbers.last {
        result.wire = WireNumber(prefix: numbers.count > 1 ? numbers[0] : nil, number: number)
      }
      spelling = spelling[..<hash]
    }
    if let equals = spelling.firstIndex(of: "=") {
      result.keyDefault = .string(String(spelling[spelling.index(after: equals)...]))
      spelling = spelling[..<equals]
    }
    if spelling.hasSuffix("?") {
      result.pointer = true
      spelling = spelling.dropLast()
    } else if spelling.hasSuffix("!") {
      result.always = true
      spelling = spelling.dropLast()
    }
    if let caret = spelling.lastIndex(of: "^") {
      let key = spelling[spelling.index(after: caret)...]
      result.givenStrategy = key.isEmpty ? .replace : .merge(key: String(key))
      spelling = spelling[..<caret]
    }
    result.type = type(spelling)
    return result
  }

  private static func type(_ spelling: Substring) -> TypeSchema {
    if spelling.hasPrefix("[") {
      let close = spelling.lastIndex(of: "]") ?? spelling.endIndex
      let element = type(spelling[spelling.index(after: spelling.startIndex)..<close])
      let suffix = spelling[close...].dropFirst()
      if suffix.hasPrefix("%") { return .list(element, .set) }
      if suffix.hasPrefix("@") {
        return .list(element, .map(keys: suffix.dropFirst().split(separator: ",").map(String.init)))
      }
      return .list(element, .atomic)
    }
    if spelling.hasPrefix("{") {
      let atomic = spelling.hasSuffix("~")
      let element = spelling.dropFirst().dropLast(atomic ? 2 : 1)
      return .map(type(element), atomic: atomic)
    }
    if let scalar = TypeSchema.Scalar(rawValue: String(spelling)) { return .scalar(scalar) }
    switch spelling {
    case "any": return .any
    case "deduced": return .deduced
    default: return .reference(String(spelling))
    }
  }
}
