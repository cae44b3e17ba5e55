public import WGECore

/// A query that is ready to run many times. Immutable; share it between threads.
public final class PreparedQuery: Sendable {
  let plan: Plan
  let policy: CompiledPolicy
  private let options: RegoQueryOptions

  init(_ text: String, policy: CompiledPolicy, options: RegoQueryOptions) throws(RegoError) {
    self.options = options
    var policy = policy
    let parsed: [Expression]
    do throws(RegoDiagnostic) {
      parsed = try Parser.query(text, isV1: options.isV1, keywords: Parser.future)
    } catch {
      throw .invalid([error])
    }
    let builtins = policy.builtins
    var resolver = Resolver(
      Resolver.Environment(
        package: [], rules: [], imports: [:], isV1: options.isV1, isBuiltin: { builtins[$0] != nil }),
      counter: policy.counter,
      keepsPrint: policy.options.enablePrint)
    let (resolved, declared) = resolver.query(parsed)
    if !resolver.diagnostics.isEmpty { throw .invalid(resolver.diagnostics) }
    var expander = Expander(counter: resolver.nextCounter)
    let single = Self.singleTerm(resolved)
    var body = resolved
    if single != nil, case .term(let term)? = resolved.first?.kind {
      body = [Expression(.unify(.variable("$value", .none), term), .none)]
      body[0].withs = resolved[0].withs
    } else if single != nil, case .call(let name, let arguments)? = resolved.first?.kind {
      body = [Expression(.call(name, arguments + [.variable("$value", .none)]), .none)]
      body[0].withs = resolved[0].withs
    }
    body = expander.calls(body)
    var stages = Stages(policy: policy)
    stages.check(body)
    if !stages.diagnostics.isEmpty { throw .invalid(stages.diagnostics) }
    let arities = policy
    var safety = Safety { arities.arity($0) }
    body = safety.ordered(body, globals: [])
    if !safety.diagnostics.isEmpty { throw .invalid(safety.diagnostics) }
    var kinds = KindChecker(policy: policy)
    kinds.check(body)
    if !kinds.problems.isEmpty {
      throw .invalid(kinds.problems.map { RegoDiagnostic(.type, $0.message, at: $0.location) })
    }
    body = expander.operands(body)
    policy.counter = expander.nextCounter
    policy.mockedBuiltins.formUnion(MockedBuiltins.names(in: body))
    var results: [(variable: String, name: String)] = []
    for name in VariableCollector.outer(resolved).sorted() where !name.hasPrefix("$") {
      results.append((name, declared[name] ?? RefText.displayName(name)))
    }
    if single != nil { results.append(("$value", "$value")) }
    var planner = Planner(policy: policy, instrumented: options.instrumented)
    plan = try planner.query(body, results: results)
    self.policy = policy
  }

  /// A query of one term is worth that term's value.
  private static func singleTerm(_ body: [Expression]) -> Expression? {
    guard body.count == 1, !body[0].isNegated else { return nil }
    switch body[0].kind {
    case .term(let term): if case .variable = term.kind { return nil } else { return body[0] }
    case .call(let name, _): return name[0].variableName == "data" || name[0].variableName != "internal" ? body[0] : nil
    default: return nil
    }
  }

  /// Evaluates with a JSON input, read in place.
  /// - Parameters:
  ///   - input: the input document; nil leaves `input` undefined.
  ///   - data: base documents, an object.
  /// - Throws: ``RegoError``.
  public func evaluate(
    input: JSON?, data: JSON = [:], limits: RegoLimits = RegoLimits(), host: RegoHost = RegoHost()
  ) throws(RegoError) -> RegoDecision {
    try evaluate(input: input.map { RegoValue($0) }, data: RegoValue(data), limits: limits, host: host)
  }

  /// Evaluates with values. See ``evaluate(input:data:limits:host:)-(JSON?,_,_,_)``.
  public func evaluate(
    input: RegoValue?, data: RegoValue = .object(.empty), limits: RegoLimits = RegoLimits(), host: RegoHost = RegoHost()
  ) throws(RegoError) -> RegoDecision {
    let context = BuiltinContext(limits: limits, host: host)
    let strict = options.strictBuiltinErrors
    let outcome: Result<RegoDecision, RegoError> = plan.code.withUnsafeBufferPointer { code in
      let machine = Machine(plan: plan, code: code, input: input, data: data, strict: strict, context: context)
      do throws(RegoError) {
        try machine.run()
        var decision = RegoDecision(names: plan.names, machine: machine)
        if options.instrumented {
          decision.explanations = explanations(machine.coverage, input: input)
          decision.coverage = coverage(machine.coverage)
        }
        return .success(decision)
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }
}

/// What a query found.
public struct RegoDecision: Sendable {
  /// One way in which the query holds.
  public struct Result: Sendable {
    /// The values of the variables that the query names.
    public let bindings: [String: RegoValue]
    /// The value of a query that is one term, such as `data.shop.allow`.
    public let value: RegoValue?
  }

  /// All results; empty when the query is undefined.
  public let results: [Result]
  /// The first error of a builtin that made an expression undefined, for a look at policies that stay silent.
  public let builtinError: RegoError?
  /// Notes of `trace`.
  public let notes: [String]
  /// Why each rule that the query can reach fired or not; empty unless ``RegoQueryOptions/instrumented``.
  public internal(set) var explanations: [RegoExplanation] = []
  /// Which expressions ran; nil unless ``RegoQueryOptions/instrumented``.
  public internal(set) var coverage: RegoCoverage?

  /// The value of the first result of a query that is one term; nil when it is undefined.
  public var value: RegoValue? { results.first?.value }

  init(names: [String], machine: Machine) {
    results = machine.answers.map { row in
      var bindings: [String: RegoValue] = [:]
      var value: RegoValue?
      for (name, entry) in zip(names, row) {
        if name == "$value" { value = entry } else { bindings[name] = entry }
      }
      return Result(bindings: bindings, value: value)
    }
    builtinError = machine.firstError
    notes = machine.context.notes
  }
}
