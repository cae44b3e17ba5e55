/// A Rego set: its elements, ascending in the order of values.
public struct RegoSet: Sendable {
  /// The elements, ascending.
  public let elements: [RegoValue]
  let extent: ValueExtent

  /// A set without elements.
  public static let empty = RegoSet(ascending: [])

  /// Elements in any order, with repetitions.
  public init(_ elements: [RegoValue]) { self.init(elements, extent: .of(elements)) }

  /// - Parameter extent: that of all elements with their repetitions.
  init(_ elements: [RegoValue], extent: ValueExtent) {
    var ordered = true
    for index in elements.indices.dropFirst() where ValueOrder.compare(elements[index - 1], elements[index]) >= 0 {
      ordered = false
      break
    }
    if ordered {
      self.elements = elements
      self.extent = extent
      return
    }
    let sorted = elements.sorted { ValueOrder.compare($0, $1) < 0 }
    var unique: [RegoValue] = []
    unique.reserveCapacity(sorted.count)
    for element in sorted {
      if let last = unique.last, ValueOrder.compare(last, element) == 0 { continue }
      unique.append(element)
    }
    self.elements = unique
    self.extent = unique.count == sorted.count ? extent : .of(unique)
  }

  /// Elements that are known to ascend strictly.
  init(ascending elements: [RegoValue]) {
    self.elements = elements
    extent = .of(elements)
  }

  /// The number of elements.
  public var count: Int { elements.count }

  /// True when the value is an element.
  public func contains(_ value: RegoValue) -> Bool {
    if elements.count <= 8 {
      for element in elements where ValueOrder.equal(element, value) { return true }
      return false
    }
    var low = 0
    var high = elements.count
    while low < high {
      let middle = (low + high) / 2
      let order = ValueOrder.compare(elements[middle], value)
      if order == 0 { return true }
      if order < 0 { low = middle + 1 } else { high = middle }
    }
    return false
  }

  func union(_ other: RegoSet) -> RegoSet { merge(other, onlyLeft: true, both: true, onlyRight: true) }
  func intersection(_ other: RegoSet) -> RegoSet { merge(other, onlyLeft: false, both: true, onlyRight: false) }
  func subtracting(_ other: RegoSet) -> RegoSet { merge(other, onlyLeft: true, both: false, onlyRight: false) }

  /// One pass over both.
  private func merge(_ other: RegoSet, onlyLeft: Bool, both: Bool, onlyRight: Bool) -> RegoSet {
    var result: [RegoValue] = []
    var left = 0
    var right = 0
    while left < elements.count || right < other.elements.count {
      let order: Int
      if left == elements.count {
        order = 1
      } else if right == other.elements.count {
        order = -1
      } else {
        order = ValueOrder.compare(elements[left], other.elements[right])
      }
      if order <= 0, order < 0 ? onlyLeft : both { result.append(elements[left]) }
      if order > 0, onlyRight { result.append(other.elements[right]) }
      if order <= 0 { left += 1 }
      if order >= 0 { right += 1 }
    }
    return RegoSet(ascending: result)
  }
}
