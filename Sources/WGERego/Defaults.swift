/// The engine's limits and defaults, each with its reason.
public enum RegoDefaults {
  /// Largest decimal exponent of a number, and most digits: past it a few bytes of text would cost gigabytes.
  public static let maximumExponent = 100_000
  /// Deepest nesting of terms and bodies in a policy text.
  public static let maximumNesting = 500
  /// Most components of a reference, a package or a rule's head.
  public static let maximumPath = 256
  /// Most links of an else chain.
  public static let maximumElse = 500
  /// Deepest nesting of values that a policy builds or works with: more than JSON documents have by default.
  public static let maximumValueDepth = 600
  /// Most that a value may be when all that it shares is written out, in nodes and units of 16 bytes of text.
  static let maximumWeight: UInt32 = 1 << 26
  /// Most of that which one builtin writes as text.
  static let maximumWrittenWeight = 1 << 24
  /// Deepest nesting of what `rego.parse_module` reads, whose result nests three times as deep.
  static let maximumParsedNesting = 150
  /// Longest policy text in bytes.
  public static let maximumModuleBytes = 16 << 20
  /// Steps (iterations, calls, elements touched by builtins) that one evaluation may take.
  public static let maximumSteps = 100_000_000
  /// Values that one evaluation may hold in collections that it builds, in elements.
  public static let maximumElements = 20_000_000
  /// Longest text that one builtin may make, in bytes.
  public static let maximumTextBytes = 64 << 20
  /// Texts that builtins make in one evaluation, in bytes in total.
  public static let maximumTotalTextBytes = 1 << 30
  /// What the patterns that one evaluation keeps may hold, in bytes.
  static let maximumPatternBytes = 64 << 20
  /// Wall time of one evaluation.
  public static let timeout: Duration = .seconds(10)
  /// Bytes of stack that stay untouched when recursion is refused: what it takes to release, hash, compare or write a
  /// value of ``maximumValueDepth``.
  static let stackReserve = 224 << 10
  /// Deepest nesting of a GraphQL document.
  static let maximumGraphQLNesting = 150
  /// Most errors that one compilation reports.
  static let maximumErrors = 10
}
