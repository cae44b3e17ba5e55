/// What walking values costs: counted before the walk, since walks cannot fail.
extension BuiltinContext {
  /// Refuses a collection that is too deep or, with all that it shares, too large.
  /// - Parameter measured: nodes of JSON that were visited to find the extent.
  @inline(__always) func admit(_ extent: ValueExtent, _ measured: Int) throws(RegoError) {
    if measured > 0 { try step(measured >> 4) }
    if let fault = extent.fault { throw fault }
  }

  /// ``admit(_:_:)`` for what is known of a value.
  @inline(__always) func admit(_ value: RegoValue) throws(RegoError) {
    if let fault = value.knownExtent?.fault { throw fault }
  }

  /// Counts a walk of a whole value as the work that it is, and refuses what must not be walked.
  /// - Returns: the value's weight.
  @discardableResult func charge(walking value: RegoValue) throws(RegoError) -> Int {
    guard value.isCollection else { return 1 }
    var measured = 0
    let extent = ValueExtent(value, &measured)
    try step(Int(extent.weight) >> 3)
    try admit(extent, measured)
    return Int(extent.weight)
  }

  /// ``charge(walking:)`` of values that become text.
  func charge(writing values: some Sequence<RegoValue>) throws(RegoError) {
    var weight = 0
    for value in values { weight += try charge(walking: value) }
    if weight > RegoDefaults.maximumWrittenWeight { throw .limit(.memory(RegoDefaults.maximumTextBytes)) }
  }

  /// Counts sorting so many elements, which costs more than looking at each when they are collections themselves.
  @inline(__always) func charge(sorting extent: ValueExtent, _ count: Int) throws(RegoError) {
    if Int(extent.weight) > 4 * count + 4 { try step(Int(extent.weight) >> 2) }
  }

  /// The order of two values, within what is left of the steps.
  func order(_ a: RegoValue, _ b: RegoValue) throws(RegoError) -> Int {
    let budget = max(0, min(limits.steps - steps, 1 << 27)) << 3
    var meter = ValueOrder.Meter(left: budget, floor: stackFloor)
    let order = ValueOrder.compare(a, b, &meter)
    if meter.left == .min { throw .limit(.recursion) }
    if meter.left < 0 { throw .limit(.steps(limits.steps)) }
    try step((budget - meter.left) >> 3)
    return order
  }

  @inline(__always) func equal(_ a: RegoValue, _ b: RegoValue) throws(RegoError) -> Bool {
    if let quick = ValueOrder.quickEqual(a, b) { return quick }
    return try order(a, b) == 0
  }
}

/// The same for the bodies of builtins.
extension BuiltinContext {
  @discardableResult func walk(_ value: RegoValue) throws(BuiltinFailure) -> Int {
    do throws(RegoError) { return try charge(walking: value) } catch { throw .halt(error) }
  }

  func walk(writing values: some Sequence<RegoValue>) throws(BuiltinFailure) {
    do throws(RegoError) { try charge(writing: values) } catch { throw .halt(error) }
  }

  func compared(_ a: RegoValue, _ b: RegoValue) throws(BuiltinFailure) -> Int {
    do throws(RegoError) { return try order(a, b) } catch { throw .halt(error) }
  }

  @inline(__always) func isEqual(_ a: RegoValue, _ b: RegoValue) throws(BuiltinFailure) -> Bool {
    if let quick = ValueOrder.quickEqual(a, b) { return quick }
    return try compared(a, b) == 0
  }

  /// Texts that a builtin made, as an array: counted as elements and as text.
  func list(_ texts: [String]) throws(BuiltinFailure) -> RegoValue {
    try reserve(elements: texts.count)
    do throws(RegoError) {
      try hold(text: texts.reduce(0) { $0 + $1.utf8.count })
    } catch {
      throw .halt(error)
    }
    return .list(texts.map { .string($0) })
  }
}
