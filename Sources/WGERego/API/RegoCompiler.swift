/// Policies in: one immutable program out.
///
/// ```swift
/// let program = try RegoCompiler().compile(["policy.rego": text])
/// let query = try program.prepare("data.shop.allow")
/// let decision = try query.evaluate(input: json)
/// ```
public struct RegoCompiler: Sendable {
  /// Which dialect a module is written in.
  public enum Dialect: Sendable, Hashable {
    /// `if`, `contains`, `in` and `every` are keywords.
    case v1
    /// They are names unless the module imports them.
    case v0
    /// v1, and v0 when the text is not v1.
    case automatic
  }

  /// What a compiler does with all its modules.
  public struct Options: Sendable {
    /// Default ``Dialect/v1``.
    public var dialect: Dialect
    /// Keep calls of `print`; otherwise they are removed. Default false.
    public var enablePrint: Bool
    /// Imports, variables and arguments that nothing uses are errors, as are imports that are there twice and names
    /// that hide `input` or `data`; what a linter would say. Default false.
    public var strict: Bool
    /// Builtins that policies may not call.
    public var deniedBuiltins: Set<String>
    /// Builtins of the host, which may replace the engine's own.
    public var hostBuiltins: [RegoBuiltin]

    /// The defaults, or others.
    public init(
      dialect: Dialect = .v1, enablePrint: Bool = false, strict: Bool = false, deniedBuiltins: Set<String> = [],
      hostBuiltins: [RegoBuiltin] = []
    ) {
      self.dialect = dialect
      self.enablePrint = enablePrint
      self.strict = strict
      self.deniedBuiltins = deniedBuiltins
      self.hostBuiltins = hostBuiltins
    }
  }

  /// The options.
  public var options: Options

  /// A compiler.
  public init(options: Options = Options()) { self.options = options }

  /// Compiles modules, by file name.
  /// - Throws: ``RegoError/invalid(_:)`` with all that is wrong, up to ten diagnostics.
  public func compile(_ modules: [String: String]) throws(RegoError) -> RegoProgram {
    try compile(modules.sorted { $0.key < $1.key }.map { (file: $0.key, text: $0.value) })
  }

  /// Compiles modules in a given order. See ``compile(_:)-([String:String])``.
  public func compile(_ modules: [(file: String, text: String)]) throws(RegoError) -> RegoProgram {
    var parsed: [Module] = []
    var diagnostics: [RegoDiagnostic] = []
    for module in modules {
      do throws(RegoDiagnostic) {
        parsed.append(try parse(module.text, file: module.file))
      } catch {
        diagnostics.append(error)
      }
    }
    if !diagnostics.isEmpty { throw .invalid(diagnostics) }
    return RegoProgram(policy: try Stages.compile(parsed, builtins: builtins, options: options))
  }

  var builtins: BuiltinRegistry {
    var registry = BuiltinRegistry.standard
    for name in options.deniedBuiltins { registry.remove(name) }
    for builtin in options.hostBuiltins { registry.add(builtin.builtin) }
    return registry
  }

  func parse(_ text: String, file: String) throws(RegoDiagnostic) -> Module {
    switch options.dialect {
    case .v1: return try Parser.module(text, file: file, isV1: true)
    case .v0: return try Parser.module(text, file: file, isV1: false)
    case .automatic:
      do throws(RegoDiagnostic) {
        return try Parser.module(text, file: file, isV1: true)
      } catch let v1 {
        do throws(RegoDiagnostic) {
          return try Parser.module(text, file: file, isV1: false)
        } catch let v0 {
          let claimsV1 = text.contains("import rego.v1") || text.contains(" if ")
          throw claimsV1 ? v1 : v0
        }
      }
    }
  }
}

extension RegoDiagnostic: Error {}

/// A function that the host adds to the language.
public struct RegoBuiltin: Sendable {
  let builtin: Builtin

  /// A function that also takes the time of the evaluation, in nanoseconds since 1970.
  package init(_ name: String, arity: Int, _ body: @escaping @Sendable (Int64, [RegoValue]) throws -> RegoValue?) {
    builtin = Builtin(name, arity, host: true) { (context, operands) throws(BuiltinFailure) in
      do {
        return try body(context.now, (0..<operands.count).map { operands[$0] })
      } catch {
        throw .failed("\(error)")
      }
    }
  }

  /// A function that counts its work towards the evaluation's steps; what `charge` throws must be passed on.
  package init(
    _ name: String, arity: Int,
    charging body: @escaping @Sendable ([RegoValue], _ charge: (Int) throws -> Void) throws -> RegoValue?
  ) {
    builtin = Builtin(name, arity, host: true) { (context, operands) throws(BuiltinFailure) in
      do {
        return try body((0..<operands.count).map { operands[$0] }) { try context.work($0) }
      } catch let failure as BuiltinFailure {
        throw failure
      } catch {
        throw .failed("\(error)")
      }
    }
  }

  /// A function by name and number of operands. Returning nil makes the call undefined; throwing is a builtin
  /// error.
  public init(_ name: String, arity: Int, _ body: @escaping @Sendable ([RegoValue]) throws -> RegoValue?) {
    builtin = Builtin(name, arity, host: true) { (_, operands) throws(BuiltinFailure) in
      do {
        return try body((0..<operands.count).map { operands[$0] })
      } catch {
        throw .failed("\(error)")
      }
    }
  }
}
