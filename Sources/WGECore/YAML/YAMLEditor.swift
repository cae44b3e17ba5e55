/// Changes a YAML file that people wrote, touching only what is asked for: comments, order, anchors,
/// quoting and line endings stay as they are.
///
/// ```swift
/// var editor = try YAMLEditor(bytes)
/// try editor.set("1.2.0", at: ["spec", "chart", "spec", "version"])
/// try editor.addDocument("kind: Namespace\nmetadata:\n  name: shop\n")
/// file = editor.bytes
/// ```
///
/// The way: libYAML says where each node stands; bytes are replaced there; the result is parsed again
/// and compared with what the change was to make of the values. If anything else changed, the file is
/// left as it was and the reason is thrown.
public struct YAMLEditor: Sendable {
  /// One step to a value: a key of a mapping or a position in a sequence.
  public enum Step: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case key(String)
    case index(Int)

    /// A key.
    public init(stringLiteral value: String) { self = .key(value) }
    /// A position, from 0.
    public init(integerLiteral value: Int) { self = .index(value) }
  }

  /// The file as it is now.
  public private(set) var bytes: [UInt8]
  private var values: [JSON]

  /// - Throws: ``YAMLEditError/notYAML(_:)``.
  public init(_ bytes: [UInt8]) throws(YAMLEditError) {
    self.bytes = bytes
    values = try Self.parse(bytes)
  }

  /// The values of the documents as they are now.
  public var documents: [JSON] { values }

  // MARK: - Changes

  /// Sets a scalar that is there. A text keeps the quotes that the old value had; where it could be
  /// taken for something else without quotes, it gets some.
  /// - Parameters:
  ///   - value: null, a boolean, a number or a text.
  ///   - path: from the document's root.
  ///   - document: from 0.
  /// - Throws: ``YAMLEditError``; nothing is changed then.
  public mutating func set(_ value: JSON, at path: [Step], inDocument document: Int = 0) throws(YAMLEditError) {
    switch value {
    case .array, .object: throw .notAScalar(Self.describe(path))
    default: break
    }
    let layout = try YAMLLayout(bytes)
    guard values.indices.contains(document), let root = layout.documents[safe: document]?.root else {
      throw .noDocument(document)
    }
    var node = root
    for (depth, step) in path.enumerated() {
      if case .alias = node.kind { throw .shared(Self.describe(path.prefix(depth))) }
      guard let next = node.child(step) else { throw .notFound(Self.describe(path.prefix(depth + 1))) }
      node = next
    }
    guard case .scalar(let scalar) = node.kind else {
      if case .alias = node.kind { throw .shared(Self.describe(path)) }
      throw .notAScalar(Self.describe(path))
    }
    var expected = values
    guard Self.set(value, at: path[...], in: &expected[document]) else {
      throw .notFound(Self.describe(path))
    }
    if expected == values { return }
    let spelling = YAMLSpelling(bytes, node.range, scalar, lineBreak: layout.lineBreak)
    var refusal = YAMLEditError.unsafe("the value cannot be written there")
    for new in spelling.spellings(of: value) {
      var edited = bytes
      edited.replaceSubrange(node.range, with: new)
      do throws(YAMLEditError) {
        return try commit(edited, expected, node.anchor == nil ? nil : Self.describe(path))
      } catch {
        refusal = error
      }
    }
    throw refusal
  }

  /// Adds documents at the end.
  /// - Parameter text: YAML; its line breaks become those of the file.
  public mutating func addDocument(_ text: String) throws(YAMLEditError) {
    let added = try Self.parse(Array(text.utf8))
    let lineBreak = try YAMLLayout(bytes).lineBreak
    var edited = bytes
    if !edited.isEmpty, edited.last != UInt8(ascii: "\n") { edited += lineBreak }
    var addition = Array(text.utf8)
    if addition.starts(with: [0xEF, 0xBB, 0xBF]) { addition.removeFirst(3) }
    if !values.isEmpty, !Self.beginsWithMarker(addition) { edited += Array("---".utf8) + lineBreak }
    if addition.last != UInt8(ascii: "\n") { addition.append(UInt8(ascii: "\n")) }
    for byte in addition where byte != UInt8(ascii: "\r") {
      if byte == UInt8(ascii: "\n") { edited += lineBreak } else { edited.append(byte) }
    }
    try commit(edited, values + added, nil)
  }

  private static func beginsWithMarker(_ bytes: [UInt8]) -> Bool {
    let lines = bytes.split(separator: UInt8(ascii: "\n"))
    let first = lines.first { $0.first { $0 > 0x20 } != UInt8(ascii: "#") && $0.contains { $0 > 0x20 } }
    return first.map { $0.starts(with: "---".utf8) || $0.starts(with: "%".utf8) } ?? false
  }

  /// Removes a document with its marker; what stands before the first marker stays, unless it is the
  /// document that goes.
  public mutating func removeDocument(_ document: Int) throws(YAMLEditError) {
    let layout = try YAMLLayout(bytes)
    guard values.indices.contains(document), let found = layout.documents[safe: document] else {
      throw .noDocument(document)
    }
    let start = found.isExplicit ? found.start : 0
    let end = layout.documents[safe: document + 1]?.start ?? bytes.count
    guard start <= end else { throw .unsafe("the documents overlap") }
    var edited = bytes
    edited.removeSubrange(start..<end)
    var expected = values
    expected.remove(at: document)
    try commit(edited, expected, nil)
  }

  // MARK: - Safety

  private mutating func commit(
    _ edited: [UInt8], _ expected: [JSON], _ anchored: String?
  ) throws(YAMLEditError) {
    let found: [JSON]
    do throws(YAMLEditError) {
      found = try Self.parse(edited)
    } catch {
      throw .unsafe("the result would not be YAML")
    }
    guard found == expected else {
      if let anchored { throw .shared(anchored) }
      throw .unsafe("the change would touch other values")
    }
    bytes = edited
    values = found
  }

  private static func parse(_ bytes: [UInt8]) throws(YAMLEditError) -> [JSON] {
    do {
      return try YAML.parse(bytes)
    } catch {
      throw .notYAML("\(error)")
    }
  }

  private static func set(_ value: JSON, at path: ArraySlice<Step>, in target: inout JSON) -> Bool {
    guard let step = path.first else {
      target = value
      return true
    }
    switch step {
    case .key(let key):
      guard var child = target[key] else { return false }
      guard set(value, at: path.dropFirst(), in: &child) else { return false }
      target[key] = child
    case .index(let index):
      guard var child = target[index] else { return false }
      guard set(value, at: path.dropFirst(), in: &child) else { return false }
      target[index] = child
    }
    return true
  }

  private static func describe(_ path: some Sequence<Step>) -> String {
    var text = ""
    for step in path {
      switch step {
      case .key(let key): text += (text.isEmpty ? "" : ".") + key
      case .index(let index): text += "[\(index)]"
      }
    }
    return text.isEmpty ? "the document" : text
  }
}

/// Why a ``YAMLEditor`` left a file as it was.
public enum YAMLEditError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The text is not YAML.
  case notYAML(String)
  /// There is no document of this number.
  case noDocument(Int)
  /// The path leads nowhere.
  case notFound(String)
  /// A mapping or a sequence is there, or was to be set.
  case notAScalar(String)
  /// The value is named by an anchor: setting it would change other places too.
  case shared(String)
  /// The change cannot be made without changing something else.
  case unsafe(String)

  /// One sentence.
  public var description: String {
    switch self {
    case .notYAML(let problem): "not YAML: \(problem)"
    case .noDocument(let number): "there is no document \(number)"
    case .notFound(let path): "there is no \(path)"
    case .notAScalar(let path): "\(path) is not a scalar"
    case .shared(let path): "\(path) is shared with other places by an anchor; change it by hand"
    case .unsafe(let problem): "the file cannot be changed safely: \(problem)"
    }
  }
}

extension Array {
  fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
