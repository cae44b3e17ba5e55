/// The members of a JSON object, kept sorted by the UTF-8 bytes of their keys in one flat buffer.
///
/// Compact in memory (one allocation, no hash table), deterministic in output, O(n) to compare,
/// O(log n) to read. Building one of n members from unsorted input costs one sort; inserting into
/// a large object one by one costs O(n) each, so build with ``init(_:)`` where there are many.
public struct JSONObject: Sendable {
  /// One name and its value.
  public struct Member: Sendable, Hashable {
    public var key: String
    public var value: JSON

    @inlinable public init(key: String, value: JSON) {
      self.key = key
      self.value = value
    }

    public static func == (lhs: Member, rhs: Member) -> Bool {
      UTF8Order.equal(lhs.key, rhs.key) && lhs.value == rhs.value
    }

    public func hash(into hasher: inout Hasher) {
      UTF8Order.hash(key, into: &hasher)
      hasher.combine(value)
    }
  }

  /// Invariant: strictly ascending by the UTF-8 bytes of the key.
  private var members: [Member]

  /// An object without members.
  public init() { members = [] }

  /// Members in any order. Where a key occurs twice the last one wins.
  public init(_ members: some Sequence<Member>) {
    self.members = Self.normalised(Array(members))
  }

  /// Pairs in any order. Where a key occurs twice the last one wins.
  public init(_ pairs: some Sequence<(String, JSON)>) {
    self.members = Self.normalised(pairs.map { Member(key: $0.0, value: $0.1) })
  }

  private static func normalised(_ unsorted: [Member]) -> [Member] {
    var sorted = true
    for index in unsorted.indices.dropFirst() where !UTF8Order.less(unsorted[index - 1].key, unsorted[index].key) {
      sorted = false
      break
    }
    if sorted { return unsorted }
    // The offset makes the sort stable, so that "last one wins" holds for duplicates.
    let ordered = unsorted.enumerated().sorted { a, b in
      if UTF8Order.less(a.element.key, b.element.key) { return true }
      if UTF8Order.less(b.element.key, a.element.key) { return false }
      return a.offset < b.offset
    }
    var result: [Member] = []
    result.reserveCapacity(ordered.count)
    for (_, member) in ordered {
      if let last = result.last, UTF8Order.equal(last.key, member.key) {
        result[result.count - 1] = member
      } else {
        result.append(member)
      }
    }
    return result
  }

  /// The position of the key, or where it would be inserted.
  private func position(of key: String) -> (index: Int, found: Bool) {
    var low = 0
    var high = members.count
    while low < high {
      let middle = (low + high) / 2
      if UTF8Order.less(members[middle].key, key) { low = middle + 1 } else { high = middle }
    }
    return (low, low < members.count && UTF8Order.equal(members[low].key, key))
  }

  /// The value of a key. Assigning nil removes the member; assigning `JSON.null` stores a null.
  public subscript(key: String) -> JSON? {
    get {
      let (index, found) = position(of: key)
      return found ? members[index].value : nil
    }
    set {
      let (index, found) = position(of: key)
      switch (newValue, found) {
      case (let value?, true): members[index].value = value
      case (let value?, false): members.insert(Member(key: key, value: value), at: index)
      case (nil, true): members.remove(at: index)
      case (nil, false): break
      }
    }
  }

  /// Removes a member and returns what it held.
  @discardableResult
  public mutating func removeValue(forKey key: String) -> JSON? {
    let (index, found) = position(of: key)
    return found ? members.remove(at: index).value : nil
  }

  /// True when the key is present, also with a null value.
  public func contains(key: String) -> Bool { position(of: key).found }

  /// The keys in ascending byte order.
  public var keys: some Sequence<String> & Sendable { members.lazy.map(\.key) }

  /// The values in the order of their keys.
  public var values: some Sequence<JSON> & Sendable { members.lazy.map(\.value) }
}

extension JSONObject: Hashable {}

extension JSONObject: RandomAccessCollection {
  public var startIndex: Int { members.startIndex }
  public var endIndex: Int { members.endIndex }
  public subscript(position: Int) -> Member { members[position] }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements) }
}
