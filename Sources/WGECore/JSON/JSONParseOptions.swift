/// How strictly and how far to read.
public struct JSONParseOptions: Sendable, Hashable {
  /// Deepest nesting of arrays and objects. Default 512: far past any real manifest, and shallow
  /// enough for recursion over the value to fit a thread stack of 512 KiB in an optimised build and
  /// of 2 MiB in a debug build.
  public var maximumDepth: Int
  /// Longest text in bytes. Default 64 MiB.
  public var maximumBytes: Int
  /// What a key that occurs twice in one object means.
  public var duplicateKeys: DuplicateKeys

  /// What a key that occurs twice in one object means.
  public enum DuplicateKeys: Sendable, Hashable {
    /// The last one counts, as in encoding/json and the Kubernetes API server's lenient mode.
    case lastWins
    /// Refuse with ``JSONParseError/Reason/duplicateKey(_:)``.
    case reject
  }

  /// The defaults, or others.
  public init(maximumDepth: Int = 512, maximumBytes: Int = 64 << 20, duplicateKeys: DuplicateKeys = .lastWins) {
    self.maximumDepth = maximumDepth
    self.maximumBytes = maximumBytes
    self.duplicateKeys = duplicateKeys
  }
}

extension JSON {
  /// Parses one RFC 8259 text in UTF-8.
  ///
  /// Strict: no comments, no trailing commas, no NaN, no byte order mark, no lone surrogates,
  /// nothing after the value but white space.
  ///
  /// - Throws: ``JSONParseError``.
  public init(parsing bytes: [UInt8], options: JSONParseOptions = JSONParseOptions()) throws(JSONParseError) {
    self = try Self.parse(bytes, options)
  }

  /// Parses one RFC 8259 text that is part of a larger buffer. Offsets in errors count from the
  /// start of the slice. See ``init(parsing:options:)-([UInt8],_)``.
  public init(parsing bytes: ArraySlice<UInt8>, options: JSONParseOptions = JSONParseOptions()) throws(JSONParseError) {
    self = try Self.parse(bytes, options)
  }

  /// Parses one RFC 8259 text. See ``init(parsing:options:)-([UInt8],_)``.
  public init(parsing text: String, options: JSONParseOptions = JSONParseOptions()) throws(JSONParseError) {
    var text = text
    text.makeContiguousUTF8()
    self = try Self.parse(text.utf8, options)
  }

  private static func parse(_ bytes: some Collection<UInt8>, _ options: JSONParseOptions) throws(JSONParseError) -> JSON
  {
    let result: Result<JSON, JSONParseError>? = bytes.withContiguousStorageIfAvailable { buffer in
      var parser = JSONParser(bytes: buffer, options: options)
      return parser.parse()
    }
    if let result { return try result.get() }
    return try parse(Array(bytes), options)
  }
}
