// What the marker editor must know of a YAML text: where its scalars and comments are, to the byte.

/// How a scalar is written.
enum YAMLScalarStyle: Sendable, Hashable {
  case plain
  case singleQuoted
  case doubleQuoted
  /// `|` or `>`.
  case block
}

/// One scalar and the bytes that spell it, quotes included.
struct YAMLScalar: Sendable, Hashable {
  var span: Range<Int>
  var style: YAMLScalarStyle
  /// Lines count from 1.
  var startLine: Int
  var endLine: Int
  /// It stands left of a `:`.
  var isKey: Bool
  var isTagged: Bool
  var isInFlow: Bool
}

/// One comment, from its `#` up to the end of the line.
struct YAMLComment: Sendable, Hashable {
  var span: Range<Int>
  var line: Int
  /// Nothing but white space is before it on its line.
  var isAlone: Bool
}

/// All scalars and comments of a text, in its order.
struct YAMLScan: Sendable, Hashable {
  var scalars: [YAMLScalar] = []
  var comments: [YAMLComment] = []
  /// Lines that hold an alias, `*name`.
  var aliasLines: Set<Int> = []
}

/// The text is not YAML as far as this scanner can tell.
struct YAMLScanError: Error, Hashable {
  var line: Int
  var problem: String
}

extension YAMLScan {
  /// The bytes without a byte order mark are scanned whole; several documents are fine.
  init(_ bytes: [UInt8]) throws(YAMLScanError) {
    var scanner = YAMLScanner(bytes)
    self = try scanner.scan()
  }
}
