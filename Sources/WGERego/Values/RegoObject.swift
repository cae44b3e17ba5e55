public import WGECore

/// The members of a Rego object in the order of their keys: values, or a JSON object that is read in place.
///
/// Native members live in one class instance: keys and values in two arrays, ascending in the order of values.
/// A lookup by string compares the first eight bytes of each key before it touches the key itself.
public struct RegoObject: Sendable {
  final class Members: Sendable {
    let keys: [RegoValue]
    let values: [RegoValue]
    /// The first eight bytes of each string key, big-endian, so that their order is that of the keys; empty when
    /// a key is not a string.
    let heads: [UInt64]
    let extent: ValueExtent
    /// Nodes of JSON that had to be visited to know it.
    let measured: Int

    init(ascending keys: [RegoValue], values: [RegoValue]) {
      self.keys = keys
      self.values = values
      var heads: [UInt64] = []
      if case .string? = keys.first, case .string? = keys.last {
        heads.reserveCapacity(keys.count)
        for case .string(let key) in keys { heads.append(TextHead.of(key)) }
      }
      self.heads = heads
      var extent = ValueExtent.empty
      var measured = 0
      for key in keys { extent.take(key, &measured) }
      for value in values { extent.take(value, &measured) }
      self.extent = extent
      self.measured = measured
    }

    func position(of key: RegoValue) -> Int? {
      if case .string(let text) = key { return position(of: text) }
      var low = 0
      var high = keys.count
      while low < high {
        let middle = (low + high) / 2
        let order = ValueOrder.compare(keys[middle], key)
        if order == 0 { return middle }
        if order < 0 { low = middle + 1 } else { high = middle }
      }
      return nil
    }

    func position(of text: String) -> Int? {
      let head = TextHead.of(text)
      if heads.count <= 24, !heads.isEmpty {
        for index in heads.indices where heads[index] == head {
          if case .string(let key) = keys[index], ValueOrder.equal(key, text) { return index }
        }
        return nil
      }
      var low = 0
      var high = keys.count
      while low < high {
        let middle = (low + high) / 2
        let order: Int
        if heads.isEmpty {
          order = ValueOrder.compare(keys[middle], .string(text))
        } else if heads[middle] != head {
          order = heads[middle] < head ? -1 : 1
        } else {
          order = ValueOrder.compare(keys[middle], .string(text))
        }
        if order == 0 { return middle }
        if order < 0 { low = middle + 1 } else { high = middle }
      }
      return nil
    }
  }

  private enum Storage: Sendable {
    case members(Members)
    case json(JSONObject)
  }

  private let storage: Storage

  /// An object without members.
  public static let empty = RegoObject(ascending: [], values: [])

  /// A JSON object, not converted.
  @inline(__always) public init(_ json: JSONObject) { storage = .json(json) }

  /// Members in any order. Where a key occurs twice the last one wins.
  public init(_ pairs: [(RegoValue, RegoValue)]) {
    var ordered = true
    for index in pairs.indices.dropFirst() where ValueOrder.compare(pairs[index - 1].0, pairs[index].0) >= 0 {
      ordered = false
      break
    }
    var keys: [RegoValue] = []
    var values: [RegoValue] = []
    keys.reserveCapacity(pairs.count)
    values.reserveCapacity(pairs.count)
    if ordered {
      for pair in pairs {
        keys.append(pair.0)
        values.append(pair.1)
      }
    } else {
      let order = pairs.indices.sorted {
        let order = ValueOrder.compare(pairs[$0].0, pairs[$1].0)
        return order == 0 ? $0 < $1 : order < 0
      }
      for index in order {
        if let last = keys.last, ValueOrder.compare(last, pairs[index].0) == 0 {
          values[values.count - 1] = pairs[index].1
        } else {
          keys.append(pairs[index].0)
          values.append(pairs[index].1)
        }
      }
    }
    self.init(ascending: keys, values: values)
  }

  /// Members that are known to ascend strictly by key.
  init(ascending keys: [RegoValue], values: [RegoValue]) {
    storage = .members(Members(ascending: keys, values: values))
  }

  var knownExtent: ValueExtent? { if case .members(let members) = storage { members.extent } else { nil } }

  /// Nodes of JSON that were visited when the object was made.
  var measured: Int { if case .members(let members) = storage { members.measured } else { 0 } }

  func extent(_ measured: inout Int) -> ValueExtent {
    switch storage {
    case .members(let members): members.extent
    case .json(let json): .of(json, &measured)
    }
  }

  /// The number of members.
  @inline(__always) public var count: Int {
    switch storage {
    case .members(let members): members.keys.count
    case .json(let json): json.count
    }
  }

  /// True when there are no members.
  public var isEmpty: Bool { count == 0 }

  /// The key at a position in the order of keys.
  @inline(__always) public func key(at index: Int) -> RegoValue {
    switch storage {
    case .members(let members): members.keys[index]
    case .json(let json): .string(json[index].key)
    }
  }

  /// The value at a position in the order of keys.
  @inline(__always) public func value(at index: Int) -> RegoValue {
    switch storage {
    case .members(let members): members.values[index]
    case .json(let json): RegoValue(json[index].value)
    }
  }

  /// The value of a key, or nil.
  public subscript(key: RegoValue) -> RegoValue? {
    switch storage {
    case .members(let members): return members.position(of: key).map { members.values[$0] }
    case .json(let json):
      guard case .string(let text) = key else { return nil }
      return json[text].map { RegoValue($0) }
    }
  }

  /// The value of a string key, or nil.
  @inline(__always) public subscript(key: String) -> RegoValue? {
    switch storage {
    case .members(let members): members.position(of: key).map { members.values[$0] }
    case .json(let json): json[key].map { RegoValue($0) }
    }
  }

  /// The keys, ascending.
  public var keys: [RegoValue] {
    switch storage {
    case .members(let members): members.keys
    case .json(let json): json.map { .string($0.key) }
    }
  }

  /// The members, ascending by key.
  public var pairs: [(RegoValue, RegoValue)] { (0..<count).map { (key(at: $0), value(at: $0)) } }

  /// A copy with one member set.
  func setting(_ key: RegoValue, _ value: RegoValue) -> RegoObject { RegoObject(pairs + [(key, value)]) }

  /// A copy without one member.
  func removing(_ key: RegoValue) -> RegoObject {
    RegoObject(pairs.filter { ValueOrder.compare($0.0, key) != 0 })
  }
}

/// The first eight bytes of a text as a number in whose order texts that differ in them sort.
enum TextHead {
  @inline(__always) static func of(_ text: String) -> UInt64 {
    text.utf8.withContiguousStorageIfAvailable { bytes -> UInt64 in
      if bytes.count >= 8, let base = bytes.baseAddress {
        return UInt64(bigEndian: UnsafeRawPointer(base).loadUnaligned(as: UInt64.self))
      }
      var head: UInt64 = 0
      for byte in bytes { head = head << 8 | UInt64(byte) }
      return bytes.isEmpty ? 0 : head << UInt64(8 * (8 - bytes.count))
    } ?? slow(text)
  }

  private static func slow(_ text: String) -> UInt64 {
    var copy = text
    copy.makeContiguousUTF8()
    return copy.utf8.prefix(8).enumerated().reduce(0) { $0 | UInt64($1.element) << UInt64(56 - 8 * $1.offset) }
  }
}
