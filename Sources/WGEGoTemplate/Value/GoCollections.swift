internal import WGECore

/// A list with reference semantics and one of Go's element types.
public final class GoList {
  /// Element types that templates can meet.
  public enum Element: Sendable, Hashable {
    case any, string, int, float64, uint8, anyList

    /// Go's name.
    var name: String {
      switch self {
      case .any: "interface {}"
      case .string: "string"
      case .int: "int"
      case .float64: "float64"
      case .uint8: "uint8"
      case .anyList: "[]interface {}"
      }
    }
  }

  /// The elements.
  public internal(set) var elements: [GoValue]
  /// Their static type.
  public let element: Element
  /// Go tells a nil list from an empty one; JSON shows it.
  let isNil: Bool
  /// The render that made it lets go of its elements at its end.
  var isOwned = false

  /// A list.
  public init(_ elements: [GoValue], of element: Element = .any) {
    self.elements = elements
    self.element = element
    isNil = false
  }

  private init(nilOf element: Element) {
    elements = []
    self.element = element
    isNil = true
  }

  /// Go's nil list of a type.
  public static func nilList(of element: Element = .any) -> GoList { GoList(nilOf: element) }

  var bytes: [UInt8] {
    elements.map { if case .integer(let value) = $0 { UInt8(truncatingIfNeeded: value.bits) } else { 0 } }
  }
}

/// A map with reference semantics, its members sorted by key.
public final class GoMap {
  /// Value types that templates can meet.
  public enum Element: Sendable, Hashable {
    case any, string, int

    var name: String {
      switch self {
      case .any: "interface {}"
      case .string: "string"
      case .int: "int"
      }
    }

    /// What a missing key gives with `index`.
    var zero: GoValue {
      switch self {
      case .any: .null
      case .string: .string("")
      case .int: .int(0)
      }
    }
  }

  /// Strictly ascending by the bytes of the key, or by number where keys are numbers.
  private(set) var members: [(key: String, value: GoValue)]
  /// The static type of the values.
  public let element: Element
  /// The type is `map[int]…`; keys are written in decimal.
  let hasIntegerKeys: Bool
  let isNil: Bool
  /// The render that made it lets go of its members at its end.
  var isOwned = false

  func removeAll() { members = [] }

  /// A map with string keys. The last of equal keys wins.
  public init(_ pairs: [(String, GoValue)] = [], of element: Element = .any) {
    self.element = element
    hasIntegerKeys = false
    isNil = false
    members = []
    members.reserveCapacity(pairs.count)
    for (key, value) in pairs { self[key] = value }
  }

  /// A map with integer keys.
  public init(integerKeys pairs: [(Int, GoValue)], of element: Element = .any) {
    self.element = element
    hasIntegerKeys = true
    isNil = false
    members = pairs.sorted { $0.0 < $1.0 }.map { ("\($0.0)", $0.1) }
  }

  private init(nilOf element: Element) {
    members = []
    self.element = element
    hasIntegerKeys = false
    isNil = true
  }

  /// Go's nil map.
  public static func nilMap(of element: Element = .any) -> GoMap { GoMap(nilOf: element) }

  /// The number of members.
  public var count: Int { members.count }

  private func position(of key: String) -> (index: Int, found: Bool) {
    if hasIntegerKeys {
      let index = members.firstIndex { $0.key == key }
      return (index ?? members.count, index != nil)
    }
    // Most maps are built in order.
    if let last = members.last, ByteOrder.less(last.key, key) { return (members.count, false) }
    var low = 0
    var high = members.count
    while low < high {
      let middle = (low + high) / 2
      if ByteOrder.less(members[middle].key, key) { low = middle + 1 } else { high = middle }
    }
    return (low, low < members.count && ByteOrder.equal(members[low].key, key))
  }

  /// The value of a key; assigning nil removes it.
  public subscript(key: String) -> GoValue? {
    get {
      let (index, found) = position(of: key)
      return found ? members[index].value : nil
    }
    set {
      let (index, found) = position(of: key)
      switch (newValue, found) {
      case (let value?, true): members[index].value = value
      case (let value?, false): members.insert((key, value), at: index)
      case (nil, true): members.remove(at: index)
      case (nil, false): break
      }
    }
  }

  func key(at index: Int) -> GoValue {
    hasIntegerKeys ? .int(Int(members[index].key) ?? 0) : .string(members[index].key)
  }
}

/// Strings in the order of their UTF-8 bytes, as Go compares them.
enum ByteOrder {
  @inline(__always)
  static func less(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }

  @inline(__always)
  static func equal(_ a: String, _ b: String) -> Bool {
    a.utf8.count == b.utf8.count && a.utf8.elementsEqual(b.utf8)
  }

  static func less(_ a: [UInt8], _ b: [UInt8]) -> Bool { a.lexicographicallyPrecedes(b) }
}
