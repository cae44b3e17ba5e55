/// A stack whose top can be taken off as an array of exactly that size.
///
/// The parser does not know how many members an object will have. Growing an array for each would
/// copy it several times and leave up to half of it empty for as long as the object lives; with one
/// stack for the whole document every array is allocated once and full.
///
/// Elements are moved in and out, never copied. The owner must call ``removeAll()`` when it is done,
/// also after an error.
struct ScratchStack<Element> {
  /// Initialised up to `count`, allocated up to `capacity`.
  private var base: UnsafeMutablePointer<Element>?
  private(set) var count = 0
  private var capacity = 0

  mutating func push(_ element: consuming Element) {
    if count == capacity { grow() }
    // Not nil after growing.
    base.unsafelyUnwrapped.advanced(by: count).initialize(to: element)
    count += 1
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: max(32, capacity * 2))
    if let base {
      larger.moveInitialize(from: base, count: count)
      base.deallocate()
    }
    base = larger
    capacity = max(32, capacity * 2)
  }

  /// The elements from a position to the top, to look at or reorder in place.
  func tail(from start: Int) -> UnsafeMutableBufferPointer<Element> {
    precondition(start <= count)
    return UnsafeMutableBufferPointer(start: base.map { $0 + start }, count: count - start)
  }

  /// Takes the elements from a position to the top off the stack.
  mutating func take(from start: Int) -> [Element] {
    let tail = tail(from: start)
    count = start
    guard let first = tail.baseAddress, !tail.isEmpty else { return [] }
    // Array(unsafeUninitializedCapacity:) looks its storage class up anew each time.
    var result: [Element] = []
    result.reserveCapacity(tail.count)
    for index in 0..<tail.count { result.append((first + index).move()) }
    return result
  }

  /// Destroys what is left and frees the memory.
  mutating func removeAll() {
    base?.deinitialize(count: count)
    base?.deallocate()
    base = nil
    count = 0
    capacity = 0
  }
}
