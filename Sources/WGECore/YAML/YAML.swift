/// YAML in and out, as Kubernetes reads and writes it.
///
/// Documents are read with the rules of sigs.k8s.io/yaml, which kubectl, the API server, Flux and
/// Helm share: YAML 1.1 booleans (`yes`, `off`, `y`), octal `0755`, dates and sexagesimal numbers
/// as strings, keys as strings, and the result is a ``JSON`` value.
public enum YAML {
  /// How strictly and how far to read.
  public struct Options: Sendable, Hashable {
    /// What a key that occurs twice in one mapping means. Default: an error. A key that overrides
    /// one that was merged in with `<<` is not a duplicate.
    public var duplicateKeys: JSONParseOptions.DuplicateKeys
    /// Deepest nesting, also through aliases. Default 512.
    public var maximumDepth: Int
    /// Longest text in bytes, over all documents. Default 16 MiB.
    public var maximumBytes: Int
    /// Most documents. Default 10,000.
    public var maximumDocuments: Int
    /// How many bytes all aliases together may add to a document, counting 16 for every value and
    /// the length of its text: what stops a few lines from standing for terabytes. Default 16 MiB.
    public var maximumAliasBytes: Int

    /// The defaults, or others.
    public init(
      duplicateKeys: JSONParseOptions.DuplicateKeys = .reject, maximumDepth: Int = 512,
      maximumBytes: Int = 16 << 20, maximumDocuments: Int = 10_000, maximumAliasBytes: Int = 16 << 20
    ) {
      self.duplicateKeys = duplicateKeys
      self.maximumDepth = maximumDepth
      self.maximumBytes = maximumBytes
      self.maximumDocuments = maximumDocuments
      self.maximumAliasBytes = maximumAliasBytes
    }
  }

  /// Reads all documents of a text. A document without content is `null`; a text without documents
  /// gives none.
  /// - Throws: ``YAMLParseError``.
  public static func parse(_ text: String, options: Options = Options()) throws(YAMLParseError) -> [JSON] {
    try parse(Array(text.utf8), options: options)
  }

  /// Reads all documents of a text in UTF-8. See ``parse(_:options:)-(String,_)``.
  public static func parse(_ bytes: [UInt8], options: Options = Options()) throws(YAMLParseError) -> [JSON] {
    var reader = try YAMLReader(bytes, options: options)
    var documents: [JSON] = []
    while let document = try reader.nextDocument() { documents.append(document) }
    return documents
  }

  /// Reads a text that must hold at most one document; `null` when it holds none. Use it where a
  /// second document would be lost silently.
  /// - Throws: ``YAMLParseError``, also for a second document.
  public static func parseSingle(_ text: String, options: Options = Options()) throws(YAMLParseError) -> JSON {
    try parseSingle(Array(text.utf8), options: options)
  }

  /// Reads a text in UTF-8 that must hold at most one document. See ``parseSingle(_:options:)-(String,_)``.
  public static func parseSingle(_ bytes: [UInt8], options: Options = Options()) throws(YAMLParseError) -> JSON {
    var reader = try YAMLReader(bytes, options: options)
    guard let document = try reader.nextDocument() else { return .null }
    let position = reader.position
    guard try reader.nextDocument() == nil else {
      throw YAMLParseError(
        document: 2, line: position.line, column: position.column, problem: "expected one document, found another")
    }
    return document
  }

  /// Reads the first document of a text and ignores what follows, as sigs.k8s.io/yaml's Unmarshal
  /// does; `null` when there is none.
  /// - Throws: ``YAMLParseError``.
  public static func parseFirst(_ text: String, options: Options = Options()) throws(YAMLParseError) -> JSON {
    var reader = try YAMLReader(Array(text.utf8), options: options)
    return try reader.nextDocument() ?? .null
  }

  /// The value as one YAML document that ends in a newline and reads back as the same value, here
  /// and in kubectl.
  ///
  /// Laid out as sigs.k8s.io/yaml does it: keys in natural order (`a9` before `a10`), lists at the
  /// column of their key, text folded at 80 columns, several lines as a literal block. Numbers are
  /// written as their nearest double when they are not 64-bit integers.
  public static func serialize(_ json: JSON) -> String {
    var writer = YAMLWriter()
    writer.writeDocument(json)
    return writer.text
  }

  /// Several documents, separated by `---`.
  public static func serialize(_ documents: [JSON]) -> String {
    documents.map { serialize($0) }.joined(separator: "---\n")
  }
}

/// What is wrong with a YAML text, and where.
public struct YAMLParseError: Error, Hashable, CustomStringConvertible {
  /// Which document of the text, from 1.
  public let document: Int
  /// From 1.
  public let line: Int
  /// In characters, from 1.
  public let column: Int
  /// What is wrong, as a sentence fragment. Shows keys, never values.
  public let problem: String

  /// `invalid YAML in document 1 at line 3, column 5: problem`.
  public var description: String {
    "invalid YAML in document \(document) at line \(line), column \(column): \(problem)"
  }
}
