#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The total order of Rego values: null < booleans < numbers < strings < arrays < objects < sets; numbers by value,
/// strings by bytes, collections element by element.
enum ValueOrder {
  @inline(__always) private static func rank(_ value: RegoValue) -> Int {
    switch value {
    case .null: 0
    case .bool: 1
    case .number: 2
    case .string: 3
    case .array: 4
    case .object: 5
    case .set: 6
    }
  }

  /// Negative, zero or positive.
  static func compare(_ a: RegoValue, _ b: RegoValue) -> Int {
    switch (a, b) {
    case (.string(let a), .string(let b)): return compare(a, b)
    case (.number(let a), .number(let b)): return RegoNumber.compare(a, b)
    case (.null, .null): return 0
    case (.bool(let a), .bool(let b)): return a == b ? 0 : (b ? -1 : 1)
    case (.array, .array), (.object, .object), (.set, .set):
      var meter = Meter.unlimited
      return compare(a, b, &meter)
    default: return rank(a) - rank(b)
    }
  }

  /// What one comparison may cost.
  struct Meter {
    /// Nodes and units of 1,024 bytes of text that may still be visited; negative: the result is worth nothing, and the least Int: the
    /// stack was what lacked.
    var left: Int
    /// The stack must not grow below.
    let floor: UInt

    static let unlimited = Meter(left: .max, floor: 0)

    /// False when there is no more of something.
    @inline(__always) mutating func spend(_ count: Int) -> Bool {
      left -= count
      var mark: UInt8 = 0
      if withUnsafeMutablePointer(to: &mark, { UInt(bitPattern: $0) }) < floor { left = .min }
      return left >= 0
    }
  }

  /// The same within a budget.
  static func compare(_ a: RegoValue, _ b: RegoValue, _ meter: inout Meter) -> Int {
    switch (a, b) {
    case (.string(let a), .string(let b)):
      let bytes = min(a.utf8.count, b.utf8.count)
      if bytes >= 1024, !meter.spend(bytes >> 10) { return 1 }
      return compare(a, b)
    case (.array(let a), .array(let b)):
      let count = min(a.count, b.count)
      guard meter.spend(count + 1) else { return 1 }
      for index in 0..<count {
        let order = compare(a[index], b[index], &meter)
        if order != 0 { return order }
      }
      return a.count - b.count
    case (.object(let a), .object(let b)):
      let count = min(a.count, b.count)
      guard meter.spend(2 * count + 1) else { return 1 }
      for index in 0..<count {
        let keys = compare(a.key(at: index), b.key(at: index), &meter)
        if keys != 0 { return keys }
        let values = compare(a.value(at: index), b.value(at: index), &meter)
        if values != 0 { return values }
      }
      return a.count - b.count
    case (.set(let a), .set(let b)):
      let count = min(a.count, b.count)
      guard meter.spend(count + 1) else { return 1 }
      for index in 0..<count {
        let order = compare(a.elements[index], b.elements[index], &meter)
        if order != 0 { return order }
      }
      return a.count - b.count
    default: return compare(a, b)
    }
  }

  /// Equality where it is known at once, else nil.
  @inline(__always) static func quickEqual(_ a: RegoValue, _ b: RegoValue) -> Bool? {
    switch (a, b) {
    case (.string(let a), .string(let b)):
      let count = a.utf8.count
      if count != b.utf8.count { return false }
      return count <= 4096 ? equal(a, b) : nil
    case (.bool(let a), .bool(let b)): return a == b
    case (.number(.int(let a)), .number(.int(let b))): return a == b
    case (.null, .null): return true
    default:
      if rank(a) != rank(b) { return false }
      if let count = a.collectionCount, count != b.collectionCount { return false }
      return nil
    }
  }

  @inline(__always) static func equal(_ a: RegoValue, _ b: RegoValue) -> Bool {
    switch (a, b) {
    case (.string(let a), .string(let b)): return equal(a, b)
    case (.bool(let a), .bool(let b)): return a == b
    case (.number(.int(let a)), .number(.int(let b))): return a == b
    case (.null, .null): return true
    default: return equalSlow(a, b)
    }
  }

  private static func equalSlow(_ a: RegoValue, _ b: RegoValue) -> Bool {
    if rank(a) != rank(b) { return false }
    if let count = a.collectionCount, count != b.collectionCount { return false }
    return compare(a, b) == 0
  }

  @inline(__always) static func equal(_ a: String, _ b: String) -> Bool {
    let count = a.utf8.count
    if count != b.utf8.count { return false }
    let fast = a.utf8.withContiguousStorageIfAvailable { x in
      b.utf8.withContiguousStorageIfAvailable { y -> Bool in
        guard let p = x.baseAddress, let q = y.baseAddress else { return true }
        return p == q || memcmp(p, q, count) == 0
      }
    }
    return (fast ?? nil) ?? a.utf8.elementsEqual(b.utf8)
  }

  static func compare(_ a: String, _ b: String) -> Int {
    let fast = a.utf8.withContiguousStorageIfAvailable { x in
      b.utf8.withContiguousStorageIfAvailable { y -> Int in
        guard let p = x.baseAddress, let q = y.baseAddress else { return x.count - y.count }
        let order = Int(memcmp(p, q, min(x.count, y.count)))
        return order == 0 ? x.count - y.count : order
      }
    }
    if let order = fast ?? nil { return order }
    if a.utf8.elementsEqual(b.utf8) { return 0 }
    return a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : 1
  }
}

extension RegoValue: Hashable, Comparable {
  /// Equality by value: `1` and `1.0` are equal.
  public static func == (lhs: RegoValue, rhs: RegoValue) -> Bool { ValueOrder.equal(lhs, rhs) }

  /// The total order of Rego.
  public static func < (lhs: RegoValue, rhs: RegoValue) -> Bool { ValueOrder.compare(lhs, rhs) < 0 }

  /// Hashes what `==` compares.
  public func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0 as UInt8)
    case .bool(let value): hasher.combine(value)
    case .number(let value): value.hash(into: &hasher)
    case .string(let value):
      var value = value
      value.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    case .array(let array):
      hasher.combine(4 as UInt8)
      hasher.combine(array.count)
      for element in array { element.hash(into: &hasher) }
    case .object(let object):
      hasher.combine(5 as UInt8)
      hasher.combine(object.count)
      for index in 0..<object.count {
        object.key(at: index).hash(into: &hasher)
        object.value(at: index).hash(into: &hasher)
      }
    case .set(let set):
      hasher.combine(6 as UInt8)
      hasher.combine(set.count)
      for element in set.elements { element.hash(into: &hasher) }
    }
  }
}
