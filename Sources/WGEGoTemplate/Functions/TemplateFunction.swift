/// A function that templates can call.
///
/// The parameter list is what Go's reflection would see, so that wrong counts and types are refused with Go's words
/// before the body runs. The body gets values of the declared types.
///
/// ```swift
/// let shout = TemplateFunction("shout", .string) { _, arguments in
///   .string((arguments[0].stringValue ?? "").uppercased() + "!")
/// }
/// ```
public struct TemplateFunction: Sendable {
  /// The type of a parameter.
  public enum Parameter: Sendable, Hashable {
    /// `interface {}`: anything; no value becomes nil.
    case any
    /// Anything, and ``GoValue/none`` stays none: what Go's builtins take.
    case value
    case string, bool, int, float64
    /// `map[string]interface {}`.
    case dictionary
    /// `[]interface {}`.
    case list
    /// `time.Time`.
    case time
    /// A pointer or structure of this type.
    case object(String)

    var typeName: String {
      switch self {
      case .any: "interface {}"
      case .value: "reflect.Value"
      case .string: "string"
      case .bool: "bool"
      case .int: "int"
      case .float64: "float64"
      case .dictionary: "map[string]interface {}"
      case .list: "[]interface {}"
      case .time: "time.Time"
      case .object(let name): name
      }
    }

    /// Go's nil can be passed for it.
    var canBeNil: Bool {
      switch self {
      case .any, .value, .dictionary, .list: true
      case .object(let name): name.hasPrefix("*")
      default: false
      }
    }
  }

  /// What a call does besides giving a value.
  enum Special: Sendable {
    case ordinary
    /// Short-circuit; compiled, never called.
    case and, or
    /// `call`, which names its first operand in errors.
    case call
    /// Renders a template of the set, or a text, and gives its output.
    case include, evaluate
    /// `slice`, which sees whether an index is held in an interface.
    case slice
  }

  /// The body: what it throws becomes the text after `error calling NAME: `. A list or map that it gives belongs to the
  /// render, which empties it at its end.
  public typealias Body = @Sendable (_ context: RenderContext, _ arguments: TemplateArguments) throws -> GoValue

  /// The name by which templates call it.
  public let name: String
  let parameters: [Parameter]
  let variadic: Parameter?
  /// Changes maps or lists that it is given, so that data must be copied before.
  let mutates: Bool
  let special: Special
  let body: Body

  /// A function with a fixed list of parameters, or any number of further ones.
  ///
  /// - Parameters:
  ///   - name: as templates call it.
  ///   - parameters: the types of the fixed parameters.
  ///   - variadic: the type of further arguments; nil for none.
  ///   - mutates: true when it changes a map or list that is passed in.
  ///   - body: the work. Throw ``TemplateFunctionError`` with the text to report.
  public init(
    _ name: String, _ parameters: Parameter..., variadic: Parameter? = nil, mutates: Bool = false,
    body: @escaping Body
  ) {
    self.init(name, parameters: parameters, variadic: variadic, mutates: mutates, special: .ordinary, body: body)
  }

  init(
    _ name: String, parameters: [Parameter], variadic: Parameter?, mutates: Bool = false,
    special: Special = .ordinary, body: @escaping Body
  ) {
    self.name = name
    self.parameters = parameters
    self.variadic = variadic
    self.mutates = mutates
    self.special = special
    self.body = body
  }

  func renamed(_ name: String) -> TemplateFunction {
    TemplateFunction(
      name, parameters: parameters, variadic: variadic, mutates: mutates, special: special, body: body)
  }

  /// The type of the parameter at a position.
  func parameter(_ index: Int) -> Parameter { index < parameters.count ? parameters[index] : variadic ?? .any }

  /// Go's complaint about the number of arguments; nil when it is right.
  /// - Parameters:
  ///   - count: with a piped value.
  ///   - written: those in the command.
  func countError(_ count: Int, written: Int) -> String? {
    if variadic != nil {
      return count < parameters.count
        ? "wrong number of args for \(name): want at least \(parameters.count) got \(written)" : nil
    }
    return count != parameters.count ? "wrong number of args for \(name): want \(parameters.count) got \(count)" : nil
  }
}

/// The operands of a call. Valid during the call only; take out what you keep.
public struct TemplateArguments {
  private let base: UnsafePointer<GoValue>?
  /// How many there are.
  public let count: Int

  init(_ base: UnsafePointer<GoValue>?, count: Int) {
    self.base = base
    self.count = count
  }

  /// An operand. Nil past the last one.
  public subscript(index: Int) -> GoValue {
    guard index >= 0, index < count, let base else { return .none }
    return base[index]
  }

  /// The operands from one on.
  func dropFirst(_ number: Int) -> TemplateArguments {
    guard let base, number < count else { return TemplateArguments(nil, count: 0) }
    return TemplateArguments(base + number, count: count - number)
  }

  var array: [GoValue] { (0..<count).map { self[$0] } }

  /// Calls a body with operands from an array.
  static func with<R>(_ values: [GoValue], _ body: (TemplateArguments) throws -> R) rethrows -> R {
    try values.withUnsafeBufferPointer { try body(TemplateArguments($0.baseAddress, count: $0.count)) }
  }
}

/// What a template function throws to fail.
public struct TemplateFunctionError: Error, CustomStringConvertible {
  /// The text after `error calling NAME: `.
  public let description: String
  /// A failure with its text.
  public init(_ description: String) { self.description = description }
}

/// Functions by name. Later ones replace earlier ones of the same name.
public struct FunctionSet: Sendable {
  private(set) var functions: [String: TemplateFunction] = [:]

  /// A set of functions.
  public init(_ functions: [TemplateFunction] = []) { add(functions) }

  /// Adds functions, replacing those of the same name.
  public mutating func add(_ functions: [TemplateFunction]) {
    for function in functions { self.functions[function.name] = function }
  }

  /// Removes functions by name.
  public mutating func remove(_ names: [String]) { for name in names { functions[name] = nil } }

  /// Both; the other's functions win.
  public func merging(_ other: FunctionSet) -> FunctionSet {
    var result = self
    result.add(Array(other.functions.values))
    return result
  }

  /// The function of a name.
  public subscript(name: String) -> TemplateFunction? { functions[name] }

  /// All names, sorted.
  public var names: [String] { functions.keys.sorted() }
}

/// What a template can call: the host's functions, which win, and Go's builtins. Two tables, because making one of them
/// for every text that is parsed took longer than parsing most texts.
struct KnownFunctions: Sendable {
  let own: FunctionSet

  subscript(name: String) -> TemplateFunction? { own[name] ?? Builtins.functions[name] }
}
