internal import WGEGoFormat
public import WGECore

/// How templates are read and what they may use.
public struct TemplateOptions: Sendable {
  /// What a field gives that a map does not have.
  public enum MissingKey: String, Sendable, CaseIterable {
    /// No value, which prints `<no value>`.
    case `default`
    /// The same.
    case invalid
    /// The zero value of the map's element type.
    case zero
    /// An error.
    case error
  }

  /// The left delimiter; empty for `{{`.
  public var leftDelimiter = "{{"
  /// The right delimiter; empty for `}}`.
  public var rightDelimiter = "}}"
  /// What missing keys give. Default no value.
  public var missingKey = MissingKey.default
  /// Functions besides Go's builtins, which they may replace.
  public var functions = FunctionSet()
  /// Bounds on size and work.
  public var limits = RenderLimits()

  /// Go's defaults: its builtins only.
  public init() {}

  /// With further functions.
  public init(functions: FunctionSet) { self.functions = functions }

  var allFunctions: KnownFunctions { KnownFunctions(own: functions) }
}

/// Templates that know each other: what several texts define.
///
/// ```swift
/// var set = TemplateSet(options: TemplateOptions(functions: .sprig()))
/// try set.parse(#"{{define "name"}}{{.app | lower}}{{end}}"#, name: "_helpers.tpl")
/// try set.parse(#"name: {{template "name" .}}"#, name: "service.yaml")
/// try set.render("service.yaml", ["app": "Shop"])   // name: shop
/// ```
///
/// Parsing compiles; rendering a prepared set is what costs little. A set is a value and may be shared by any number
/// of tasks.
public struct TemplateSet: Sendable {
  /// The options given.
  public let options: TemplateOptions
  private let functions: KnownFunctions
  private(set) var definitions: [String: Definition] = [:]
  private var codes: [String: Code] = [:]
  private var mutates = false

  /// A set without templates.
  public init(options: TemplateOptions = TemplateOptions()) {
    self.options = options
    functions = options.allFunctions
  }

  /// The names of all definitions, sorted.
  public var names: [String] { definitions.keys.sorted() }

  /// Adds a text under a name, and what it defines. A definition replaces an earlier one of its name unless it is
  /// empty.
  /// - Throws: ``TemplateError/parse(_:)`` with Go's wording.
  public mutating func parse(_ text: String, name: String) throws(TemplateError) {
    for definition in try Self.parse(Array(text.utf8), name: name, options, functions) { try add(definition) }
  }

  private mutating func add(_ definition: Definition) throws(TemplateError) {
    if let existing = definitions[definition.name], !existing.isEmpty, definition.isEmpty { return }
    let code = try Compiler.compile(definition, functions: functions)
    definitions[definition.name] = definition
    codes[definition.name] = code
    if code.mutates { mutates = true }
  }

  private static func parse(
    _ bytes: [UInt8], name: String, _ options: TemplateOptions, _ functions: KnownFunctions
  ) throws(TemplateError) -> [Definition] {
    guard bytes.count <= min(options.limits.templateSize, Int(Int32.max)) else {
      throw .parse(
        TemplateIssue(
          template: name, line: 1, message: "the template is larger than \(options.limits.templateSize) bytes"))
    }
    var parser = Parser(
      source: TemplateSource(
        name: name, bytes: bytes, left: options.leftDelimiter, right: options.rightDelimiter),
      left: options.leftDelimiter, right: options.rightDelimiter,
      functions: functions, limits: options.limits)
    parser.parse()
    if let issue = parser.issues.first { throw .parse(issue) }
    return parser.order.compactMap { parser.definitions[$0] }
  }

  /// The canonical text of a definition, which parses to the same tree; nil for an unknown name.
  public func canonicalText(of name: String) -> String? {
    definitions[name].map { SyntaxNode.text(of: $0.nodes, in: $0.source) }
  }

  /// Renders one definition to bytes; a template may cut a string within a character, so they need not be UTF-8.
  ///
  /// Runs to its end on the calling thread; it looks for cancellation of the task as it goes.
  /// - Throws: ``TemplateError`` with Go's wording.
  public func renderBytes(
    _ name: String, _ data: GoValue, numbers: GoValue.NumberMode = .yaml,
    environment: RenderEnvironment = RenderEnvironment()
  ) throws(TemplateError) -> [UInt8] {
    guard let code = codes[name] else {
      throw .render(
        TemplateIssue(
          template: name, line: 1,
          message: "no template \(GoQuote.quote(name)) associated with template \(GoQuote.quote(name))"))
    }
    let context = RenderContext(
      environment: environment, limits: options.limits, numbers: numbers, isMutable: mutates)
    let options = options
    let functions = functions
    var machine = Machine(
      codes, context: context, missingKey: options.missingKey, data: Self.prepared(data, mutates: mutates),
      compile: { (text: String, name: String) throws(TemplateError) -> [String: Code] in
        var added: [String: Code] = [:]
        for definition in try Self.parse(Array(text.utf8), name: name, options, functions) {
          added[definition.name] = try Compiler.compile(definition, functions: functions)
        }
        return added
      })
    defer { machine.release() }
    try machine.run(code)
    return machine.output
  }

  /// Data that a render may change, or let go of: JSON is neither changed nor let go, so it need not be copied.
  private static func prepared(_ data: GoValue, mutates: Bool) -> GoValue {
    switch data {
    case .map, .list: data.thawed()
    default: mutates ? data.thawed() : data
    }
  }

  /// Renders one definition with JSON as data. Bytes that are no UTF-8 are replaced.
  /// - Throws: ``TemplateError`` with Go's wording.
  public func render(
    _ name: String, _ data: JSON, numbers: GoValue.NumberMode = .yaml,
    environment: RenderEnvironment = RenderEnvironment()
  ) throws(TemplateError) -> String {
    let bytes = try renderBytes(
      name, GoValue(data, numbers: numbers), numbers: numbers, environment: environment)
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// One template.
///
/// ```swift
/// let template = try Template("Hello, {{.name}}!")
/// try template.render(["name": "Ann"])   // Hello, Ann!
/// ```
public struct Template: Sendable {
  /// The name, which errors begin with.
  public let name: String
  /// The set that it is the main template of.
  public let set: TemplateSet

  /// Parses and compiles a text.
  /// - Throws: ``TemplateError/parse(_:)`` with Go's wording.
  public init(
    _ text: String, name: String = "template", options: TemplateOptions = TemplateOptions()
  ) throws(TemplateError) {
    var set = TemplateSet(options: options)
    try set.parse(text, name: name)
    self.name = name
    self.set = set
  }

  /// Renders with JSON as data.
  /// - Throws: ``TemplateError`` with Go's wording.
  public func render(
    _ data: JSON, numbers: GoValue.NumberMode = .yaml, environment: RenderEnvironment = RenderEnvironment()
  ) throws(TemplateError) -> String {
    try set.render(name, data, numbers: numbers, environment: environment)
  }
}
