internal import WGECore

/// How deep a value nests, and how much it is when everything that it shares is written out.
///
/// Values share their parts: `[x, x]` holds `x` once in memory. A few lines of policy so make a value that would take
/// the memory of all computers to print, and years to compare. What walks values recursively (order, hash, text,
/// JSON, the release of memory) knows nothing of sharing and has no way to fail; so each collection that is not JSON
/// knows its extent from the moment it is made, and the machine refuses it before anything can walk it.
///
/// JSON is a tree without sharing, whose extent is not kept: it is measured when a collection takes it in.
struct ValueExtent: Sendable, Equatable {
  /// 0 for scalars, 1 for collections of scalars.
  var depth: UInt16
  /// Nodes and text in units of 16 bytes, shared ones as often as they occur. Saturates.
  var weight: UInt32

  /// A collection without elements.
  static let empty = ValueExtent(depth: 1, weight: 1)

  @inline(__always) static func text(_ text: String) -> ValueExtent {
    ValueExtent(depth: 0, weight: 1 &+ UInt32(clamping: text.utf8.count >> 4))
  }

  @inline(__always) mutating func add(weight more: UInt32) {
    let (sum, overflow) = weight.addingReportingOverflow(more)
    weight = overflow ? .max : sum
  }

  /// Takes in a member.
  @inline(__always) mutating func take(_ value: RegoValue, _ measured: inout Int) {
    switch value {
    case .null, .bool, .number(.int): add(weight: 1)
    case .string(let text): add(weight: 1 &+ UInt32(clamping: text.utf8.count >> 4))
    default: take(ValueExtent(value, &measured))
    }
  }

  mutating func take(_ inner: ValueExtent) {
    if inner.depth >= depth { depth = inner.depth == .max ? .max : inner.depth + 1 }
    add(weight: inner.weight)
  }

  /// - Parameter measured: grows by the nodes of JSON that had to be visited.
  init(_ value: RegoValue, _ measured: inout Int) {
    switch value {
    case .null, .bool, .number(.int): self.init(depth: 0, weight: 1)
    case .number(.decimal(let decimal)):
      self.init(depth: 0, weight: 1 &+ UInt32(clamping: decimal.text.utf8.count >> 4))
    case .string(let text): self = .text(text)
    case .array(let array): self = array.extent(&measured)
    case .object(let object): self = object.extent(&measured)
    case .set(let set): self = set.extent
    }
  }

  init(depth: UInt16, weight: UInt32) {
    self.depth = depth
    self.weight = weight
  }

  /// The extent of a collection of these elements.
  static func of(_ elements: [RegoValue], _ measured: inout Int) -> ValueExtent {
    var result = empty
    for element in elements { result.take(element, &measured) }
    return result
  }

  static func of(_ elements: [RegoValue]) -> ValueExtent {
    var measured = 0
    return of(elements, &measured)
  }

  static func of(_ json: [JSON], _ measured: inout Int, level: Int = 0) -> ValueExtent {
    var result = empty
    // Past the limit it makes no difference how far.
    guard level <= RegoDefaults.maximumValueDepth else { return ValueExtent(depth: .max, weight: 1) }
    measured &+= json.count
    for element in json where result.weight <= RegoDefaults.maximumWeight { result.take(element, &measured, level) }
    return result
  }

  static func of(_ json: JSONObject, _ measured: inout Int, level: Int = 0) -> ValueExtent {
    var result = empty
    guard level <= RegoDefaults.maximumValueDepth else { return ValueExtent(depth: .max, weight: 1) }
    measured &+= json.count
    for member in json where result.weight <= RegoDefaults.maximumWeight {
      result.add(weight: 1 &+ UInt32(clamping: member.key.utf8.count >> 4))
      result.take(member.value, &measured, level)
    }
    return result
  }

  private mutating func take(_ json: JSON, _ measured: inout Int, _ level: Int) {
    switch json {
    case .null, .bool, .number: add(weight: 1)
    case .string(let text): add(weight: 1 &+ UInt32(clamping: text.utf8.count >> 4))
    case .array(let inner): take(.of(inner, &measured, level: level + 1))
    case .object(let inner): take(.of(inner, &measured, level: level + 1))
    }
  }

  /// The limit that a value of such an extent breaks, or nil.
  @inline(__always) var fault: RegoError? {
    if depth > RegoDefaults.maximumValueDepth { return .limit(.recursion) }
    if weight > RegoDefaults.maximumWeight { return .limit(.memory(Int(RegoDefaults.maximumWeight))) }
    return nil
  }
}
